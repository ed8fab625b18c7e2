"""Amounts and recipients of societies' pages."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.interfaces.common.apart_words import why_apart
from pennywhistle.interfaces.common.format import exact_text
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from pennywhistle.apps.societies.sharing import Recipient

_DIGITS = 40
# Below the micro-unit: enough to see what rounding did.
_PLACES = Decimal("0.000000001")


def due_text(due: Fraction, currency: str) -> str:
    """An exact due in micro-units: as an amount where it is whole, else to the ninth decimal."""
    if due.denominator == 1:
        return exact_text(Money(int(due), currency))
    return f"{decimal_of(due):f} {currency}"


def decimal_of(due: Fraction) -> Decimal:
    """An exact due in micro-units as a decimal of the unit, rounded to nine places."""
    whole = Fraction(due, 1_000_000)
    with localcontext() as context:
        context.prec = _DIGITS
        return (Decimal(whole.numerator) / Decimal(whole.denominator)).quantize(
            _PLACES, rounding=ROUND_HALF_EVEN
        )


def recipient_text(recipient: Recipient, name: str) -> str:
    """A member's name, or why there is nobody."""
    return name if recipient.party_id else why_apart(recipient.reason)
