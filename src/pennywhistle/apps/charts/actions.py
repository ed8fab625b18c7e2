"""Arranging the staff's shelf, and switching suggestions off and on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.charts.limits import note_length_max, picks_max
from pennywhistle.apps.charts.models import NoSuggestions, StaffPick

if TYPE_CHECKING:
    from datetime import datetime


class PickError(Exception):
    """The staff's shelf cannot be arranged so."""

    code = "pick"


class ShelfFullError(PickError):
    """As much stands on the staff's shelf as may."""

    code = "shelf-full"


@transaction.atomic
def put_on_shelf(*, release_id: int, note: str, user_id: int, now: datetime) -> StaffPick:
    """Put a release at the end of the staff's shelf; one that stands there gets the note.

    Raises ShelfFullError.
    """
    _hold_shelf()
    standing = StaffPick.objects.filter(release=release_id).first()
    if standing is not None:
        standing.note = note[:note_length_max]
        standing.save(update_fields=["note"])
        return standing
    positions = list(StaffPick.objects.values_list("position", flat=True))
    if len(positions) >= picks_max:
        raise ShelfFullError(f"At most {picks_max} releases stand on the staff's shelf.")
    return StaffPick.objects.create(
        release_id=release_id,
        note=note[:note_length_max],
        position=max(positions, default=-1) + 1,
        picked_by_id=user_id,
        picked_at=now,
    )


@transaction.atomic
def write_note(*, pick_id: int, note: str) -> None:
    """Write another note; nothing for what is gone from the shelf."""
    StaffPick.objects.filter(id=pick_id).update(note=note[:note_length_max])


@transaction.atomic
def move_pick(*, pick_id: int, steps: int) -> None:
    """Move a release some places back, or to the front if `steps` is negative; the ends stop it."""
    _hold_shelf()
    picks = list(StaffPick.objects.in_order())
    place = next((at for at, pick in enumerate(picks) if pick.pk == pick_id), None)
    if place is None:
        return
    moved = picks.pop(place)
    picks.insert(min(max(place + steps, 0), len(picks)), moved)
    for position, pick in enumerate(picks):
        pick.position = position
    StaffPick.objects.bulk_update(picks, ["position"])


@transaction.atomic
def take_off_shelf(*, pick_id: int) -> None:
    """Take a release off the staff's shelf; once more is harmless."""
    StaffPick.objects.filter(id=pick_id).delete()


@transaction.atomic
def want_suggestions(*, user_id: int, is_wanted: bool, now: datetime) -> None:
    """Be shown what one may like because of what one owns, or not."""
    if is_wanted:
        NoSuggestions.objects.filter(user=user_id).delete()
    else:
        NoSuggestions.objects.get_or_create(user_id=user_id, defaults={"since": now})


def _hold_shelf() -> None:
    """One arranges the shelf at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('charts_shelf'))")
