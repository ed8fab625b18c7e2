"""From micro-units to the smallest coin, as documents and returns are written."""

from fractions import Fraction


def cents(amount_micro: Fraction | int, coin_micro: int) -> int:
    """An amount in whole coins of `coin_micro` micro-units; a half is rounded away from zero.

    So an amount and its negative, a credit note, round to the same coins.
    """
    above, below = abs(Fraction(amount_micro) / coin_micro).as_integer_ratio()
    whole = (2 * above + below) // (2 * below)
    return -whole if amount_micro < 0 else whole


def tax_within(gross: int, rate: Fraction) -> Fraction:
    """The tax that a price with tax holds, exactly: gross · r / (1 + r)."""
    return gross * rate / (1 + rate)
