"""A society's members, repertoire, licenses and distributions, as its pages show them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Sum

from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import (
    License,
    Mandate,
    OwnershipShare,
    RepertoireMember,
    TariffLine,
)
from pennywhistle.apps.societies.models import Distribution, DistributionLine
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.societies.models import DistributionLineQuerySet
    from pennywhistle.apps.users.models import User

rows_per_page = 50


@dataclass(frozen=True, slots=True)
class Member:
    """A party that has mandated the society, since when, and until when if it is leaving."""

    party_id: int
    name: str
    joined_at: datetime
    left_at: datetime | None
    mandates: tuple[Mandate, ...]


@dataclass(frozen=True, slots=True)
class MembersPage:
    """Some members by name."""

    members: tuple[Member, ...]
    has_more: bool


def members_of(*, society_id: int, page: int = 1) -> MembersPage:
    """Who mandated the society, also those whose mandate has ended; one page of them.

    A mandate that was closed as a mistake made nobody a member.
    """
    given = Mandate.objects.open().held_by(party_id=society_id)
    start = (max(page, 1) - 1) * rows_per_page
    parties = list(
        Party.objects.filter(id__in=given.values("from_party"))
        .order_by("name", "id")
        .only("id", "name")[start : start + rows_per_page + 1]
    )
    shown = parties[:rows_per_page]
    mandates: dict[int, list[Mandate]] = defaultdict(list)
    rows = Mandate.objects.held_by(party_id=society_id).filter(from_party__in=shown)
    for mandate in rows.select_related("territories").order_by("id"):
        mandates[mandate.from_party_id].append(mandate)
    members = tuple(_member(party, mandates[party.pk]) for party in shown)
    return MembersPage(members, has_more=len(parties) > len(shown))


def _member(party: Party, mandates: list[Mandate]) -> Member:
    """`mandates` have the closed ones too: a mandate that is ending was recorded anew."""
    standing = [mandate for mandate in mandates if mandate.closed_at is None]
    ends = [mandate.valid_until for mandate in standing if mandate.valid_until is not None]
    joined_at = min(mandate.valid_from or mandate.recorded_at for mandate in mandates)
    return Member(
        party_id=party.pk,
        name=party.name,
        joined_at=joined_at,
        left_at=max(ends) if len(ends) == len(standing) else None,
        mandates=tuple(standing),
    )


def member_count(*, society_id: int, now: datetime) -> int:
    """How many parties have a mandate with the society that has not ended."""
    given = Mandate.objects.open().held_by(party_id=society_id)
    return given.exclude(valid_until__lte=now).values("from_party").distinct().count()


@dataclass(frozen=True, slots=True)
class RepertoireWork:
    """A work in which members hold shares, and which."""

    work: Work
    shares: tuple[OwnershipShare, ...]


def shares_of_members(*, society_id: int, now: datetime) -> QuerySet[OwnershipShare]:
    """The shares of works that mandates to the society reach: by right, territory and list."""
    in_list = RepertoireMember.objects.open().filter(
        repertoire=OuterRef("repertoire"), work=OuterRef(OuterRef("work"))
    )
    given = (
        Mandate.objects.open()
        .held_by(party_id=society_id)
        .exclude(valid_until__lte=now)
        .filter(
            Q(repertoire__isnull=True) | Exists(in_list),
            _IsAmong(OuterRef("right"), F("rights")),
            _Overlap(OuterRef("territories__mask"), F("territories__mask")),
            from_party=OuterRef("party"),
        )
    )
    standing = OwnershipShare.objects.open().standing()
    return standing.filter(Exists(given), work__isnull=False)


class _IsAmong(Func):
    """Whether a word is in a list of words."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY ("
    output_field = BooleanField()


class _Overlap(Func):
    """Whether two sets of territories have one in common."""

    template = "(position(B'1' IN (('x' || encode(%(expressions)s, 'hex'))::varbit)) > 0)"
    arg_joiner = ", 'hex'))::varbit & ('x' || encode("
    output_field = BooleanField()


