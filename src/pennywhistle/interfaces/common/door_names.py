"""What ways to pay in are called."""

from __future__ import annotations

from django.utils.translation import gettext


def door_name(code: str) -> str:
    """A door's name, in the visitor's language; its code where it has no other."""
    return {
        "stripe": gettext("Card (Stripe)"),
        "mollie": gettext("Card, iDEAL and more (Mollie)"),
        "bank": gettext("Bank transfer"),
        "btcpay": gettext("Bitcoin (Lightning)"),
    }.get(code, code.capitalize())
