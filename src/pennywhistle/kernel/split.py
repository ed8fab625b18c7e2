"""Dividing money by exact shares with systematic rounding.

The method, with a worked table and the same in JavaScript, is in docs/algorithms/rounding.md.
"""

import hashlib
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from pennywhistle.kernel.money import AmountInvalidError, Money

SHARE_TOLERANCE = Fraction(6, 10_000)
"""How far a supplier's shares may sum beside one and still be scaled (CWR: ±0.06 %)."""

_OFFSET_BYTES = 8
_OFFSET_STEPS = 2 ** (8 * _OFFSET_BYTES)


class SharesInvalidError(ValueError):
    """The shares do not divide a whole: none, a negative one, or they do not sum to one."""

    code = "shares-invalid"


def split(total: Money, *, shares: Sequence[Fraction], seed: bytes) -> list[Money]:
    """Divide `total` by shares that sum to one; the parts add up exactly.

    Systematic rounding: the exact parts are laid end to end and cut at whole micro-units, at
    positions shifted by an offset drawn from `seed`. With T micro-units, shares s₁ … sₙ and
    S₀ = 0, Sₖ = s₁ + … + sₖ:

        u     = (first 8 bytes of SHA-256(seed), as a big-endian unsigned integer) / 2⁶⁴
        cutₖ  = ⌊T·Sₖ + u⌋         (exact rational arithmetic; cut₀ = 0 and cutₙ = T)
        partₖ = cutₖ - cutₖ₋₁

    So each part is less than one micro-unit from its exact due, a share of zero gets nothing,
    and over many seeds every party gets its exact due on average (to 2⁻⁶⁴ micro-units).
    Anyone who knows the seed and the order of the shares can recompute the cut.

    The seed must be another one for every split (the sale's id and the line's number): lines
    that share a seed share their luck. Raises `SharesInvalidError` if the shares are not a
    division of one, and `AmountInvalidError` if `total` is negative: a refund negates the
    parts of its sale and is not split again.
    """
    if total.is_negative:
        raise AmountInvalidError(f"{total} cannot be split; negate the parts of the sale instead")
    parts = Division.by(shares).cut(total.micro, seed=seed)
    return [Money(part, total.currency) for part in parts]


@dataclass(frozen=True, slots=True)
class Division:
    """Shares made ready to divide many totals: their running sums over one denominator."""

    numerator_sums: tuple[int, ...]
    denominator: int

    @classmethod
    def by(cls, shares: Sequence[Fraction]) -> Self:
        """The division by `shares`; raises `SharesInvalidError` as `split` does."""
        numerators, denominator = _over_one_denominator(shares)
        if sum(numerators) != denominator:
            raise SharesInvalidError(
                f"The shares sum to {Fraction(sum(numerators), denominator)}, not to 1"
            )
        return cls(tuple(itertools.accumulate(numerators)), denominator)

    def cut(self, total_micro: int, *, seed: bytes) -> list[int]:
        """The parts of `total_micro`, which is not negative, in micro-units: see `split`."""
        assert seed, "an empty seed would round every sale alike"
        assert total_micro >= 0, "a refund negates the parts of its sale"
        digest = hashlib.sha256(seed).digest()
        # The formula of `split` with both sides times denominator · 2⁶⁴: integers only.
        offset = int.from_bytes(digest[:_OFFSET_BYTES], "big") * self.denominator
        unit, scaled = self.denominator * _OFFSET_STEPS, total_micro * _OFFSET_STEPS
        cuts = [(scaled * numerator_sum + offset) // unit for numerator_sum in self.numerator_sums]
        assert cuts[-1] == total_micro
        return [cut - before for before, cut in zip((0, *cuts), cuts, strict=False)]


def scale_shares(shares: Sequence[Fraction]) -> list[Fraction]:
    """Scale shares that sum to one within ±0.06 % so that they sum to exactly one.

    Three shares of 33.33 % become three exact thirds: a remainder of 0.01 % would be money that
    nobody owns. Beyond the tolerance of CWR the shares are somebody's mistake and are refused
    with `SharesInvalidError`, which names the numbers.
    """
    _check_each(shares)
    total = sum(shares, Fraction(0))
    if abs(total - 1) > SHARE_TOLERANCE:
        raise SharesInvalidError(
            f"{_in_percent(shares)} sum to {float(total):.4%}; "
            f"they must sum to 100 % (±{float(SHARE_TOLERANCE):.2%} is scaled)"
        )
    return [share / total for share in shares]


def weights_to_shares(weights: Sequence[int]) -> list[Fraction]:
    """Turn whole weights into exact shares, as for an album's price over its tracks' prices.

    Raises `SharesInvalidError` if a weight is negative or none is above zero.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise SharesInvalidError(
            f"The weights {list(weights)} divide nothing; they must be 0 or more, one of them above"
        )
    return [Fraction(weight, total) for weight in weights]


def _over_one_denominator(shares: Sequence[Fraction]) -> tuple[list[int], int]:
    _check_each(shares)
    denominator = math.lcm(*(share.denominator for share in shares))
    return [share.numerator * (denominator // share.denominator) for share in shares], denominator


def _check_each(shares: Sequence[Fraction]) -> None:
    # An int is exact as well (0 and 1 are natural shares); a float or a Decimal is somebody's
    # rounded number already.
    for share in shares:
        if type(share) not in {Fraction, int}:
            raise TypeError(f"shares must be exact fractions, not {type(share).__name__}")
    if not shares:
        raise SharesInvalidError("There are no shares")
    if any(share.numerator < 0 for share in shares):
        raise SharesInvalidError(f"A share is negative: {_in_percent(shares)}")


def _in_percent(shares: Sequence[Fraction]) -> str:
    return " + ".join(f"{float(share):.4%}" for share in shares)
