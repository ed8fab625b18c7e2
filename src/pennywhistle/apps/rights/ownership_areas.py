"""Who claims what of a work or recording where: territories with the same claims together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.rights.closing import territories_of
from pennywhistle.apps.rights.models import OwnershipShare, PublicDomain
from pennywhistle.engines.clearance.facts import Right
from pennywhistle.kernel.split import SHARE_TOLERANCE
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClaimedArea:
    """Territories in which the same shares of a right are claimed, in the order of recording."""

    right: Right
    territories: Territories
    shares: tuple[OwnershipShare, ...]

    @property
    def total(self) -> Fraction:
        """How much is claimed in all."""
        return sum((share.part for share in self.shares), Fraction(0))

    @property
    def is_overclaimed(self) -> bool:
        """Whether more than the whole is claimed, beyond what is scaled away (CWR: 0.06 %)."""
        return self.total > 1 + SHARE_TOLERANCE

    @property
    def is_incomplete(self) -> bool:
        """Whether less than the whole is claimed, beyond what is scaled away."""
        return self.total < 1 - SHARE_TOLERANCE


@dataclass(frozen=True, slots=True)
class Ownership:
    """All open shares of a work or recording, and where which of them hold at an instant."""

    shares: list[OwnershipShare]
    areas: list[ClaimedArea]
    closed: list[OwnershipShare]


def ownership_of(
    *, work_id: int | None = None, recording_id: int | None = None, at: datetime
) -> Ownership:
    """What is claimed of a work or recording; two queries."""
    rows = OwnershipShare.objects.of_subject(
        work_id=work_id, recording_id=recording_id
    ).select_related("party", "territories", "evidence")
    shares = list(rows.open().order_by("right", "id"))
    standing = [
        share
        for share in shares
        if share.status != OwnershipShare.Status.REVOKED and at in share.valid
    ]
    closed = rows.filter(closed_at__isnull=False).order_by("-closed_at", "-id")
    return Ownership(shares, list(_areas(standing)), list(closed[:200]))


def _areas(shares: Sequence[OwnershipShare]) -> Iterator[ClaimedArea]:
    """By right; of each, the largest area first."""
    for right in Right:
        mine = [share for share in shares if share.right == right]
        where = {share.pk: territories_of(share) for share in mine}
        codes: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
        for code in Territories.worldwide():
            held = tuple(share.pk for share in mine if code in where[share.pk])
            if held:
                codes[held].append(code)
        for held, places in sorted(codes.items(), key=lambda area: -len(area[1])):
            yield ClaimedArea(
                right,
                Territories.of(*places),
                tuple(share for share in mine if share.pk in held),
            )


def free_of(*, work_id: int) -> list[PublicDomain]:
    """Where and when a work is free, as the store believes now."""
    rows = PublicDomain.objects.open().filter(work_id=work_id)
    return list(rows.select_related("territories", "evidence").order_by("-id"))
