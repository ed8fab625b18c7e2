"""Withholding tax by where the use took place (docs/algorithms/payouts.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.kernel.money import Money, micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Line:
    """What a payee is due for uses in one territory."""

    territory: str
    due: Money


@dataclass(frozen=True, slots=True)
class Withheld:
    """What stays back for the tax office, by territory, and what is left for the payee."""

    by_territory: tuple[tuple[str, Money], ...]
    left: Money


def withhold(lines: Iterable[Line], rates: Mapping[str, Fraction], *, currency: str) -> Withheld:
    """Keep back the tax of each territory that has a rate; whole minor units, rounded down.

    `rates` are those that apply to this payee: a treaty and a valid form lower them, a form that
    expired does not. A tax office takes no fractions of a cent, and what it does not take is the
    payee's.
    """
    due: dict[str, Money] = {}
    for line in lines:
        due[line.territory] = due.get(line.territory, Money.zero(currency)) + line.due
    unit = micro_per_minor_unit(currency)
    kept = tuple(
        (territory, Money(int(amount.micro * rates[territory]) // unit * unit, currency))
        for territory, amount in sorted(due.items())
        if rates.get(territory) and amount.micro > 0
    )
    total = sum(due.values(), Money.zero(currency))
    return Withheld(kept, total - sum((money for _, money in kept), Money.zero(currency)))
