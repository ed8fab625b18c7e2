"""A registration as the register will be asked to record it: claims and mandates, without ids.

What a file says of ownership are claims. What it says of collection is who licenses a share for
its owner where (docs/decisions/0010).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Role
from pennywhistle.apps.parties.actions import Said
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import ShareRole
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from pennywhistle.engines.works import Interest, Right, WorkRegistration

_SHARE_ROLES = {
    "CA": ShareRole.COMPOSER_LYRICIST,
    "C": ShareRole.COMPOSER,
    "A": ShareRole.LYRICIST,
    "AR": ShareRole.ARRANGER,
    "AD": ShareRole.ADAPTER,
    "SR": ShareRole.SUB_ARRANGER,
    "SA": ShareRole.SUB_LYRICIST,
    "TR": ShareRole.TRANSLATOR,
    "PA": ShareRole.INCOME_PARTICIPANT,
    "E": ShareRole.ORIGINAL_PUBLISHER,
    "AQ": ShareRole.ORIGINAL_PUBLISHER,
    "ES": ShareRole.ORIGINAL_PUBLISHER,
    "AM": ShareRole.ADMINISTRATOR,
    "SE": ShareRole.SUB_PUBLISHER,
}
_CREDITS = {
    "CA": (Role.COMPOSER, Role.LYRICIST),
    "C": (Role.COMPOSER,),
    "A": (Role.LYRICIST,),
    "TR": (Role.LYRICIST,),
    "SA": (Role.LYRICIST,),
    "AR": (Role.ARRANGER,),
    "AD": (Role.ARRANGER,),
    "SR": (Role.ARRANGER,),
}
# Interests that name no society say so with 099 in some senders' files.
_NO_SOCIETY = {"", "000", "099"}


@dataclass(frozen=True, slots=True)
class ClaimTold:
    """A part of a right that somebody owns, by the register's words."""

    owner: Said
    right: str
    role: str
    part: Fraction
    territories: Territories
    valid: Period


@dataclass(frozen=True, slots=True)
class MembershipTold:
    """Somebody is with a society for a right; `society` is CISAC's number."""

    member: Said
    society: str
    right: str
    territories: Territories
    valid: Period


@dataclass(frozen=True, slots=True)
class CollectorTold:
    """Somebody licenses and collects what an owner has in this work, in these territories."""

    owner: Said
    collector: Said
    right: str
    territories: Territories


@dataclass(frozen=True, slots=True)
class WorkTold:
    """A work as a file tells of it; `not_claimed` counts shares of parties not spoken for."""

    line: int
    title: str
    iswc: str
    number: str
    writers: tuple[tuple[Said, Role], ...]
    claims: tuple[ClaimTold, ...]
    memberships: tuple[MembershipTold, ...]
    collectors: tuple[CollectorTold, ...]
    isrcs: tuple[str, ...]
    not_claimed: int

    @property
    def parties(self) -> Iterator[Said]:
        """Everybody who is named, some of them several times."""
        yield from (writer for writer, _ in self.writers)
        yield from (claim.owner for claim in self.claims)
        yield from (membership.member for membership in self.memberships)
        for each in self.collectors:
            yield from (each.owner, each.collector)


def tell(work: WorkRegistration) -> WorkTold:
    """Read a registration that stands."""
    claimed = [each for each in work.interests if each.is_controlled and _is_named(each)]
    others = [each for each in work.interests if each not in claimed]
    return WorkTold(
        line=work.source_line,
        title=work.title,
        iswc=work.iswc.value if work.iswc else "",
        number=work.submitter_work_number,
        writers=tuple(_writers(work.writers)),
        claims=tuple(_claims(claimed)),
        memberships=tuple(_memberships(claimed)),
        collectors=tuple(_collectors(claimed)),
        isrcs=tuple(dict.fromkeys(one.isrc.value for one in work.recordings if one.isrc)),
        not_claimed=sum(_in_store(one.right) is not None for o in others for one in o.ownership),
    )


