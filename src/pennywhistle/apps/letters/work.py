"""Which letters about orders are due: noted from the orders themselves, not by the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F

from pennywhistle.apps.letters.models import OrderLetter
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.proof.queries import Seal, seals_of
from pennywhistle.kernel.entry_id import earliest_entry_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

# Sales are sealed within seconds; a letter waits so long for that, and goes without it then.
sealed_within = timedelta(minutes=2)
# Of older orders nobody is told who was not told then.
noted_for = timedelta(days=1)
# Orders are numbered by their time, and committed in nearly that order.
overtaken_within = timedelta(minutes=10)
# A letter that no server took for so long is given up; the receipt is on its page.
tried_for = timedelta(days=7)
noted_per_run_max = 5_000
letters_per_run_max = 500

_NOTE = """
INSERT INTO letters_orderletter (order_id, buyer_id, placed_at, try_count)
SELECT o.id, o.buyer_id, o.placed_at, 0 FROM orders_order o
WHERE o.id >= %(since)s::uuid
  AND NOT EXISTS (SELECT FROM letters_orderletter l WHERE l.order_id = o.id)
ORDER BY o.id LIMIT %(count)s
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to send now about an order of these sales; sealed or provisional."""

    order_id: UUID
    buyer_id: int
    lines: tuple[OrderLine, ...]
    is_sealed: bool


def note_orders(*, now: datetime) -> int:
    """Note the orders that no letter is noted for; answers how many."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"since": earliest_entry_id(_since(now)), "count": noted_per_run_max})
        noted: int = cursor.rowcount
        return noted


def letters_due(*, now: datetime) -> list[Letter]:
    """The letters to send now, in three queries: sealed ones, and those that waited too long."""
    unsealed = OrderLetter.objects.unsealed(since=now - tried_for)
    first = unsealed.filter(provisional_at__isnull=True)[:letters_per_run_max]
    second = unsealed.filter(provisional_at__isnull=False)[:letters_per_run_max]
    rows = {row.order_id: row for row in (*first, *second)}
    lines: dict[UUID, list[OrderLine]] = {}
    sold = OrderLine.objects.filter(order__in=rows).select_related("order", "release", "track")
    for line in sold.select_related("verdict").order_by("entry"):
        lines.setdefault(line.order_id, []).append(line)
    seals = seals_of([line.pk for of_order in lines.values() for line in of_order])
    found = []
    for order_id, of_order in lines.items():
        row = rows[order_id]
        is_sealed = all(seals[line.pk] is not Seal.RECORDED for line in of_order)
        is_late = row.provisional_at is None and now - row.placed_at >= sealed_within
        if is_sealed or is_late:
            found.append(Letter(order_id, row.buyer_id, tuple(of_order), is_sealed))
    return found


def note_letter_sent(*, letter: Letter, now: datetime) -> None:
    """The letter is on its way; it is not sent again."""
    field = "sealed_at" if letter.is_sealed else "provisional_at"
    OrderLetter.objects.filter(order=letter.order_id).update(**{field: now})


def note_letter_failed(*, order_ids: Sequence[UUID]) -> None:
    """Nobody took the letter; it is tried again, after the others."""
    OrderLetter.objects.filter(order__in=order_ids).update(try_count=F("try_count") + 1)


def _since(now: datetime) -> datetime:
    """From when on orders are looked at: a little before the newest that is noted."""
    newest = OrderLetter.objects.order_by("-order_id").values_list("order_id", flat=True).first()
    if newest is None:
        return now - noted_for
    at = datetime.fromtimestamp((newest.int >> 80) / 1000, tz=UTC)
    return max(now - noted_for, at - overtaken_within)
