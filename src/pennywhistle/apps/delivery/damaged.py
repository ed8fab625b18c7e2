"""What is damaged is not sold: sales stop with the master, and go on when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.media.models import StoredMaster
from pennywhistle.apps.rights.actions import stop_exactly

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

CAUSE = "damaged"
DAMAGED = "The store's file of it is damaged, and there is no copy to restore it from."


def lost_tracks() -> QuerySet[Track]:
    """Tracks whose master is damaged or missing for good."""
    lost = StoredMaster.objects.lost().values("sha256")
    return Track.objects.present().filter(recording__master__sha256__in=lost)


def stop_what_is_damaged(*, now: datetime) -> int:
    """Stop the sale of tracks whose master is lost; end the stops of those that are whole again.

    Answers how many tracks are stopped for it. Stops for another reason are left alone.
    """
    return stop_exactly(cause=CAUSE, find=lost_tracks, sentence=DAMAGED, now=now)
