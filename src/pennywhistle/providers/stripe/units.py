"""Stripe's units: whole numbers of a currency's smallest coin, by Stripe's own list of coins.

docs.stripe.com/currencies, which differs from ISO 4217 in some places.
"""

from __future__ import annotations

from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.kernel.currencies import minor_digits
from pennywhistle.kernel.money import MICRO, Money

# "Zero-decimal": no hundredths, also where ISO knows them (MGA).
_WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF"}
    | {"XOF", "XPF"}
)
# Hundredths that have to be zero, although ISO knows none.
_HUNDREDTHS_OF_NOTHING = frozenset({"ISK"})
# Stripe's list has changed its mind about it, and a mistake here is one by a hundred.
_UNSURE = frozenset({"UGX"})
_TWO, _THREE = 2, 3


class CurrencyUnsureError(ProviderError):
    """Nobody has made sure in which unit Stripe counts this currency."""

    code = "currency-unsure"


def coin_micro(currency: str) -> int:
    """What Stripe's unit is worth, in micro-units. Raises CurrencyUnsureError."""
    digits = minor_digits(currency)
    if currency in _WHOLE:
        return MICRO
    if currency in _HUNDREDTHS_OF_NOTHING or (digits == _TWO and currency not in _UNSURE):
        return MICRO // 100
    if digits == _THREE:
        return MICRO // 1_000
    raise CurrencyUnsureError(f"In which unit does Stripe count {currency}?")


def coins_of(amount: Money) -> int:
    """An amount in Stripe's units.

    Raises CurrencyUnsureError, also for what is no whole number of units: with three decimals the
    last has to be zero.
    """
    micro = coin_micro(amount.currency)
    step = 10 * micro if minor_digits(amount.currency) == _THREE else micro
    if amount.currency in _HUNDREDTHS_OF_NOTHING:
        step = MICRO
    if amount.micro % step:
        raise CurrencyUnsureError(f"Stripe cannot move {amount}.")
    return amount.micro // micro


def money_of(coins: int, currency: str) -> Money:
    """Stripe's units as an amount; Stripe writes currencies in small letters."""
    code = currency.upper()
    return Money(coins * coin_micro(code), code)
