"""A payee's statement: its account's lines on the pages of a period, added up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncMonth

from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.proof.queries import open_statement
from pennywhistle.apps.statements.limits import CSV_ROWS_PER_FETCH, LINES_PER_PAGE
from pennywhistle.apps.statements.pages import PageNumbers, Stretch, pages_of, stretch_of
from pennywhistle.apps.statements.titles import ItemName, names_of
from pennywhistle.engines.tlog.statement import build_statement
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from pennywhistle.apps.proof.log import AnyLog
    from pennywhistle.apps.statements.days import Days
    from pennywhistle.apps.users.models import User


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What a sale brought the payee, or its refund took back; `kind` is the entry's.

    `j` is the posting's place in its entry.
    """

    log_index: int
    page_number: int
    sale_id: UUID
    j: int
    occurred_at: datetime
    item: str
    name: ItemName
    territory: str
    price: Money
    amount: Money
    kind: str = Entry.Kind.SALE

    @property
    def is_refund(self) -> bool:
        """Whether it takes back what a sale brought."""
        return self.kind == Entry.Kind.REFUND


@dataclass(frozen=True, slots=True)
class Total:
    """What sales of one kind brought together; `key` is an item's ref, a territory or a month."""

    key: str
    sale_count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class NotClosedYet:
    """Sales that are in the books and on no closed page: the next pages will have them."""

    sale_count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Statement:
    """What an account earned in a period, by the pages that were closed in it.

    `opening` is what all pages before brought, `closing` is `opening` and `earned` together.
    `refunded` is the part of `earned` that refunds took back, below zero, whenever their sales
    were; `by_item` is without them, so that the two sum to `earned`.
    `closing`, what later pages brought and what is not closed yet make the account's whole sum.
    """

    account: Account
    days: Days
    stretch: Stretch
    sale_count: int
    refund_count: int
    opening: Money
    earned: Money
    refunded: Money
    later: Money
    not_closed: NotClosedYet
    by_item: tuple[tuple[Total, ItemName], ...]
    by_territory: tuple[Total, ...]
    by_month: tuple[tuple[Total, date], ...]

    @property
    def closing(self) -> Money:
        """What the account had earned when the period's last page was closed."""
        return self.opening + self.earned


@dataclass(frozen=True, slots=True)
class LinesPage:
    """Some lines of a statement, newest first; `older_than` asks for those that follow."""

    lines: tuple[StatementLine, ...]
    older_than: int | None


def accounts_of(*, user: User) -> QuerySet[Account]:
    """The payees' accounts that this person may read, by name."""
    parties = Party.objects.acted_for_by(user=user)
    return (
        Account.objects.payable_to(parties=parties)
        .select_related("party")
        .order_by("party__name", "number")
    )


def statement_for(*, account: Account, days: Days) -> Statement:
    """An account's statement over some days, without its lines, in a fixed number of queries."""
    stretch = stretch_of(days)
    sums = _sums(account, stretch)
    sold = _within(account, stretch).exclude(entry__kind=Entry.Kind.REFUND)
    items = _grouped(sold.annotate(key=F("entry__item")), account, "-amount")
    names = names_of(total.key for total, _ in items)

    def money(name: str) -> Money:
        return Money(int(sums[name] or 0), account.currency)

    return Statement(
        account=account,
        days=days,
        stretch=stretch,
        sale_count=sums["earned_count"],
        refund_count=sums["refund_count"],
        opening=money("opening"),
        earned=money("earned"),
        refunded=money("refunded"),
        later=money("later"),
        not_closed=NotClosedYet(sums["waiting_count"], money("waiting")),
        by_item=tuple((total, names[total.key]) for total, _ in items),
        by_territory=tuple(t for t, _ in _totals(account, stretch, "entry__territory")),
        by_month=tuple((total, month.date()) for total, month in _by_month(account, stretch)),
    )


def _sums(account: Account, stretch: Stretch) -> dict[str, Any]:
    """The account's whole sum in four parts: before, in, and after the stretch, and unsealed."""
    place = "entry__leaf__log_index"
    within = Q(**{f"{place}__gte": stretch.first_index, f"{place}__lt": stretch.end_index})
    after = Q(**{f"{place}__gte": stretch.end_index, f"{place}__lt": stretch.sealed_until})
    waiting = Q(**{f"{place}__isnull": True}) | Q(**{f"{place}__gte": stretch.sealed_until})
    refunds = Q(entry__kind=Entry.Kind.REFUND)
    return Posting.objects.on([account.number]).aggregate(
        opening=Sum("amount_micro", filter=Q(**{f"{place}__lt": stretch.first_index})),
        earned=Sum("amount_micro", filter=within),
        earned_count=Count("entry_id", distinct=True, filter=within & ~refunds),
        refunded=Sum("amount_micro", filter=within & refunds),
        refund_count=Count("entry_id", distinct=True, filter=within & refunds),
        later=Sum("amount_micro", filter=after),
        waiting=Sum("amount_micro", filter=waiting),
        waiting_count=Count("entry_id", distinct=True, filter=waiting),
    )


