"""Every society as an operator sees it: members, licenses, what is kept, and what is due."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.rights.models import License, Mandate
from pennywhistle.apps.societies.deadlines import Deadline, deadlines_of
from pennywhistle.apps.societies.models import Proposal, Society
from pennywhistle.apps.societies.queries import member_count, shares_of_members
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

societies_per_page = 25


@dataclass(frozen=True, slots=True)
class KeptBy:
    """What a society keeps for nobody, in one currency and for one reason."""

    reason: str
    money: Money


@dataclass(frozen=True, slots=True)
class SocietyRow:
    """A society in the operator's list. `next_due` is the next amount that a date is set for."""

    society: Society
    members: int
    mandates: int
    works: int
    licenses: int
    kept: tuple[KeptBy, ...]
    next_due: Deadline | None
    proposals: int


@dataclass(frozen=True, slots=True)
class SocietyPage:
    """Some societies by name."""

    rows: tuple[SocietyRow, ...]
    has_more: bool


def all_societies(*, now: datetime, page: int = 1) -> SocietyPage:
    """The societies by name, one page of them: each row plans what is to be distributed."""
    start = (max(page, 1) - 1) * societies_per_page
    named = Society.objects.select_related("party").order_by("party__name", "party")
    found = list(named[start : start + societies_per_page + 1])
    rows = tuple(row_of(society, now=now) for society in found[:societies_per_page])
    return SocietyPage(rows, has_more=len(found) > len(rows))


def row_of(society: Society, *, now: datetime) -> SocietyRow:
    """One society's row; some ten queries, and a plan of what is to be distributed."""
    mandates = Mandate.objects.open().held_by(party_id=society.pk).exclude(valid_until__lte=now)
    works = shares_of_members(society_id=society.pk, now=now)
    licenses = License.objects.open().filter(licensor=society.pk).exclude(valid_until__lte=now)
    deadlines = deadlines_of(society, now=now)
    return SocietyRow(
        society=society,
        members=member_count(society_id=society.pk, now=now),
        mandates=mandates.count(),
        works=works.values("work").distinct().count(),
        licenses=licenses.count(),
        kept=kept_by(society_id=society.pk),
        next_due=min((*deadlines.to_distribute, *deadlines.unclaimed), default=None),
        proposals=Proposal.objects.open().filter(society=society).count(),
    )


def kept_by(*, society_id: int) -> tuple[KeptBy, ...]:
    """What it keeps, by reason and currency."""
    beginning = f"society-{society_id}-"
    accounts = Account.objects.filter(kind=Account.Kind.UNCLAIMED, code__startswith=beginning)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    postings = Posting.objects.on(accounts).values_list("account__code", "currency")
    for code, currency, micro in postings.annotate(micro=Sum("amount_micro")):
        sums[code.split(":")[0].removeprefix(beginning), currency] += int(micro)
    return tuple(
        KeptBy(reason, Money(micro, currency))
        for (reason, currency), micro in sorted(sums.items())
        if micro
    )
