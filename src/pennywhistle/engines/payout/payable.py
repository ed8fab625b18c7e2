"""What is sent now, and what is carried (docs/algorithms/payouts.md)."""

from __future__ import annotations

from dataclasses import dataclass

from pennywhistle.kernel.money import Money, micro_per_minor_unit


@dataclass(frozen=True, slots=True)
class Payable:
    """A payout in whole minor units, and what stays on the balance."""

    paid: Money
    carried: Money


def payable(balance: Money, *, threshold: Money) -> Payable:
    """Pay a balance that reaches the threshold, rounded down to the currency's smallest coin.

    Below the threshold, and below zero, all of it is carried. Raises `CurrencyDiffersError` if
    the threshold is of another currency.
    """
    unit = micro_per_minor_unit(balance.currency)
    if balance < threshold or balance.micro < unit:
        return Payable(Money.zero(balance.currency), balance)
    paid = Money(balance.micro // unit * unit, balance.currency)
    return Payable(paid, balance - paid)
