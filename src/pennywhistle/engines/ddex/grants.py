"""Grants and refusals, and what becomes of grants that contradict each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta, timezone
from itertools import combinations
from typing import TYPE_CHECKING

from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pennywhistle.engines.ddex.moments import Span
    from pennywhistle.engines.ddex.terms import Incentive, Price

# Comparisons of two periods in one message; a release with 600 different terms takes as many.
_WORK_MAX = 200_000
# Where a day starts first, and where it ends last.
_ZONES = (timezone(timedelta(hours=14)), UTC, timezone(-timedelta(hours=12)))


@dataclass(frozen=True, slots=True)
class SaleGrant:
    """Leave to sell one release as a download: where, when, for what price to the supplier.

    Deals that differ in their territories only are one grant: 249 deals for one territory each
    become one with 249. `prices` may be empty: then the supplier's rate card must have a price.
    """

    release: str
    territories: Territories
    spans: tuple[Span, ...]
    prices: tuple[Price, ...]
    is_pre_order: bool
    incentives: tuple[Incentive, ...]
    deals: tuple[str, ...]
    """The paths of the deals that it comes from."""
    line: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A deal that meant to authorize a sale, and does not."""

    releases: tuple[str, ...]
    deal: str
    line: int
    code: str
    rule: str
    value: str
    sentence: str
    cure: str


def without_overlaps(
    offered: Mapping[str, tuple[SaleGrant, ...]],
) -> tuple[dict[str, tuple[SaleGrant, ...]], list[Refusal]]:
    """Take away where two grants give one release different prices at the same time.

    The store could not know which of them is due. Where a date is local in one and an instant in
    the other, they overlap only if they do in every time zone.
    """
    kept: dict[str, tuple[SaleGrant, ...]] = {}
    refusals: list[Refusal] = []
    work = 0
    for release, grants in offered.items():
        more = _work(grants)
        if work + more > _WORK_MAX:
            refusals.append(_too_many(release, grants[0]))
            continue
        work += more
        lost = _contradicted(grants)
        refusals.extend(
            _overlap(release, grant, territories)
            for grant, territories in zip(grants, lost, strict=True)
            if territories
        )
        found = tuple(
            replace(grant, territories=grant.territories - territories) if territories else grant
            for grant, territories in zip(grants, lost, strict=True)
            if grant.territories - territories
        )
        if found:
            kept[release] = found
    return kept, refusals


def _work(grants: tuple[SaleGrant, ...]) -> int:
    """How often two periods are compared at most."""
    periods = max(len(grant.spans) for grant in grants)
    return len(grants) * (len(grants) - 1) // 2 * periods * periods


def _contradicted(grants: tuple[SaleGrant, ...]) -> list[Territories]:
    """For each grant, where another one contradicts it."""
    lost = [Territories.none() for _ in grants]
    for one, other in combinations(range(len(grants)), 2):
        both = grants[one].territories & grants[other].territories
        if both - (lost[one] & lost[other]) and _contradict(grants[one], grants[other]):
            lost[one] |= both
            lost[other] |= both
    return lost


def _contradict(one: SaleGrant, other: SaleGrant) -> bool:
    if one.is_pre_order != other.is_pre_order or one.prices == other.prices:
        return False
    return any(
        all(_meet(first, second, zone) for zone in _ZONES)
        for first in one.spans
        for second in other.spans
    )


def _meet(first: Span, second: Span, zone: timezone) -> bool:
    one, other = first.in_zone(zone), second.in_zone(zone)
    return one is not None and other is not None and one.overlaps(other)


def _overlap(release: str, grant: SaleGrant, both: Territories) -> Refusal:
    where = both.describe()[:120]
    return Refusal(
        (release,),
        grant.deals[0],
        grant.line,
        "deals-overlap",
        "E8",
        where,
        f"Another deal gives {release[:80]} another price at the same time in {where}.",
        "End the one where the other starts.",
    )


def _too_many(release: str, grant: SaleGrant) -> Refusal:
    return Refusal(
        (release,),
        grant.deals[0],
        grant.line,
        "too-many-terms",
        "E8",
        release[:80],
        f"{release[:80]} has too many different terms; nothing of it is sold.",
        "Put territories with the same price and period into one deal.",
    )
