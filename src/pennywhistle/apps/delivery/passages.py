"""Ten seconds of a track as a format leaves them, for a comparison by ear: made once, then kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.delivery.aside import made_aside
from pennywhistle.apps.delivery.cache import keep_rendition
from pennywhistle.apps.media.custody import sound_master
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.media.work import make_passage
from pennywhistle.apps.orders.queries import entitlement_to
from pennywhistle.engines.audio import Codec, Recipe

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.delivery.kept import Kept
    from pennywhistle.apps.users.models import User

PASSAGE_MS = 10_000
PASSAGE_MIME_TYPE = "audio/flac"
_RECIPE = "passage"
# Raise when the bytes of passages change.
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Comparable:
    """A track that can be compared: where its passage begins, and whether another may be chosen."""

    track: Track
    master: Master
    starts_ms: tuple[int, ...]

    def start_ms(self, asked: str) -> int:
        """The beginning that was asked for, if it is one of those allowed; else the first."""
        return next((start for start in self.starts_ms if str(start) == asked), self.starts_ms[0])


def comparable_track(*, public_id: str, user: User | None, now: datetime) -> Comparable | None:
    """A track on the shelves, or one's own, that has a master.

    Everybody may hear the passage that the preview begins with; an owner any, in steps of its
    length.
    """
    track = Track.objects.select_related("release").filter(public_id=public_id).first()
    master = track and Master.objects.filter(recording=track.recording_id).defer("peaks").first()
    if not track or not master:
        return None
    owned = user is not None and entitlement_to(
        user=user, release_id=track.release_id, track_id=track.pk
    )
    starts = [master.preview_start_ms]
    if owned:
        length_ms = master.sample_count * 1000 // master.sample_rate_hz
        starts += range(0, max(length_ms - PASSAGE_MS, 1), PASSAGE_MS)
    elif (
        track.left_at or not Release.objects.published(at=now).filter(id=track.release_id).exists()
    ):
        return None
    return Comparable(track, master, tuple(dict.fromkeys(starts)))


def passage_for(*, of: Comparable, recipe: Recipe, start_ms: int, now: datetime) -> Kept:
    """The passage in one form, from the cache or made now.

    Raises:
        BusyError: it is not made yet; come again.
        DeliveryError: it cannot be made.
    """
    assert recipe.codec is not Codec.ORIGINAL
    parts = (_RECIPE, _VERSION, of.master.sha256, recipe.key, start_ms, PASSAGE_MS)
    key = hashlib.sha256(";".join(map(str, parts)).encode()).hexdigest()

    def make() -> Kept:
        sound_master(of.master.sha256, now=now)
        stored = make_passage(
            of.master.sha256, recipe=recipe.name, start_ms=start_ms, length_ms=PASSAGE_MS
        )
        return keep_rendition(
            key, stored=stored, recipe=_RECIPE, now=now, recording_id=of.track.recording_id
        )

    return made_aside(key, make, kind=_RECIPE, now=now)
