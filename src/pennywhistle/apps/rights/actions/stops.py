"""Stopping sales, and letting them go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.closing import lock
from pennywhistle.apps.rights.models import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from pennywhistle.apps.catalog.models import Track


@transaction.atomic
def stop_sale(
    *,
    release_id: int,
    track_id: int | None = None,
    kind: str,
    sentence: str,
    now: datetime,
    cause: str = "",
) -> Stop:
    """Stop the sale of a release or track at once; the same stop twice is one.

    Stops of one kind for different causes are different ones, so that each ends by itself.
    """
    lock(f"release-{release_id}")
    mine = Stop.objects.open().of_item(release_id=release_id, track_id=track_id)
    return mine.filter(kind=kind, cause=cause).first() or Stop.objects.create(
        release_id=release_id,
        track_id=track_id,
        kind=kind,
        sentence=sentence,
        cause=cause,
        recorded_at=now,
    )


@transaction.atomic
def lift_stop(*, stop_id: int, now: datetime) -> None:
    """End a stop; the sale goes on if the grants still cover it."""
    Stop.objects.open().filter(id=stop_id).update(closed_at=now)


@transaction.atomic
def stop_exactly(
    *, cause: str, find: Callable[[], Iterable[Track]], sentence: str, now: datetime
) -> int:
    """Let the sale of exactly these tracks be stopped for a cause; answers how many they are.

    What else was stopped for it goes on; stops for other causes stay. `find` is asked once nobody
    else is at it, so that of two the later does not go by what was true before.
    """
    lock(f"stops-{cause}")
    wanted = {track.pk: track for track in find()}
    mine = Stop.objects.open().filter(kind=Stop.Kind.OPERATOR, cause=cause)
    stopped = dict(mine.values_list("track_id", "id"))
    for track_id, stop_id in stopped.items():
        if track_id not in wanted:
            lift_stop(stop_id=stop_id, now=now)
    new = [track for track in wanted.values() if track.pk not in stopped]
    # In the order in which everybody locks releases, so that no two wait for each other.
    for track in sorted(new, key=lambda each: (each.release_id, each.pk)):
        stop_sale(
            release_id=track.release_id,
            track_id=track.pk,
            kind=Stop.Kind.OPERATOR,
            sentence=sentence,
            cause=cause,
            now=now,
        )
    return len(wanted)
