"""Whether a purchase counts, and why not: the rules of docs/algorithms/charts.md in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.charts.limits import asked_part_min, price_micro_beyond
from pennywhistle.apps.charts.models import Purchase

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

LeftOut = Purchase.LeftOut


@dataclass(frozen=True, slots=True)
class Sale:
    """What is asked of a sale: who paid how much for what, and who earns by it.

    `asked_micro` is what everybody pays, `before_micro` what was paid before for parts of it.
    """

    payer_id: int
    release_id: int
    track_id: int | None
    price_micro: int
    asked_micro: int
    before_micro: int
    party_ids: frozenset[int]

    @property
    def once(self) -> tuple[int, int, int | None]:
        """What counts once: payer and item."""
        return self.payer_id, self.release_id, self.track_id


def left_out(
    sale: Sale,
    *,
    acts_for: AbstractSet[int],
    is_operator: bool,
    counted: AbstractSet[tuple[int, int, int | None]],
) -> str:
    """Why the sale does not count; empty where it does.

    `acts_for`: the parties for which the payer acts. `counted`: what counted before.
    """
    if acts_for & sale.party_ids:
        return LeftOut.OWN_PEOPLE
    if is_operator:
        return LeftOut.OPERATOR
    paid_micro = sale.price_micro + sale.before_micro
    if sale.price_micro <= price_micro_beyond or paid_micro * asked_part_min < sale.asked_micro:
        return LeftOut.PRICE
    if sale.once in counted:
        return LeftOut.AGAIN
    return LeftOut.NOT
