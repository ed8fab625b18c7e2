"""What the pages show: an account's payouts, the next one, and what waits for operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Q, Sum

from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.payouts.due import PAYING, due_of, sums_of
from pennywhistle.apps.payouts.known import known_of
from pennywhistle.apps.payouts.looking import Cut, Why, look_at
from pennywhistle.apps.payouts.models import Payout, Run
from pennywhistle.apps.payouts.models.terms import Cadence
from pennywhistle.apps.payouts.running import month_end_before
from pennywhistle.apps.payouts.terms import wanted_of
from pennywhistle.apps.statements.pages import sealed_pages
from pennywhistle.apps.statements.titles import names_of
from pennywhistle.engines.tlog.payout import CONTRACT_ITEM
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from pennywhistle.apps.payouts.looking import Look
    from pennywhistle.apps.statements.titles import ItemName

LINES_SHOWN_MAX = 500
_FAR = 2**62


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the next run would pay of an account if it were made on what is on it now."""

    look: Look
    on: date


def forecast(account: Account, *, now: datetime) -> Forecast:
    """The next payout of an account: how much by now, on which day it is due, or why not."""
    wanted = wanted_of(account)
    sums = sums_of(account, end_index=_FAR)
    on = _next_cut(wanted.cadence, now)
    is_sweep = on.month == 1
    # Cadence is in the day; the rest is asked as of now.
    cut = Cut(datetime.combine(on, time.min, UTC), _FAR, is_month=True, is_sweep=is_sweep)
    due = due_of(account, sums, end_index=_FAR, now=now)
    known = known_of([account], at=now, end_index=_FAR)
    return Forecast(look_at(account, due=due, cut=cut, known=known), on)


def _next_cut(cadence: str, now: datetime) -> date:
    """The first day behind the period that is paid next: the day from which a run can pay it."""
    months = {Cadence.MONTH: 1, Cadence.QUARTER: 3, Cadence.YEAR: 12}[Cadence(cadence)]
    day = month_end_before(now.astimezone(UTC).date()).date()
    while True:
        year, month = divmod(day.year * 12 + day.month, 12)
        day = day.replace(year=year, month=month + 1)
        if (day.month - 1) % months == 0:
            return day


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of the payee's account that a payout pays; `page` is the statement's."""

    log_index: int
    page: int | None
    entry_id: UUID
    occurred_at: datetime
    name: ItemName
    territory: str
    amount: Money
    kind: str


@dataclass(frozen=True, slots=True)
class Paid:
    """The lines that a payout pays, and what stood on the account before them.

    `before` and the lines' sum are what was due; `lines` are at most some, newest first.
    """

    before: Money
    earned: Money
    line_count: int
    lines: tuple[PaidLine, ...]


def paid_lines(payout: Payout) -> Paid:
    """Line by line what a payout pays, as its statements have it.

    What contracts passed on is paid by the first payout that was proposed after it, wherever it
    stands in the log.
    """
    postings = (
        Posting.objects.on([payout.source_id])
        .filter(_sold_before_the_cut(payout) | _passed_on_before(payout))
        .exclude(entry__kind__in=PAYING)
    )
    sums = postings.aggregate(total=Sum("amount_micro"), lines=Count("line"))
    earned = Money(int(sums["total"] or 0), payout.source.currency)
    rows: list[tuple[Any, ...]] = list(
        postings.order_by("-entry__leaf__log_index", "-line").values_list(
            "entry__leaf__log_index", "entry_id", "entry__occurred_at", "entry__item",
            "entry__territory", "amount_micro", "entry__kind",
        )[:LINES_SHOWN_MAX]
    )  # fmt: skip
    names = names_of(row[3] for row in rows)
    pages = _page_numbers(payout.first_index, max((row[0] + 1 for row in rows), default=0))
    lines = tuple(
        PaidLine(
            index, pages(index), entry, at, names[item], territory,
            Money(micro, payout.source.currency), kind,
        )
        for index, entry, at, item, territory, micro, kind in rows
    )  # fmt: skip
    return Paid(payout.due - earned, earned, sums["lines"], lines)


def is_paid_by_cut(*, kind: str, item: str) -> bool:
    """Whether a line's place in the log says which payout pays it: not of what moved money on."""
    return kind not in PAYING and not item.startswith(CONTRACT_ITEM)