def said_of(interest: Interest) -> Said:
    """Who it is, by name and IPI numbers."""
    party = interest.party
    numbers = [party.ipi_name, party.ipi_base]
    name = f"{party.first_name} {party.name}".strip()
    return Said(
        name=name,
        kind=Party.Kind.PERSON if interest.is_writer else Party.Kind.ORGANIZATION,
        numbers=tuple((number.scheme, number.value) for number in numbers if number is not None),
    )


def _is_named(interest: Interest) -> bool:
    return bool(interest.party.name.strip())


def _in_store(right: Right) -> str | None:
    return right.in_store


def _writers(writers: Sequence[Interest]) -> Iterator[tuple[Said, Role]]:
    for writer in filter(_is_named, writers):
        for role in _CREDITS.get(writer.role, ()):
            yield said_of(writer), role


def _claims(interests: Sequence[Interest]) -> Iterator[ClaimTold]:
    for interest in interests:
        for owned in interest.ownership:
            right = _in_store(owned.right)
            if right is not None and owned.share > 0 and owned.territories:
                valid = period_of(owned.from_on, owned.until_on)
                yield ClaimTold(
                    *(said_of(interest), right, _role(interest), owned.share),
                    *(owned.territories, valid),
                )


def _role(interest: Interest) -> str:
    default = ShareRole.COMPOSER_LYRICIST if interest.is_writer else ShareRole.ORIGINAL_PUBLISHER
    return _SHARE_ROLES.get(interest.role, default).value


def _memberships(interests: Sequence[Interest]) -> Iterator[MembershipTold]:
    for interest in interests:
        for one in interest.societies:
            right = _in_store(one.right)
            if right is not None and one.society not in _NO_SOCIETY and one.territories:
                valid = period_of(one.from_on, one.until_on)
                yield MembershipTold(said_of(interest), one.society, right, one.territories, valid)


def _collectors(interests: Sequence[Interest]) -> Iterator[CollectorTold]:
    """Who collects in an owner's place: somebody of its chain, where the owner does not."""
    chains = _chains(interests)
    for owner in interests:
        for right in {owned.right for owned in owner.ownership if _in_store(owned.right)}:
            away = Territories.worldwide() - _collected(owner, right, _owned(owner, right))
            for other in interests:
                if other is owner or not chains[id(owner)] & chains[id(other)]:
                    continue
                if other.is_writer:
                    continue
                more = _collected(other, right, _owned(other, right), is_more=True) & away
                if more and said_of(other) != said_of(owner):
                    yield CollectorTold(
                        said_of(owner), said_of(other), _in_store(right) or "", more
                    )


def _owned(interest: Interest, right: Right) -> Fraction:
    return sum(
        (owned.share for owned in interest.ownership if owned.right is right), start=Fraction(0)
    )


def _collected(
    interest: Interest, right: Right, owned: Fraction, *, is_more: bool = False
) -> Territories:
    """Where somebody collects all that it owns of a right; with `is_more`, where more than that."""
    places = Territories.none()
    for one in interest.collection:
        is_enough = one.share > owned if is_more else one.share >= owned
        if one.right is right and one.is_controlled and is_enough:
            places = places | one.territories
    return places


def _chains(interests: Sequence[Interest]) -> dict[int, set[int]]:
    """The chains of publishers in which each interest stands; a writer in its publishers'."""
    by_number: dict[str, set[int]] = defaultdict(set)
    for interest in interests:
        if not interest.is_writer and interest.chain is not None:
            by_number[interest.party.number].add(interest.chain)
    chains = {}
    for interest in interests:
        mine: set[int] = {interest.chain} if interest.chain is not None else set()
        for link in interest.publishers:
            mine |= {link.chain} if link.chain is not None else by_number[link.publisher_number]
        chains[id(interest)] = mine
    return chains


def period_of(from_on: date | None, until_on: date | None) -> Period:
    """Days as instants, in UTC; the last day is meant whole."""
    starts_at = datetime.combine(from_on, time.min, UTC) if from_on else None
    try:
        ends_at = (
            datetime.combine(until_on + timedelta(days=1), time.min, UTC) if until_on else None
        )
    except OverflowError:
        # The calendar's last day is nobody's.
        ends_at = None
    return Period(starts_at, ends_at)
