"""Writing genres, releases and tracks, and putting them on the shelves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q

from pennywhistle.apps.catalog.models import Genre, Release, ReleaseArtist, Track
from pennywhistle.kernel.slug import slugify

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

# While tracks change places they stand on discs that no record has.
_ASIDE = 10_000


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """A release as delivered; `upc` as a GTIN of 14 digits, or empty."""

    title: str
    artist_line: str
    artist_ids: tuple[int, ...]
    label_id: int
    released_on: date
    genre_id: int | None = None
    upc: str = ""
    is_explicit: bool = False
    about: str = ""
    mbid: str = ""


@dataclass(frozen=True, slots=True)
class TrackPlace:
    """Where a recording stands on a release, and under which title."""

    disc_number: int
    track_number: int
    title: str
    artist_line: str


@transaction.atomic
def ensure_genre(*, name: str) -> Genre:
    """The genre of that name, in whatever capitals; made if there is none."""
    genre, _ = Genre.objects.get_or_create(slug=slugify(name), defaults={"name": name[:80]})
    return genre


@transaction.atomic
def record_release(
    *, supplier_id: int, facts: ReleaseFacts, release_id: int | None = None
) -> Release:
    """Make a release, or bring the given one up to date; it is not published by this.

    The slug stays what it was first: addresses do not change under a corrected title.
    """
    release = Release(supplier_id=supplier_id, slug=slugify(facts.title))
    if release_id is not None:
        release = Release.objects.select_for_update().get(id=release_id)
    release.title = facts.title
    release.artist_line = facts.artist_line
    release.label_id = facts.label_id
    release.genre_id = facts.genre_id
    release.upc = facts.upc
    release.released_on = facts.released_on
    release.is_explicit = facts.is_explicit
    release.about = facts.about or release.about
    release.mbid = facts.mbid or release.mbid
    release.save()
    _write_artists(release, facts.artist_ids)
    return release


def _write_artists(release: Release, artist_ids: Sequence[int]) -> None:
    wanted = list(dict.fromkeys(artist_ids))
    artists = ReleaseArtist.objects.filter(release=release)
    if list(artists.values_list("party_id", flat=True)) == wanted:
        return
    artists.delete()
    ReleaseArtist.objects.bulk_create(
        ReleaseArtist(release=release, party_id=party_id, position=position)
        for position, party_id in enumerate(wanted)
    )


@transaction.atomic
def place_tracks(*, release_id: int, places: Sequence[tuple[int, TrackPlace]]) -> list[Track]:
    """Put recordings, by id, in their places on a release; answer the tracks in that order.

    A recording that is on the release already keeps its track, with everything sold and granted
    under it. A place whose recording changed keeps its track too if the title is the same: it is
    the same track, delivered anew. Tracks that are not mentioned stay, behind the others if their
    place is taken; those that had left and are mentioned are back.
    """
    on_it = list(Track.objects.select_for_update().filter(release_id=release_id))
    before = {track.pk: _said(track) for track in on_it}
    left = {track.pk: track for track in on_it}
    placed, new = [], []
    for recording_id, place in places:
        track = _track_for(recording_id, place, left.values())
        if track is None:
            track = Track(release_id=release_id, slug=slugify(place.title))
            new.append(track)
        else:
            del left[track.pk]
        track.recording_id = recording_id
        track.disc_number, track.track_number = place.disc_number, place.track_number
        track.title, track.artist_line = place.title, place.artist_line
        track.left_at = None
        placed.append(track)
    _put_back(list(left.values()), placed)
    _rewrite([track for track in on_it if _said(track) != before[track.pk]], before)
    Track.objects.bulk_create(new)
    return placed


def _said(track: Track) -> tuple[object, ...]:
    return tuple(getattr(track, name) for name in _TRACK_FACTS)


_PLACE = ("disc_number", "track_number")
_TRACK_FACTS = (*_PLACE, "recording_id", "title", "artist_line", "left_at")


def _rewrite(changed: Sequence[Track], before: Mapping[int, tuple[object, ...]]) -> None:
    """Write tracks that are not what they were; those that move stand aside first."""
    if not changed:
        return
    moved = [
        track.pk
        for track in changed
        if _said(track)[: len(_PLACE)] != before[track.pk][: len(_PLACE)]
    ]
    if moved:
        Track.objects.filter(id__in=moved).update(disc_number=F("disc_number") + _ASIDE)
    Track.objects.bulk_update(changed, [*_PLACE, "recording", "title", "artist_line", "left_at"])


def _track_for(recording_id: int, place: TrackPlace, left: Iterable[Track]) -> Track | None:
    candidates = list(left)
    where = (place.disc_number, place.track_number, place.title)
    same = [track for track in candidates if track.recording_id == recording_id]
    same += [t for t in candidates if (t.disc_number, t.track_number, t.title) == where]
    return same[0] if same else None


def _put_back(left: Sequence[Track], placed: Sequence[Track]) -> None:
    taken = {(track.disc_number, track.track_number) for track in placed}
    for track in left:
        if (track.disc_number, track.track_number) in taken:
            numbers = [number for disc, number in taken if disc == track.disc_number]
            track.track_number = max(numbers) + 1
        taken.add((track.disc_number, track.track_number))


@transaction.atomic
def leave_out_tracks(*, release_id: int, kept_ids: Collection[int], now: datetime) -> list[Track]:
    """Let a release consist of these tracks and no others; answer those that left it by this.

    Who bought them, or the release while they were on it, keeps them. Again: nothing.
    """
    on_it = Track.objects.select_for_update(no_key=True).present().filter(release_id=release_id)
    leaving = list(on_it.exclude(id__in=kept_ids))
    Track.objects.filter(id__in=[track.pk for track in leaving]).update(left_at=now)
    return leaving


@transaction.atomic
def publish_release(*, release_id: int, now: datetime, shown_from: datetime | None = None) -> None:
    """Put a release on the shelves; one that is there stays as it is, one withdrawn comes back.

    `shown_from` says since when, or from when on, it may be seen: until then it is hidden, also
    if it was seen already.
    """
    release = Release.objects.filter(id=release_id)
    if shown_from is not None and shown_from > now:
        release.update(published_at=shown_from, withdrawn_at=None)
        return
    hidden = Q(published_at__isnull=True)
    if shown_from is not None:
        hidden |= Q(published_at__gt=now)
    release.filter(hidden).update(published_at=now)
    release.filter(withdrawn_at__isnull=False).update(withdrawn_at=None)


@transaction.atomic
def withdraw_release(*, release_id: int, now: datetime) -> None:
    """Take a release off the shelves; whoever bought it keeps it."""
    Release.objects.filter(id=release_id, withdrawn_at__isnull=True).update(withdrawn_at=now)


@transaction.atomic
def describe_release(*, release_id: int, about: str) -> None:
    """Change what the shop says about a release."""
    Release.objects.filter(id=release_id).update(about=about)


def offer_original(*, release_id: int, is_offered: bool) -> None:
    """Let buyers of a release have the delivered files themselves, or no longer.

    It is the supplier's to say; who fetched a file before keeps it.
    """
    Release.objects.filter(id=release_id).update(offers_original=is_offered)
