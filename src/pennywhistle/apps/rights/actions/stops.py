"""Stopping sales, and letting them go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.closing import lock
from pennywhistle.apps.rights.models import Stop

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def stop_sale(
    *, release_id: int, track_id: int | None = None, kind: str, sentence: str, now: datetime
) -> Stop:
    """Stop the sale of a release or track at once; the same stop twice is one."""
    lock(f"release-{release_id}")
    mine = Stop.objects.open().of_item(release_id=release_id, track_id=track_id)
    return mine.filter(kind=kind).first() or Stop.objects.create(
        release_id=release_id,
        track_id=track_id,
        kind=kind,
        sentence=sentence,
        recorded_at=now,
    )


@transaction.atomic
def lift_stop(*, stop_id: int, now: datetime) -> None:
    """End a stop; the sale goes on if the grants still cover it."""
    Stop.objects.open().filter(id=stop_id).update(closed_at=now)
