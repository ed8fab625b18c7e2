"""What the store refuses is not sold, though it was on sale before it was judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.intake.models import Doubt, DoubtWord
from pennywhistle.apps.intake.models.doubts import last_decision
from pennywhistle.apps.rights.actions import stop_exactly

if TYPE_CHECKING:
    from datetime import datetime

CAUSE = "file-refused"
REFUSED = "The store refuses its master, by what was found in it."


def stop_what_is_refused(*, now: datetime) -> int:
    """Stop the sale of tracks whose master is refused; end the stops of those that are not.

    A better file that takes the master's place ends the stop, and so does another decision; an
    answer alone does not. Tracks that have left their release are stopped, too: they may return.
    Answers how many tracks are stopped for it.
    """
    return stop_exactly(cause=CAUSE, find=_refused_tracks, sentence=REFUSED, now=now)


def _refused_tracks() -> list[Track]:
    doubts = Doubt.objects.holding().annotate(last_decision=last_decision())
    refused = doubts.filter(last_decision=DoubtWord.Kind.UPHELD)
    keys = set(refused.values_list("supplier_id", "sha256"))
    tracks = Track.objects.filter(recording__master__sha256__in={sha256 for _, sha256 in keys})
    return [
        track
        for track in tracks.select_related("release", "recording__master")
        if (track.release.supplier_id, track.recording.master.sha256) in keys
    ]
