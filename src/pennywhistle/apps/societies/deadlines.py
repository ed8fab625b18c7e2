"""By when a society must have distributed what, and how long it keeps what it cannot.

Directive 2014/26/EU, article 13: at the latest nine months after the end of the financial year in
which the money came in; after three years, what nobody was found for is not distributable. What
becomes of it then, its members decide: here it stays where it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from pennywhistle.apps.ledger.models import Posting
from pennywhistle.apps.societies.models import DistributionLine
from pennywhistle.apps.societies.queries import currencies_of
from pennywhistle.apps.societies.stretches import (
    distributable_until,
    distribution_due_on,
    year_end_of,
)
from pennywhistle.apps.societies.work import plan_distribution
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import date, datetime

    from pennywhistle.apps.societies.models import Society
    from pennywhistle.apps.societies.work import Plan


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """Money of one financial year and what must be done with it until when."""

    due_on: date
    year_end: date
    money: Money
    is_over: bool


@dataclass(frozen=True, slots=True)
class Deadlines:
    """What is to be distributed, and what waits for whoever it belongs to; the next first."""

    to_distribute: tuple[Deadline, ...]
    unclaimed: tuple[Deadline, ...]


def deadlines_of(society: Society, *, now: datetime) -> Deadlines:
    """Every amount that a date is set for."""
    plans = [
        plan_distribution(society=society, currency=currency, period_end=now)
        for currency in currencies_of(society_id=society.pk)
    ]
    return Deadlines(
        to_distribute=tuple(sorted(each for plan in plans for each in _to_distribute(plan, now))),
        unclaimed=tuple(sorted(_unclaimed(society, now))),
    )


def _to_distribute(plan: Plan, now: datetime) -> list[Deadline]:
    by_year: Counter[date] = Counter()
    for line in plan.lines:
        by_year[year_end_of(plan.society, line.use.used_at.date())] += line.gross_micro
    return [
        Deadline(
            due_on=distribution_due_on(year_end),
            year_end=year_end,
            money=Money(micro, plan.currency),
            is_over=now.date() > distribution_due_on(year_end),
        )
        for year_end, micro in by_year.items()
        if micro
    ]


def _unclaimed(society: Society, now: datetime) -> list[Deadline]:
    lines = DistributionLine.objects.filter(
        distribution__society=society, kind=DistributionLine.Kind.UNCLAIMED
    )
    rows = lines.values_list("account_id", "used_at", "distribution__currency").annotate(
        micro=Sum("net_micro")
    )
    left = _left_on({row[0] for row in rows if row[0] is not None})
    by_year: Counter[tuple[date, str]] = Counter()
    for account, used_at, currency, micro in rows:
        # What was released since is no longer there.
        still = min(int(micro), left.get(account, 0))
        left[account] = left.get(account, 0) - still
        by_year[year_end_of(society, used_at.date()), currency] += still
    return [
        Deadline(
            due_on=distributable_until(year_end),
            year_end=year_end,
            money=Money(micro, currency),
            is_over=now.date() > distributable_until(year_end),
        )
        for (year_end, currency), micro in by_year.items()
        if micro
    ]


def _left_on(accounts: set[int]) -> dict[int, int]:
    rows = Posting.objects.on(accounts).values("account_id")
    return {
        row["account_id"]: int(row["micro"]) for row in rows.annotate(micro=Sum("amount_micro"))
    }
