"""Sales as they happen: the latest lines of a payee's accounts, and what recent days brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Coalesce, TruncDate

from pennywhistle.apps.gifts.models import Gift
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.offers.models import Redemption
from pennywhistle.apps.preorders.models import PreOrder
from pennywhistle.apps.proof.queries import Seal, seals_of
from pennywhistle.apps.statements.limits import LATEST_SALES_MAX
from pennywhistle.apps.statements.queries import PAID_KINDS, accounts_of
from pennywhistle.apps.statements.titles import ItemName, names_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from django.db.models import QuerySet

    from pennywhistle.apps.users.models import User

_IS_SALE = Q(entry__kind=Entry.Kind.SALE)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A sale's part for the payee, or what its refund took back; how far its proof has come."""

    sale_id: UUID
    occurred_at: datetime
    name: ItemName
    territory: str
    amount: Money
    seal: Seal
    is_refund: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """What one day, territory or item brought."""

    key: str
    sale_count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class RecentSales:
    """An account's recent days; `by_day` has every day, also those without a sale.

    `by_form` is by whether a release was sold whole or a track by itself, `by_source` by how the
    buyer came to it: shop, code, gift or pre-order.
    """

    latest: tuple[SaleLine, ...]
    by_day: tuple[tuple[date, Bar], ...]
    by_territory: tuple[Bar, ...]
    by_item: tuple[tuple[ItemName, Bar], ...]
    by_form: tuple[Bar, ...]
    by_source: tuple[Bar, ...]
    sale_count: int
    earned: Money


def recent_sales(*, account: Account, now: datetime, day_count: int = 30) -> RecentSales:
    """What an account earned on the last days, today included, in a fixed number of queries."""
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=day_count - 1)
    starts_at = datetime(first.year, first.month, first.day, tzinfo=UTC)
    recent = _earnings([account]).filter(entry__occurred_at__gte=starts_at)
    days = _bars(recent.annotate(key=TruncDate("entry__occurred_at", tzinfo=UTC)), account)
    items = _bars(recent.annotate(key=F("entry__item")), account)
    latest = _latest(account)
    names = names_of([*(bar.key for bar in items), *(row[2] for row in latest)])
    by_day = {bar.key: bar for bar in days}
    all_days = [first + timedelta(days=offset) for offset in range(day_count)]
    nothing = Money.zero(account.currency)
    return RecentSales(
        latest=_lines(latest, names, account.currency),
        by_day=tuple((day, by_day.get(str(day), Bar(str(day), 0, nothing))) for day in all_days),
        by_territory=tuple(_bars(recent.annotate(key=F("entry__territory")), account)),
        by_item=tuple((names[bar.key], bar) for bar in items),
        by_form=tuple(_bars(_sold(recent).annotate(key=_FORM), account)),
        by_source=tuple(_bars(_sold(recent).annotate(key=_SOURCE), account)),
        sale_count=sum(bar.sale_count for bar in days),
        earned=sum((bar.amount for bar in days), nothing),
    )


def latest_sales(*, account: Account) -> tuple[SaleLine, ...]:
    """The latest lines of an account, newest first."""
    rows = _latest(account)
    return _lines(rows, names_of(row[2] for row in rows), account.currency)


# A refund is told by its sale.
_ORDER = Coalesce("entry__order_line__order_id", "entry__reverses__order_line__order_id")
_FORM = Case(
    When(entry__item__startswith="release:", then=Value("release")), default=Value("track")
)
_SOURCE = Case(
    When(Exists(Gift.objects.filter(order=OuterRef("order_id"))), then=Value("gift")),
    When(Exists(PreOrder.objects.filter(order=OuterRef("order_id"))), then=Value("preorder")),
    When(Exists(Redemption.objects.filter(order=OuterRef("order_id"))), then=Value("code")),
    default=Value("shop"),
)


def _earnings(accounts: Iterable[Account]) -> QuerySet[Posting]:
    """What came in and what refunds took, without what was paid out or converted."""
    postings = Posting.objects.on([account.number for account in accounts])
    return postings.exclude(entry__kind__in=PAID_KINDS)


def _sold(postings: QuerySet[Posting]) -> QuerySet[Any]:
    """What sales brought, and refunds took; other entries have no buyer."""
    return postings.filter(entry__kind__in=[Entry.Kind.SALE, Entry.Kind.REFUND]).annotate(
        order_id=_ORDER
    )


def _bars(postings: QuerySet[Any], account: Account) -> list[Bar]:
    """Grouped by `key`, the largest first."""
    rows = (
        postings.order_by()
        .values("key")
        .annotate(
            amount=Sum("amount_micro"), sales=Count("entry_id", distinct=True, filter=_IS_SALE)
        )
        .order_by("-amount", "key")
    )
    return [
        Bar(str(row["key"]), row["sales"], Money(int(row["amount"]), account.currency))
        for row in rows
    ]


def _latest(account: Account) -> list[tuple[Any, ...]]:
    return list(
        _earnings([account])
        .order_by("-entry__occurred_at", "-entry_id", "-line")
        .values_list(
            "entry_id",
            "entry__occurred_at",
            "entry__item",
            "entry__territory",
            "amount_micro",
            "entry__kind",
        )[:LATEST_SALES_MAX]
    )


def _lines(
    rows: list[tuple[Any, ...]], names: Mapping[str, ItemName], currency: str
) -> tuple[SaleLine, ...]:
    seals = seals_of([row[0] for row in rows])
    return tuple(
        SaleLine(
            sale_id,
            at,
            names[item],
            territory,
            Money(micro, currency),
            seals[sale_id],
            is_refund=kind == Entry.Kind.REFUND,
        )
        for sale_id, at, item, territory, micro, kind in rows
    )


@dataclass(frozen=True, slots=True)
class Earned:
    """What an account earned: today, this month, ever; days and months are those of UTC."""

    account: Account
    today: Money
    month: Money
    ever: Money
    sales_today: int


def earned_by_account(*, user: User, today: datetime) -> list[Earned]:
    """What each account of the parties that a person acts for earned, in two queries."""
    accounts = list(accounts_of(user=user))
    is_today = Q(entry__occurred_at__gte=today)
    is_month = Q(entry__occurred_at__gte=today.replace(day=1))
    rows = (
        _earnings(accounts)
        .values("account_id")
        .annotate(
            today=Sum("amount_micro", filter=is_today),
            month=Sum("amount_micro", filter=is_month),
            ever=Sum("amount_micro"),
            sales_today=Count("entry_id", distinct=True, filter=is_today & _IS_SALE),
        )
    )
    by_account = {row["account_id"]: row for row in rows}
    return [_earned(account, by_account.get(account.number)) for account in accounts]


def _earned(account: Account, row: Mapping[str, Any] | None) -> Earned:
    def money(name: str) -> Money:
        return Money(int((row or {}).get(name) or 0), account.currency)

    return Earned(
        account, money("today"), money("month"), money("ever"), (row or {}).get("sales_today", 0)
    )