def _sold_before_the_cut(payout: Payout) -> Q:
    place = "entry__leaf__log_index"
    within = Q(**{f"{place}__gte": payout.first_index, f"{place}__lt": payout.end_index})
    return within & ~Q(entry__item__startswith=CONTRACT_ITEM)


def _passed_on_before(payout: Payout) -> Q:
    before = (
        Payout.objects.filter(source=payout.source_id, end_index__lte=payout.first_index)
        .filter(proposed_at__lt=payout.proposed_at)
        .exclude(state=Payout.State.DROPPED)
        .aggregate(last=Max("proposed_at"))["last"]
    )
    found = Q(
        entry__item__startswith=CONTRACT_ITEM,
        entry__leaf__isnull=False,
        entry__occurred_at__lte=payout.proposed_at,
    )
    return found & Q(entry__occurred_at__gt=before) if before else found


def _page_numbers(first_index: int, end_index: int) -> Any:  # noqa: ANN401 (from place to page)
    stretch = sealed_pages().filter(end_index__gt=first_index, first_index__lt=end_index)
    rows = list(stretch.values_list("first_index", "end_index", "number"))

    def covering(index: int) -> int | None:
        return next((number for first, end, number in rows if first <= index < end), None)

    return covering


def payouts_over(account: Account, *, first_index: int, end_index: int) -> list[Payout]:
    """The payouts that pay lines of a stretch of the log, oldest first: a statement's."""
    found = Payout.objects.standing().filter(
        source=account, first_index__lt=end_index, end_index__gt=first_index
    )
    return list(found.select_related("source", "run").order_by("end_index", "id"))


def payout_years(account: Account) -> list[int]:
    """The years in which payouts of an account were approved, the newest first."""
    approved = Payout.objects.filter(source=account, approved_at__isnull=False)
    days = approved.dates("approved_at", "year", order="DESC")
    return [day.year for day in days]


def runs() -> list[Run]:
    """All runs, newest first."""
    return list(Run.objects.order_by("-cut_at", "currency")[:50])


def left_out(run: Run) -> list[Any]:
    """Accounts that a run did not pay, without those that were paid when it looked again."""
    paid = run.payouts.exclude(state=Payout.State.DROPPED).values("source")
    rows = run.skipped.exclude(account__in=paid).select_related("account__party")
    return list(rows.order_by("-due_micro", "account_id")[:200])


def count_waiting() -> int:
    """Payouts that wait for an operator: to be approved or to be sent."""
    waiting = [Payout.State.PROPOSED, Payout.State.APPROVED]
    return Payout.objects.filter(state__in=waiting).count()


def withheld_totals(year: int) -> list[tuple[str, Money, int]]:
    """What standing payouts of a year withheld, by territory and currency; how many payouts."""
    rows = (
        Payout.objects.standing()
        .filter(approved_at__year=year, parts__withheld_micro__gt=0)
        .order_by()
        .values("parts__territory", "currency")
        .annotate(total=Sum("parts__withheld_micro"), payouts=Count("id", distinct=True))
        .order_by("parts__territory", "currency")
    )
    return [
        (row["parts__territory"], Money(int(row["total"]), row["currency"]), row["payouts"])
        for row in rows
    ]


__all__ = [
    "Forecast",
    "Paid",
    "PaidLine",
    "Why",
    "count_waiting",
    "forecast",
    "is_paid_by_cut",
    "left_out",
    "paid_lines",
    "payout_years",
    "payouts_over",
    "runs",
    "withheld_totals",
]