def repertoire_of(
    *, society_id: int, now: datetime, after_id: int = 0
) -> tuple[tuple[RepertoireWork, ...], int | None]:
    """The works in which members hold shares: one page, and where the next one begins."""
    shares = shares_of_members(society_id=society_id, now=now)
    found = list(
        Work.objects.filter(id__in=shares.values("work"), id__gt=after_id).order_by("id")[
            : rows_per_page + 1
        ]
    )
    shown = found[:rows_per_page]
    by_work: dict[int, list[OwnershipShare]] = defaultdict(list)
    rows = shares.filter(work__in=shown).select_related("party", "territories")
    for share in rows.order_by("right", "id"):
        assert share.work_id is not None
        by_work[share.work_id].append(share)
    works = tuple(RepertoireWork(work, tuple(by_work[work.pk])) for work in shown)
    return works, shown[-1].pk if len(found) > len(shown) else None


@dataclass(frozen=True, slots=True)
class HeldLicense:
    """A license that the society gave the store, and what its tariff asks and when."""

    license: License
    lines: tuple[TariffLine, ...]


def licenses_of(*, society_id: int) -> tuple[HeldLicense, ...]:
    """What the society licenses to this store, newest first."""
    rows = License.objects.open().filter(licensor=society_id)
    return tuple(
        HeldLicense(each, tuple(_lines_of(each)))
        for each in rows.select_related("tariff", "territories").order_by("-id")
    )


def _lines_of(license_: License) -> Iterator[TariffLine]:
    lines = TariffLine.objects.open().filter(tariff=license_.tariff_id)
    yield from lines.select_related("tariff").order_by("-valid_from", "-id")


@dataclass(frozen=True, slots=True)
class MemberSum:
    """What one member, or nobody and why, got by a distribution."""

    party_id: int | None
    name: str
    kind: str
    reason: str
    gross: Money
    deduction: Money
    net: Money


@dataclass(frozen=True, slots=True)
class PartySum:
    """What one party got by a distribution; `code` is the party's in the store."""

    code: str
    name: str
    gross: Money
    deduction: Money
    net: Money


def sums_of_person(distribution: Distribution, *, user: User) -> tuple[PartySum, ...]:
    """What each party that this person acts for got by a distribution."""
    mine = Party.objects.acted_for_by(user=user)
    return _by_party(distribution, DistributionLine.objects.filter(party__in=mine))


def sum_of_party(distribution: Distribution, *, party_id: int) -> PartySum | None:
    """What one party got by a distribution; None where it got nothing."""
    found = _by_party(distribution, DistributionLine.objects.to_party(party_id=party_id))
    return found[0] if found else None


def codes_in(distribution: Distribution) -> dict[int, str]:
    """The codes of the parties that got something, by their ids."""
    parties = Party.objects.filter(distribution_lines__distribution=distribution)
    return dict(parties.values_list("id", "public_id"))


def _by_party(distribution: Distribution, lines: DistributionLineQuerySet) -> tuple[PartySum, ...]:
    rows = (
        lines.filter(distribution=distribution)
        .values("party__public_id", "party__name")
        .annotate(gross=Sum("gross_micro"), deduction=Sum("deduction_micro"), net=Sum("net_micro"))
        .order_by("party__name", "party__public_id")
    )
    return tuple(
        PartySum(
            row["party__public_id"],
            row["party__name"],
            *(
                Money(int(row[name]), distribution.currency)
                for name in ("gross", "deduction", "net")
            ),
        )
        for row in rows
    )


def sums_of(distribution: Distribution) -> tuple[MemberSum, ...]:
    """A distribution by recipient, the largest first."""
    rows = (
        DistributionLine.objects.filter(distribution=distribution)
        .values("party", "party__name", "kind", "reason")
        .annotate(gross=Sum("gross_micro"), deduction=Sum("deduction_micro"), net=Sum("net_micro"))
    )
    currency = distribution.currency
    sums = (
        MemberSum(
            party_id=row["party"],
            name=row["party__name"] or "",
            kind=row["kind"],
            reason=row["reason"],
            gross=Money(int(row["gross"]), currency),
            deduction=Money(int(row["deduction"]), currency),
            net=Money(int(row["net"]), currency),
        )
        for row in rows
    )
    return tuple(sorted(sums, key=as_listed))


def as_listed(each: MemberSum) -> tuple[int, int, int, str]:
    """Members first, then what is unclaimed, then what waits; the largest first."""
    return (_KINDS.index(each.kind), -each.net.micro, each.party_id or 0, each.reason)


_KINDS = ("paid", "unclaimed", "carried")


def currencies_of(*, society_id: int) -> list[str]:
    """The currencies in which the society has an account."""
    accounts = Account.objects.filter(kind=Account.Kind.PAYEE, party=society_id)
    return list(accounts.order_by("currency").values_list("currency", flat=True))
