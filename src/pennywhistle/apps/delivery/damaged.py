"""What is damaged is not sold: sales stop with the master, and go on when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.media.models import StoredMaster
from pennywhistle.apps.rights.actions import lift_stop, stop_sale
from pennywhistle.apps.rights.models import Stop

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

# By this sentence the stops are known again that end by themselves.
DAMAGED = "The store's file of it is damaged, and there is no copy to restore it from."


def lost_tracks() -> QuerySet[Track]:
    """Tracks whose master is damaged or missing for good."""
    lost = StoredMaster.objects.lost().values("sha256")
    return Track.objects.present().filter(recording__master__sha256__in=lost)


@transaction.atomic
def stop_what_is_damaged(*, now: datetime) -> int:
    """Stop the sale of tracks whose master is lost; end the stops of those that are whole again.

    Answers how many tracks are stopped for it. Stops for another reason are left alone.
    """
    lost = {track.pk: track for track in lost_tracks()}
    mine = Stop.objects.open().filter(kind=Stop.Kind.OPERATOR, sentence=DAMAGED)
    for stop in mine.exclude(track_id__in=lost):
        lift_stop(stop_id=stop.pk, now=now)
    for track in lost.values():
        stop_sale(
            release_id=track.release_id,
            track_id=track.pk,
            kind=Stop.Kind.OPERATOR,
            sentence=DAMAGED,
            now=now,
        )
    return len(lost)
