"""Claims on one right of a work: what is undisputed is paid, what is contested is held."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.kernel.split import SHARE_TOLERANCE, SharesInvalidError

if TYPE_CHECKING:
    from collections.abc import Sequence

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of the claims: `parts`, `held` and `unclaimed` sum to one.

    `claims` are as made, or scaled where they summed to one within the tolerance; `parts` what
    each claimant is paid, in the same order.
    """

    claims: tuple[Fraction, ...]
    parts: tuple[Fraction, ...]
    held: Fraction
    unclaimed: Fraction

    @property
    def contested(self) -> tuple[Fraction, ...]:
        """How much of each claim somebody else claims too."""
        return tuple(claim - part for claim, part in zip(self.claims, self.parts, strict=True))


def settle(claims: Sequence[Fraction]) -> Settled:
    """Divide one whole by claims that may overlap or leave something over.

    Each claimant is paid what nobody else claims, max(0, 1 - sum of the others' claims), and
    never more than the claim. What is left of the claims is contested and held; what nobody
    claims stays apart. A sum within ±0.06 % of one (the tolerance of CWR) is scaled to one, so
    that 3 x 33.33 % leaves nothing over. Raises `SharesInvalidError` where a claim is below
    zero or above the whole.
    """
    denominator = math.lcm(*[claim.denominator for claim in claims])
    wanted = [claim.numerator * (denominator // claim.denominator) for claim in claims]
    total = sum(wanted)
    tolerance = SHARE_TOLERANCE.numerator * denominator // SHARE_TOLERANCE.denominator
    if any(not 0 <= claim <= denominator + tolerance for claim in wanted):
        raise SharesInvalidError("A claim is below zero or above the whole; correct it")
    if abs(total - denominator) <= tolerance:
        is_exact = total == denominator
        exact = tuple(claims if is_exact else [Fraction(claim, total) for claim in wanted])
        return Settled(claims=exact, parts=exact, held=_ZERO, unclaimed=_ZERO)
    if total < denominator:
        exact, left = tuple(claims), Fraction(denominator - total, denominator)
        return Settled(claims=exact, parts=exact, held=_ZERO, unclaimed=left)
    over = total - denominator
    paid = [max(0, claim - over) for claim in wanted]
    return Settled(
        claims=tuple(claims),
        parts=tuple([Fraction(part, denominator) for part in paid]),
        held=Fraction(denominator - sum(paid), denominator),
        unclaimed=_ZERO,
    )
