"""Where and when more than the whole is claimed, and what of each claim nobody denies."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from pennywhistle.apps.rights.closing import territories_of
from pennywhistle.engines.clearance.claims import settle
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.split import SHARE_TOLERANCE
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.rights.models import OwnershipShare


@dataclass(frozen=True, slots=True)
class Claimant:
    """What a party claims in all its shares together, and how much of that it is paid meanwhile."""

    party: Party
    claimed: Fraction
    uncontested: Fraction

    @property
    def contested(self) -> Fraction:
        """What somebody else claims too."""
        return self.claimed - self.uncontested


@dataclass(frozen=True)
class ContestedArea:
    """Territories and a time in which the same shares make more than the whole."""

    territories: Territories
    valid: Period
    shares: tuple[OwnershipShare, ...]
    total: Fraction

    @cached_property
    def claimants(self) -> tuple[Claimant, ...]:
        """By party; computed where it is read, since there may be more areas than anybody reads."""
        return _claimants(self.shares)

    @property
    def held(self) -> Fraction:
        """The part of the right that waits for a settlement."""
        return 1 - sum((each.uncontested for each in self.claimants), Fraction(0))


def contested_areas(shares: Sequence[OwnershipShare]) -> tuple[ContestedArea, ...]:
    """The areas in which these shares, all of one right, are too much; the largest first."""
    totals = (
        (territories, valid, held, sum((share.part for share in held), Fraction(0)))
        for valid, territories, held in _pieces(shares)
    )
    found = (ContestedArea(*each) for each in totals if each[-1] > 1 + SHARE_TOLERANCE)
    return tuple(sorted(found, key=lambda area: -len(area.territories)))


def _pieces(
    shares: Sequence[OwnershipShare],
) -> Iterator[tuple[Period, Territories, tuple[OwnershipShare, ...]]]:
    """The world and time cut where the set of shares changes; neighbors in time are joined."""
    world = _by_shares(shares)
    open_since: dict[tuple[tuple[int, ...], Territories], Period] = {}
    by_id = {share.pk: share for share in shares}
    for period in _periods(shares):
        held = {share.pk for share in shares if period.overlaps(share.valid)}
        seen = _among(held, world)
        for key in [key for key in open_since if seen.get(key[0]) != key[1]]:
            yield _piece(key, open_since.pop(key), by_id)
        for key in seen.items():
            before = open_since.get(key)
            start = before.starts_at if before else period.starts_at
            open_since[key] = Period(start, period.ends_at)
    for key, valid in open_since.items():
        yield _piece(key, valid, by_id)


def _piece(
    key: tuple[tuple[int, ...], Territories], valid: Period, by_id: dict[int, OwnershipShare]
) -> tuple[Period, Territories, tuple[OwnershipShare, ...]]:
    return valid, key[1], tuple(by_id[share_id] for share_id in key[0])


def _periods(shares: Sequence[OwnershipShare]) -> Iterator[Period]:
    ends = {end for share in shares for end in (share.valid_from, share.valid_until) if end}
    cuts: list[datetime | None] = [None, *sorted(ends), None]
    for starts_at, ends_at in pairwise(cuts):
        yield Period(starts_at, ends_at)


def _by_shares(shares: Sequence[OwnershipShare]) -> dict[tuple[int, ...], Territories]:
    """Territories by the shares that hold there at any time: looked at once, not in each period."""
    where = [(share.pk, territories_of(share)) for share in shares]
    codes: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
    for code in Territories.worldwide():
        codes[tuple(share_id for share_id, held in where if code in held)].append(code)
    return {there: Territories.of(*each) for there, each in codes.items() if there}


def _among(
    held: set[int], world: dict[tuple[int, ...], Territories]
) -> dict[tuple[int, ...], Territories]:
    """The same of the shares that hold in a period."""
    found: dict[tuple[int, ...], Territories] = {}
    for there, territories in world.items():
        left = tuple(share_id for share_id in there if share_id in held)
        if left:
            found[left] = found.get(left, Territories.none()) | territories
    return found


def _claimants(shares: Sequence[OwnershipShare]) -> tuple[Claimant, ...]:
    """By party, as clearance takes claims: in however many rows."""
    parties = {share.party_id: share.party for share in shares}
    claimed = dict.fromkeys(parties, Fraction(0))
    for share in shares:
        claimed[share.party_id] += share.part
    # A party that claims more than all by itself claims all: clearance refuses the sale meanwhile.
    parts = settle([min(Fraction(1), part) for part in claimed.values()]).parts
    return tuple(
        Claimant(parties[party_id], claimed[party_id], part)
        for party_id, part in zip(claimed, parts, strict=True)
    )