def _within(account: Account, stretch: Stretch) -> QuerySet[Posting]:
    return Posting.objects.on([account.number]).filter(
        entry__leaf__log_index__gte=stretch.first_index,
        entry__leaf__log_index__lt=stretch.end_index,
    )


def _totals(account: Account, stretch: Stretch, name: str) -> list[tuple[Total, str]]:
    """Totals by one column, the largest first."""
    return _grouped(_within(account, stretch).annotate(key=F(name)), account, "-amount")


def _by_month(account: Account, stretch: Stretch) -> list[tuple[Total, Any]]:
    month = TruncMonth("entry__occurred_at", tzinfo=UTC)
    return _grouped(_within(account, stretch).annotate(key=month), account, "key")


def _grouped(postings: QuerySet[Any], account: Account, first_by: str) -> list[tuple[Total, Any]]:
    rows = (
        postings.order_by()
        .values("key")
        .annotate(
            amount=Sum("amount_micro"),
            sales=Count("entry_id", distinct=True, filter=~Q(entry__kind=Entry.Kind.REFUND)),
        )
        .order_by(first_by, "key")
    )
    return [
        (
            Total(str(row["key"]), row["sales"], Money(int(row["amount"]), account.currency)),
            row["key"],
        )
        for row in rows
    ]


def lines_page(*, statement: Statement, older_than: int | None = None) -> LinesPage:
    """A page of the statement's lines, newest first; `older_than` is a place of the log."""
    postings = _within(statement.account, statement.stretch)
    if older_than is not None:
        postings = postings.filter(entry__leaf__log_index__lt=older_than)
    rows = list(_rows(postings).order_by("-entry__leaf__log_index", "-line")[: LINES_PER_PAGE + 1])
    shown = rows[:LINES_PER_PAGE]
    names = names_of(row[4] for row in shown)
    numbers = PageNumbers(statement.stretch)
    currency = statement.account.currency
    lines = tuple(_line(row, names, numbers, currency) for row in shown)
    return LinesPage(lines, lines[-1].log_index if len(rows) > len(shown) else None)


def all_lines(*, statement: Statement) -> Iterator[StatementLine]:
    """Every line of a statement in the log's order, read bit by bit: memory stays bounded."""
    within = _within(statement.account, statement.stretch)
    names = names_of(within.order_by().values_list("entry__item", flat=True).distinct())
    numbers = PageNumbers(statement.stretch)
    rows = _rows(within)
    ordered = rows.order_by("entry__leaf__log_index", "line")
    for row in ordered.iterator(chunk_size=CSV_ROWS_PER_FETCH):
        yield _line(row, names, numbers, statement.account.currency)


def _rows(postings: QuerySet[Posting]) -> QuerySet[Posting, tuple[Any, ...]]:
    return postings.values_list(
        "entry__leaf__log_index", "entry_id", "line", "entry__occurred_at", "entry__item",
        "entry__territory", "entry__price_micro", "amount_micro", "entry__kind",
    )  # fmt: skip


def _line(
    row: tuple[Any, ...], names: Mapping[str, ItemName], numbers: PageNumbers, currency: str
) -> StatementLine:
    log_index, sale_id, j, occurred_at, item, territory, price_micro, amount_micro, kind = row
    return StatementLine(
        log_index=log_index,
        page_number=numbers.covering(log_index),
        sale_id=sale_id,
        j=j,
        occurred_at=occurred_at,
        item=item,
        name=names[item],
        territory=territory,
        price=Money(price_micro, currency),
        amount=Money(amount_micro, currency),
        kind=kind,
    )


def statement_document(*, log: AnyLog, statement: Statement) -> bytes | None:
    """The statement as JSON that anyone can recompute offline; None where it has no page.

    Raises:
        StatementInvalidError: it would be larger than a verifier reads; ask for fewer days.
    """
    pages = pages_of(statement.stretch)
    opened = open_statement(log=log, account=statement.account.number, pages=pages)
    return build_statement(opened) if opened is not None and opened.pages else None
