"""Converting once, with the rate on record (docs/algorithms/payouts.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.kernel.money import CurrencyDiffersError, Money

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction


class RateInvalidError(ValueError):
    """A rate is above zero, between two currencies, and somebody's."""

    code = "rate-invalid"


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in another; whose rate, and of which day."""

    of: str
    into: str
    factor: Fraction
    source: str
    day: date

    def __post_init__(self) -> None:
        if self.factor <= 0 or self.of == self.into or not self.source.strip():
            raise RateInvalidError("A rate is above zero, between two currencies, and has a source")


def convert(amount: Money, rate: Rate) -> Money:
    """The amount in the rate's other currency, to the nearest micro-unit, halves to even.

    Amounts are converted once, from what was earned to what is paid, and never through a third
    currency. Raises `CurrencyDiffersError` if the rate is not of the amount's currency.
    """
    if amount.currency != rate.of:
        raise CurrencyDiffersError(f"{amount} is not in {rate.of}, which the rate converts")
    return Money(round(amount.micro * rate.factor), rate.into)
