"""The figures of an invoice in cents, from sales in micro-units (docs/algorithms/tax.md).

EN 16931 wants totals of two decimals: the tax of a rate is its net total times the rate (BR-CO-17),
the total is net plus tax (BR-CO-15), and what is paid may differ from it by a rounding amount
(BT-114). So the net of each rate is rounded from the exact gross first, and all else follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.tax.rounding import cents

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Item:
    """A line: what was paid for it with tax, in micro-units, and the rate of the tax within."""

    gross_micro: int
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Group:
    """All lines of one rate, in coins; `line_nets` are by the line's place among all lines."""

    rate: Fraction
    net: int
    tax: int
    line_nets: dict[int, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """A document in coins; `paid` is what was paid rounded, `rounding` what `total` lacks of it.

    `unshown_micro` is what was paid beyond the coins that are shown.
    """

    groups: tuple[Group, ...]
    net: int
    tax: int
    total: int
    paid: int
    rounding: int
    unshown_micro: int


def totals_of(items: Sequence[Item], *, coin_micro: int) -> Totals:
    """The figures of a document over these lines; all may be nothing."""
    groups = tuple(
        _group(rate, items, coin_micro) for rate in sorted({item.rate for item in items})
    )
    net, tax = sum(group.net for group in groups), sum(group.tax for group in groups)
    gross_micro = sum(item.gross_micro for item in items)
    paid = cents(gross_micro, coin_micro)
    return Totals(
        groups=groups,
        net=net,
        tax=tax,
        total=net + tax,
        paid=paid,
        rounding=paid - net - tax,
        unshown_micro=gross_micro - paid * coin_micro,
    )


def _group(rate: Fraction, items: Sequence[Item], coin_micro: int) -> Group:
    places = [place for place, item in enumerate(items) if item.rate == rate]
    line_nets: dict[int, int] = {}
    sum_micro, before = Fraction(0), 0
    # Each line gets what the running total grows by, so that the lines sum to the rate's net.
    for place in places:
        sum_micro += items[place].gross_micro / (1 + rate)
        until = cents(sum_micro, coin_micro)
        line_nets[place], before = until - before, until
    tax = cents(Fraction(before) * rate, 1)
    return Group(rate, before, tax, line_nets)
