"""What was sold for the price of a bundle, which goes back together or not at all.

Else who gives nine of ten back has the tenth at a bundle's price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.orders.models import OrderLine

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

# What clearance calls the row (`engines.clearance.offered`), and such a row's kind.
_LOWERED = "reduces"
_BUNDLE = "bundle"


def together_with(lines: Collection[OrderLine]) -> dict[UUID, tuple[OrderLine, ...]]:
    """By line: the others of its order that were sold in the same bundle and are not given back.

    Lines that are in none, or given back themselves, are left out. One query.
    """
    sold = OrderLine.objects.filter(
        order__in={line.order_id for line in lines},
        refund__isnull=True,
        verdict__document__basis__contains=[[_LOWERED, {"kind": _BUNDLE}]],
    )
    groups: dict[tuple[UUID, int], list[OrderLine]] = {}
    for line in sold.select_related("order", "release", "track", "verdict").order_by("pk"):
        groups.setdefault((line.order_id, _bundle_of(line)), []).append(line)
    return {
        line.pk: tuple(each for each in group if each is not line)
        for group in groups.values()
        for line in group
    }


def _bundle_of(line: OrderLine) -> int:
    rows = [row for code, row in line.verdict.document["basis"] if code == _LOWERED]
    return next(int(row["id"]) for row in rows if row["kind"] == _BUNDLE)
