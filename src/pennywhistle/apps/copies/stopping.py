"""What a ruling refuses is not sold: sales stop with it, and go on when it holds no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.copies.models import Ruling
from pennywhistle.apps.rights.actions import stop_exactly

if TYPE_CHECKING:
    from datetime import datetime

CAUSE = "copy-refused"
REFUSED = "The store decided that somebody else's recording is in it."


def stop_what_is_ruled(*, now: datetime) -> int:
    """Stop the sale of tracks whose master a ruling refuses their supplier; end the others' stops.

    It goes by what stands now: another ruling, the end of a blocklist's entry, or another file in
    the master's place ends a stop. Tracks that have left their release are stopped, too: they may
    return. Answers how many tracks are stopped for it.
    """
    return stop_exactly(cause=CAUSE, find=_refused_tracks, sentence=REFUSED, now=now)


def _refused_tracks() -> list[Track]:
    keys = _refused_contents()
    tracks = Track.objects.filter(recording__master__sha256__in={sha256 for _, sha256 in keys})
    return [
        track
        for track in tracks.select_related("release", "recording__master")
        if (track.release.supplier_id, track.recording.master.sha256) in keys
    ]


def _refused_contents() -> set[tuple[int, str]]:
    """(supplier, content) of everything that somebody is refused."""
    standing = Ruling.objects.filter(closed_at__isnull=True)
    newcomers = standing.filter(
        verdict=Ruling.Verdict.NEWCOMER_REFUSED, conflict__block__end__isnull=True
    )
    holders = standing.filter(
        verdict=Ruling.Verdict.HOLDER_REFUSED, conflict__matches__isnull=False
    )
    return {
        *newcomers.values_list("conflict__newcomer", "conflict__sound__sha256"),
        *holders.values_list("conflict__holder", "conflict__matches__other__sha256"),
    }
