"""What the store refuses is not sold, though it was on sale before it was judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.intake.models import Doubt, DoubtWord
from pennywhistle.apps.intake.models.doubts import last_kind
from pennywhistle.apps.rights.actions import lift_stop, stop_sale
from pennywhistle.apps.rights.models import Stop

if TYPE_CHECKING:
    from datetime import datetime

# By this sentence the stops are known again that end by themselves.
REFUSED = "The store refuses its master, by what was found in it."


@transaction.atomic
def stop_what_is_refused(*, now: datetime) -> int:
    """Stop the sale of tracks whose master is refused; end the stops of those that are not.

    A better file that takes the master's place ends the stop, and so does another decision. Answers
    how many tracks are stopped for it.
    """
    refused = {track.pk: track for track in _refused_tracks()}
    mine = Stop.objects.open().filter(kind=Stop.Kind.OPERATOR, sentence=REFUSED)
    for stop in mine.exclude(track_id__in=refused):
        lift_stop(stop_id=stop.pk, now=now)
    # In the order in which everybody locks releases, so that no two wait for each other.
    for track in sorted(refused.values(), key=lambda each: (each.release_id, each.pk)):
        stop_sale(
            release_id=track.release_id,
            track_id=track.pk,
            kind=Stop.Kind.OPERATOR,
            sentence=REFUSED,
            now=now,
        )
    return len(refused)


def _refused_tracks() -> list[Track]:
    doubts = Doubt.objects.holding().annotate(last_kind=last_kind())
    refused = doubts.filter(last_kind=DoubtWord.Kind.UPHELD)
    keys = set(refused.values_list("supplier_id", "sha256"))
    tracks = Track.objects.present().filter(
        recording__master__sha256__in={sha256 for _, sha256 in keys}
    )
    return [
        track
        for track in tracks.select_related("release", "recording__master")
        if (track.release.supplier_id, track.recording.master.sha256) in keys
    ]
