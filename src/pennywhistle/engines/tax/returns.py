"""The quarterly return of the one-stop shop, from single supplies.

VAT Directive, article 369g: for each member state of consumption and rate the total without tax and
the tax; corrections of earlier quarters by state and quarter, as the tax alone. Amounts in another
currency are converted at the European Central Bank's rate of the period's last day (article 369h).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.tax.rounding import cents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pennywhistle.engines.tax.quarters import Quarter

_EURO_CENT_MICRO = 10_000


@dataclass(frozen=True, slots=True)
class Supplied:
    """Supplies of one state, rate and currency, added up: micro-units with tax, and the tax.

    `belongs_to` is the quarter of the supply, or, of a correction, of what it corrects.
    """

    state: str
    rate: Fraction
    currency: str
    belongs_to: Quarter
    gross_micro: int
    tax_micro: int


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """What one state is owed at one rate, in euro cents."""

    state: str
    rate: Fraction
    net_cents: int
    tax_cents: int


@dataclass(frozen=True, slots=True)
class Correction:
    """By how much the tax of an earlier quarter changes, in euro cents."""

    state: str
    quarter: Quarter
    tax_cents: int


def return_of(
    quarter: Quarter,
    supplied: Iterable[Supplied],
    *,
    per_euro: Mapping[tuple[str, Quarter], Fraction],
) -> tuple[list[ReturnRow], list[Correction]]:
    """The return of a quarter; `per_euro` says how much of a currency a euro was on its last day.

    Each row is rounded once, from the exact sum. A correction is converted at the rate of the
    quarter that it corrects.
    """
    rows: dict[tuple[str, Fraction], list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 2)
    earlier: dict[tuple[str, Quarter], Fraction] = defaultdict(Fraction)
    for each in supplied:
        euro = 1 / per_euro[each.currency, each.belongs_to]
        if each.belongs_to == quarter:
            row = rows[each.state, each.rate]
            row[0] += (each.gross_micro - each.tax_micro) * euro
            row[1] += each.tax_micro * euro
        else:
            earlier[each.state, each.belongs_to] += each.tax_micro * euro
    return (
        [
            ReturnRow(state, rate, *(cents(amount, _EURO_CENT_MICRO) for amount in row))
            for (state, rate), row in sorted(rows.items())
        ],
        [
            Correction(state, then, cents(amount, _EURO_CENT_MICRO))
            for (state, then), amount in sorted(earlier.items())
        ],
    )
