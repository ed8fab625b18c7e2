"""What a person bought and paid in: orders, sales with their splits, movements of the balance."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, Subquery

from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.orders.models import Order, OrderLine, Refund
from pennywhistle.apps.proof.queries import Seal, seals_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.users.models import User

orders_per_page = 25
movements_per_page = 50


@dataclass(frozen=True, slots=True)
class BoughtItem:
    """A line of an order: a sale, with how far its proof has come."""

    sale_id: UUID
    release_id: int
    track_id: int | None
    title: str
    artist_line: str
    price: Money
    seal: Seal
    # The refund, where it was given back.
    refund_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as its buyer sees it."""

    id: UUID
    placed_at: datetime
    total: Money
    territory: str
    items: tuple[BoughtItem, ...]

    @property
    def is_sealed(self) -> bool:
        """Whether every sale stands under a signed head of the log."""
        return all(item.seal is not Seal.RECORDED for item in self.items)


@dataclass(frozen=True, slots=True)
class Credited:
    """What one account got of a sale; `kind` and `code` say whose it is where no party is named."""

    account_number: int
    kind: str
    code: str
    name: str
    role: str
    amount: Money
    share: Fraction


@dataclass(frozen=True, slots=True)
class SaleReceipt:
    """A sale, opened for its buyer: what was paid, and who got what of it; or its refund.

    `entry_id` is the entry's that is shown; a refund has the sale's amounts below zero.
    """

    entry_id: UUID
    is_refund: bool
    item: BoughtItem
    order_id: UUID
    occurred_at: datetime
    territory: str
    account_number: int
    credited: tuple[Credited, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came to the balance or went: `kind` is the entry's."""

    entry_id: UUID
    occurred_at: datetime
    amount: Money
    kind: str
    title: str
    top_up_id: UUID | None


def orders_of(*, user: User, before: datetime | None = None) -> list[PlacedOrder]:
    """The person's orders, newest first, in five queries; `before` goes on from there."""
    mine = Order.objects.placed_by(user=user)
    if before is not None:
        mine = mine.filter(placed_at__lt=before)
    return _placed(mine[: orders_per_page + 1])


def order_placed(*, user: User, order_id: UUID) -> PlacedOrder | None:
    """One of the person's own orders; None for any other."""
    placed = _placed(Order.objects.placed_by(user=user).filter(id=order_id))
    return placed[0] if placed else None


def _placed(orders: QuerySet[Order]) -> list[PlacedOrder]:
    rows = list(orders)
    lines = list(
        OrderLine.objects.filter(order__in=rows)
        .select_related("release", "track")
        .order_by("entry")
    )
    seals = seals_of([line.pk for line in lines])
    refunds = _refunds([line.pk for line in lines])
    currencies = {order.id: order.currency for order in rows}
    items: dict[UUID, list[BoughtItem]] = {}
    for line in lines:
        bought = _bought(line, currencies[line.order_id], seals[line.pk], refunds.get(line.pk))
        items.setdefault(line.order_id, []).append(bought)
    return [
        PlacedOrder(
            order.id,
            order.placed_at,
            Money(order.total_micro, order.currency),
            order.territory,
            tuple(items.get(order.id, ())),
        )
        for order in rows
    ]


def _refunds(sale_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    return dict(Refund.objects.filter(line__in=sale_ids).values_list("line", "entry"))


def _bought(
    line: OrderLine, currency: str, seal: Seal, refund_id: UUID | None = None
) -> BoughtItem:
    return BoughtItem(
        sale_id=line.pk,
        release_id=line.release_id,
        track_id=line.track_id,
        title=line.track.title if line.track else line.release.title,
        artist_line=line.track.artist_line if line.track else line.release.artist_line,
        price=Money(line.price_micro, currency),
        seal=seal,
        refund_id=refund_id,
    )


def sale_receipt(*, user: User, sale_id: UUID) -> SaleReceipt | None:
    """One of the person's own purchases, or the refund of one, opened; None for anybody else's."""
    line = (
        OrderLine.objects.filter(Q(entry=sale_id) | Q(refund__entry=sale_id), order__buyer=user)
        .select_related("order", "release", "track", "verdict")
        .first()
    )
    if line is None:
        return None
    order, refund = line.order, Refund.objects.filter(line=line).first()
    is_refund = refund is not None and refund.entry_id == sale_id
    return SaleReceipt(
        entry_id=sale_id,
        is_refund=is_refund,
        item=_bought(
            line,
            order.currency,
            seals_of([sale_id])[sale_id],
            None if refund is None else refund.entry_id,
        ),
        order_id=order.id,
        occurred_at=refund.refunded_at if refund and is_refund else order.placed_at,
        territory=order.territory,
        account_number=order.account_id,
        credited=tuple(_credited(sale_id, order.account_id, line.verdict.document["parts"])),
    )


def _credited(
    sale_id: UUID, buyer: int, parts: Sequence[tuple[str, int, str, str, str]]
) -> list[Credited]:
    """The postings of a sale but the buyer's own, with the roles that the verdict says."""
    known = {
        (kind, party_id, code): (role, Fraction(share))
        for kind, party_id, code, role, share in parts
    }
    postings = (
        Posting.objects.filter(entry=sale_id)
        .exclude(account=buyer)
        .select_related("account__party")
        .order_by("line")
    )
    found = []
    for posting in postings:
        account = posting.account
        purse = (account.kind, account.party_id or 0, account.code)
        role, share = known.get(purse, ("", Fraction(0)))
        found.append(
            Credited(
                posting.account_id,
                account.kind,
                account.code,
                account.party.name if account.party else "",
                role,
                Money(posting.amount_micro, posting.currency),
                share,
            )
        )
    return found


def movements_of(*, user: User, currency: str, before: UUID | None = None) -> list[Movement]:
    """What moved on the person's balance, newest first, in two queries."""
    mine = Posting.objects.on(Account.objects.balance_of(user=user, currency=currency))
    if before is not None:
        then = Entry.objects.filter(id=before).values("occurred_at")[:1]
        mine = mine.filter(
            Q(entry__occurred_at__lt=Subquery(then))
            | Q(entry__occurred_at=Subquery(then), entry__lt=before)
        )
    rows = list(
        mine.order_by("-entry__occurred_at", "-entry_id").values_list(
            "entry_id", "entry__occurred_at", "amount_micro", "entry__kind", "entry__key"
        )[: movements_per_page + 1]
    )
    titles = _titles([row[0] for row in rows if row[3] in {Entry.Kind.SALE, Entry.Kind.REFUND}])
    return [
        Movement(
            entry_id,
            occurred_at,
            Money(amount, currency),
            kind,
            titles.get(entry_id, ""),
            _top_up_id(key) if kind == Entry.Kind.TOP_UP else None,
        )
        for entry_id, occurred_at, amount, kind, key in rows
    ]


def _top_up_id(key: str | None) -> UUID | None:
    """The top-up that an entry's key names (`apps.payments` writes it)."""
    try:
        return UUID((key or "").removeprefix("top-up:"))
    except ValueError:
        return None


def _titles(sale_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What was bought by these sales, or given back by these refunds."""
    lines = OrderLine.objects.filter(
        Q(entry__in=sale_ids) | Q(refund__entry__in=sale_ids)
    ).values_list("entry_id", "refund__entry", "track__title", "release__title")
    found = {}
    for entry_id, refund_id, track, release in lines:
        found[entry_id] = found[refund_id] = track or release
    return found
