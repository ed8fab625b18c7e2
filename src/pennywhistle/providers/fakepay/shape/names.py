"""Stripe's names and units for what fakepay knows by its own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pennywhistle.kernel.money import MICRO, Money
from pennywhistle.providers.fakepay.shape.refusing import RefusedError, missing

if TYPE_CHECKING:
    from datetime import datetime

# docs.stripe.com/currencies: amounts are whole units of these, and hundredths of all others but
# those with three decimals, which fakepay does not take.
ZERO_DECIMAL = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF"}
    | {"XOF", "XPF"}
)

_OURS = {"cs_test": "fp", "pi": "fp", "ch": "fp", "re": "fr", "du": "fd", "issfr": "fw"}
_OURS |= {"po": "fo", "tr": "fo"}


def theirs(start: str, ref: str) -> str:
    """`fp_abc` as `pi_abc`, and so on."""
    return f"{start}_{ref.partition('_')[2]}"


def ours(start: str, name: str) -> str:
    """`pi_abc` as `fp_abc`, and so on. Raises RefusedError for a name of another kind."""
    if not name.startswith(f"{start}_"):
        raise missing(start, name)
    return f"{_OURS[start]}_{name.removeprefix(f'{start}_')}"


def transaction_name(ref: str) -> str:
    """A movement's name as that of a balance transaction."""
    return f"txn_{hashlib.sha256(ref.encode()).hexdigest()[:24]}"


def coins(amount: Money) -> int:
    """An amount in Stripe's units."""
    return amount.micro // (MICRO if amount.currency in ZERO_DECIMAL else MICRO // 100)


def money(coins_text: str, currency: str) -> Money:
    """Stripe's units as an amount. Raises RefusedError."""
    if not (coins_text.isascii() and coins_text.isdigit()):
        raise RefusedError(f"Invalid integer: {coins_text[:40]}", param="amount")
    code = currency.upper()
    return Money(int(coins_text) * (MICRO if code in ZERO_DECIMAL else MICRO // 100), code)


def seconds(at: datetime) -> int:
    """An instant as Stripe writes it."""
    return int(at.timestamp())
