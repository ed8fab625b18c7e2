"""What somebody owns, as files: which tracks, in which forms, how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.catalog.queries import mbids_of
from pennywhistle.apps.delivery.labeling import file_name_of, tags_of
from pennywhistle.apps.delivery.models import Preference
from pennywhistle.apps.delivery.wanted import Wanted
from pennywhistle.apps.delivery.wishes import Tagging, Wishes
from pennywhistle.apps.media.folders import COVERS
from pennywhistle.apps.media.gains import gains_of
from pennywhistle.apps.media.models import Master, Rendition
from pennywhistle.apps.media.queries import cover_jpeg_sha256
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.orders.queries import entitlement_to
from pennywhistle.engines.audio import Codec, Recipe, Tags
from pennywhistle.engines.audio.pcm import PcmShape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pennywhistle.apps.catalog.queries import ReleaseMbids
    from pennywhistle.apps.users.models import User
    from pennywhistle.engines.audio.gains import Gains

NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class TrackFile:
    """One track in one form: what it is called, and what it is made of."""

    track: Track
    name: str
    wanted: Wanted


def owned_item(*, user: User, entitlement_id: int) -> Entitlement | None:
    """One of the person's own entitlements; another's is as if it were not there."""
    return (
        Entitlement.objects.of(user=user)
        .filter(id=entitlement_id)
        .select_related("release", "track", "line")
        .first()
    )


def owned_track(*, user: User, track_public_id: str) -> Track | None:
    """A track that the person owns, by itself or with its release."""
    track = Track.objects.filter(public_id=track_public_id).first()
    if track is None:
        return None
    owned = entitlement_to(user=user, release_id=track.release_id, track_id=track.pk)
    return track if owned else None


def published_recording(*, track_public_id: str, now: datetime) -> int | None:
    """The id of the recording behind a track that is on the shelves."""
    on_shelf = Release.objects.published(at=now)
    tracks = Track.objects.present().filter(public_id=track_public_id, release__in=on_shelf)
    return tracks.values_list("recording_id", flat=True).first()


def tracks_owned(*entitlements: Entitlement) -> list[Track]:
    """The tracks that entitlements to one release cover, in the release's order, each once.

    Of a release those that are on it now, and those that were when it was bought.
    """
    # Without all that tags say, which is read once it is known which of them are wanted.
    on_it = Track.objects.filter(release_id=entitlements[0].release_id).select_related("release")
    return [track for track in on_it if any(_covers(each, track) for each in entitlements)]


def _covers(entitlement: Entitlement, track: Track) -> bool:
    if entitlement.track_id is None:
        return track.is_in_what_was_bought(at=entitlement.granted_at)
    return track.pk == entitlement.track_id


def track_files(
    tracks: Sequence[Track], *, recipe: Recipe, wishes: Wishes = NO_WISHES
) -> list[TrackFile]:
    """Tracks of one release as files of one form. A track without a master is left out.

    Originals are there only where the supplier offers them.
    """
    if not tracks or not _is_offered(recipe, tracks[0].release):
        return []
    wanted = {track.pk for track in tracks}
    siblings = [
        track
        for track in _tracks(tracks[0].release_id)
        if track.left_at is None or track.pk in wanted
    ]
    cover = _cover(tracks[0].release_id, wishes)
    masters = _masters(siblings)
    gains = _gains(siblings, masters)
    mbids = mbids_of(tracks[0].release) if wishes.tagging is Tagging.FULL else None
    return [
        _file(
            track,
            siblings,
            masters[track.recording_id],
            Form(recipe, wishes, cover, gains.get(masters[track.recording_id].sha256), mbids),
        )
        for track in siblings
        if track.recording_id in masters and track.pk in wanted
    ]


def _gains(siblings: Iterable[Track], masters: dict[int, Master]) -> dict[str, Gains]:
    """By master; the album is what is on the release now."""
    album = [
        masters[track.recording_id].sha256
        for track in siblings
        if track.left_at is None and track.recording_id in masters
    ]
    return gains_of([master.sha256 for master in masters.values()], album=album)


def _is_offered(recipe: Recipe, release: Release) -> bool:
    return recipe.codec is not Codec.ORIGINAL or release.offers_original


@dataclass(frozen=True, slots=True)
class Form:
    """A recipe as somebody likes it, with the cover that goes in."""

    recipe: Recipe
    wishes: Wishes
    cover_sha256: str
    gains: Gains | None = None
    mbids: ReleaseMbids | None = None


def _cover(release_id: int, wishes: Wishes) -> str:
    """The cover of the size that is wanted in files; empty for none."""
    if not wishes.picture_px:
        return ""
    cover = cover_jpeg_sha256(release_id=release_id, side_px=wishes.picture_px)
    return cover if cover and COVERS.has(cover) else ""


def _file(track: Track, siblings: Sequence[Track], master: Master, form: Form) -> TrackFile:
    recipe, wishes = form.recipe.of_master(master.container), form.wishes
    tags = tags_of(track, siblings=siblings, gains=form.gains, mbids=form.mbids)
    is_original = recipe.codec is Codec.ORIGINAL
    return TrackFile(
        track=track,
        name=file_name_of(track, recipe, siblings=siblings, naming=wishes.naming),
        wanted=Wanted(
            recording_id=track.recording_id,
            master_sha256=master.sha256,
            recipe=recipe,
            tags=Tags() if is_original else wishes.tags(tags),
            cover_sha256="" if is_original else form.cover_sha256,
            id3_minor=wishes.minor_for(recipe),
            length_ms=_length_ms(master),
            shape=_shape(master),
        ),
    )


def wishes_of(*, user_id: int) -> Wishes:
    """How somebody likes their files."""
    found = Preference.objects.filter(user=user_id).first()
    return found.wishes if found else NO_WISHES


def made_bytes(owned: Entitlement, *, recipe: Recipe, wishes: Wishes) -> int | None:
    """What the owned files weigh together, to the byte; None unless all of them were made."""
    files = track_files(tracks_owned(owned), recipe=recipe, wishes=wishes)
    keys = [file.wanted.key for file in files]
    made = Rendition.objects.filter(key__in=keys).values_list("key", "file_size_bytes")
    sizes = dict(made)
    if not keys or any(key not in sizes for key in keys):
        return None
    return sum(sizes[key] for key in keys)


def _length_ms(master: Master) -> int:
    return master.sample_count * 1000 // master.sample_rate_hz


def _shape(master: Master) -> PcmShape:
    bits = master.bits_per_sample if master.is_lossless else 0
    return PcmShape(master.sample_count, master.sample_rate_hz, master.channel_count, bits)


def _tracks(release_id: int) -> list[Track]:
    """All tracks of a release with what their tags say, in a fixed number of queries."""
    return list(
        Track.objects.filter(release_id=release_id)
        .select_related("release__label", "release__genre", "recording")
        .prefetch_related("recording__credits__party", "recording__works__credits__party")
    )


def _masters(tracks: Iterable[Track]) -> dict[int, Master]:
    wanted = [track.recording_id for track in tracks]
    return {
        master.recording_id: master
        for master in Master.objects.filter(recording_id__in=wanted).defer("peaks")
    }
