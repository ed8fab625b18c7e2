"""The amount that a page showed, as its form sends it back."""

from __future__ import annotations

import re

from pennywhistle.kernel.money import Money, MoneyError

_SHOWN = re.compile(r"([0-9.]{1,20}) ([A-Z]{3})", re.ASCII)


def shown_amount(text: str) -> Money | None:
    """What `str` wrote of an amount; None for any other text."""
    match = _SHOWN.fullmatch(text)
    if match is None:
        return None
    try:
        return Money.parse(match[1], currency=match[2])
    except MoneyError:
        return None
