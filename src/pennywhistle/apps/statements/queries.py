"""A payee's statement: its account's lines on the pages of a period, added up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import TruncMonth

from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.proof.queries import open_statement
from pennywhistle.apps.statements.pages import Stretch, pages_of, stretch_of
from pennywhistle.apps.statements.titles import ItemName, names_of
from pennywhistle.engines.tlog.statement import build_statement
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from pennywhistle.apps.proof.log import AnyLog
    from pennywhistle.apps.statements.days import Days
    from pennywhistle.apps.users.models import User


# What leaves the account, or comes back to it, without being earned: payouts and conversions.
PAID_KINDS = frozenset({Entry.Kind.PAYOUT, Entry.Kind.RETURNED, Entry.Kind.CONVERSION})


@dataclass(frozen=True, slots=True)
class Total:
    """What sales of one kind brought together; `key` is an item's ref, a territory or a month."""

    key: str
    sale_count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Moved:
    """What entries of one kind moved on the account: sales, refunds, payouts, and so on."""

    kind: str
    count: int
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
    were; `by_item` is without them, so that the two sum to `earned`. `by_kind` is all of it by what
    moved it, and so has deductions and payouts too, which are in no other part: `paid`.
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
    by_kind: tuple[Moved, ...] = ()

    @property
    def paid(self) -> Money:
        """What was paid out and deducted, below zero; what came back is taken off again."""
        nothing = Money.zero(self.account.currency)
        return sum((each.amount for each in self.by_kind if each.kind in PAID_KINDS), nothing)

    @property
    def closing(self) -> Money:
        """The account's balance when the period's last page was closed."""
        return self.opening + self.earned + self.paid


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
    sold = _earning(account, stretch).exclude(entry__kind=Entry.Kind.REFUND)
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
        by_kind=_by_kind(account, stretch),
    )


def _sums(account: Account, stretch: Stretch) -> dict[str, Any]:
    """The account's whole sum in four parts: before, in, and after the stretch, and unsealed."""
    place = "entry__leaf__log_index"
    within = Q(**{f"{place}__gte": stretch.first_index, f"{place}__lt": stretch.end_index})
    after = Q(**{f"{place}__gte": stretch.end_index, f"{place}__lt": stretch.sealed_until})
    waiting = Q(**{f"{place}__isnull": True}) | Q(**{f"{place}__gte": stretch.sealed_until})
    refunds = Q(entry__kind=Entry.Kind.REFUND)
    earning = within & ~Q(entry__kind__in=PAID_KINDS)
    return Posting.objects.on([account.number]).aggregate(
        opening=Sum("amount_micro", filter=Q(**{f"{place}__lt": stretch.first_index})),
        earned=Sum("amount_micro", filter=earning),
        earned_count=Count("entry_id", distinct=True, filter=earning & ~refunds),
        refunded=Sum("amount_micro", filter=within & refunds),
        refund_count=Count("entry_id", distinct=True, filter=within & refunds),
        later=Sum("amount_micro", filter=after),
        waiting=Sum("amount_micro", filter=waiting),
        waiting_count=Count("entry_id", distinct=True, filter=waiting),
    )


def within(account: Account, stretch: Stretch) -> QuerySet[Posting]:
    """An account's postings on some pages."""
    return Posting.objects.on([account.number]).filter(
        entry__leaf__log_index__gte=stretch.first_index,
        entry__leaf__log_index__lt=stretch.end_index,
    )


def _earning(account: Account, stretch: Stretch) -> QuerySet[Posting]:
    return within(account, stretch).exclude(entry__kind__in=PAID_KINDS)


# What a label passes on under a contract is told apart from what a society distributes.
_MOVED_BY = Case(
    When(entry__item__startswith="contract:", then=Value("contract")), default=F("entry__kind")
)


def _by_kind(account: Account, stretch: Stretch) -> tuple[Moved, ...]:
    """What each kind of entry moved, by the kind's name."""
    rows = (
        within(account, stretch)
        .order_by()
        .annotate(moved=_MOVED_BY)
        .values("moved")
        .annotate(amount=Sum("amount_micro"), entries=Count("entry_id", distinct=True))
        .order_by("moved")
    )
    return tuple(
        Moved(str(row["moved"]), row["entries"], Money(int(row["amount"]), account.currency))
        for row in rows
    )


def _totals(account: Account, stretch: Stretch, name: str) -> list[tuple[Total, str]]:
    """Totals by one column, the largest first."""
    return _grouped(_earning(account, stretch).annotate(key=F(name)), account, "-amount")


def _by_month(account: Account, stretch: Stretch) -> list[tuple[Total, Any]]:
    month = TruncMonth("entry__occurred_at", tzinfo=UTC)
    return _grouped(_earning(account, stretch).annotate(key=month), account, "key")


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


def statement_document(*, log: AnyLog, statement: Statement) -> bytes | None:
    """The statement as JSON that anyone can recompute offline; None where it has no page.

    Raises:
        StatementInvalidError: it would be larger than a verifier reads; ask for fewer days.
    """
    pages = pages_of(statement.stretch)
    opened = open_statement(log=log, account=statement.account.number, pages=pages)
    return build_statement(opened) if opened is not None and opened.pages else None
