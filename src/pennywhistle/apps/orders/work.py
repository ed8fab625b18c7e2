"""Selling: purchases are read, cleared, split and written, many in one transaction.

Writing thirty sales at once costs the database little more than writing one, and one flush to the
disk serves them all. Each purchase still stands for itself: what is refused is left out, and the
others go through.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, connection

from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.known import forget, items_at_till
from pennywhistle.apps.orders.payout import Payout, accounts_paid, payout_of
from pennywhistle.apps.orders.queries import AtTill, Buyer, Owned, buyers_at_till
from pennywhistle.apps.rights.queries import ItemRef, Loaded, StoreNotSetUpError
from pennywhistle.kernel.entry_id import new_entry_id
from pennywhistle.kernel.money import Money
from pennywhistle.machine.postgres.prepared import array, numbers, run_prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pennywhistle.engines.clearance import Verdict

Outcome = UUID | Exception
written_verdicts_max = 100_000


@dataclass(frozen=True)
class Purchase:
    """What a buyer asks for at the till; `shown` is the total that they saw."""

    buyer_id: int
    wanted: tuple[ItemRef, ...]
    territory: str
    shown: Money
    key: str
    now: datetime

    @cached_property
    def asked(self) -> bytes:
        """SHA-256 of what was asked: the same key with another cart is refused."""
        items = sorted([ref.release_id, ref.track_id or 0] for ref in self.wanted)
        # As JSON, which numbers and codes of letters make without being quoted.
        text = f'[{items}, "{self.territory}", {self.shown.micro}, "{self.shown.currency}"]'
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of an order, cleared: what is sold for how much, and who gets which amount."""

    id: UUID
    ref: ItemRef
    item: str
    price: Money
    verdict: Verdict
    payout: Payout
    # What each purse of the payout gets, in micro-units; nothing for some, where that rounds so.
    amounts: list[int]


@dataclass(frozen=True, slots=True)
class Cleared:
    """A purchase that clearance allows, as it will be written."""

    order_id: UUID
    purchase: Purchase
    account: int
    total: Money
    sales: tuple[Sale, ...]


def sell(purchases: Sequence[Purchase]) -> list[Outcome]:
    """Sell to several buyers, each at most once in `purchases`; one transaction, three statements.

    Answers an order's id, or the reason why not, for each purchase in its place.
    """
    buyers = buyers_at_till([_at_till(purchase) for purchase in purchases])
    refs = list({ref for purchase in purchases for ref in purchase.wanted})
    loaded = items_at_till(refs, at=min(purchase.now for purchase in purchases)) if refs else {}
    judged = [
        _judge(purchase, buyer, loaded) for purchase, buyer in zip(purchases, buyers, strict=True)
    ]
    cleared = [each for each in judged if isinstance(each, Cleared)]
    written = iter(_write(cleared) if cleared else ())
    return [next(written) if isinstance(each, Cleared) else each for each in judged]


def _at_till(purchase: Purchase) -> AtTill:
    return AtTill(
        purchase.buyer_id,
        purchase.territory,
        purchase.now,
        {ref.release_id for ref in purchase.wanted},
        purchase.key,
    )


def _judge(
    purchase: Purchase, buyer: Buyer | None, loaded: Mapping[ItemRef, Loaded]
) -> Cleared | Outcome:
    if buyer is None:
        return StoreNotSetUpError("The store is not set up yet.")
    try:
        if buyer.order_id is not None:
            return _replayed(purchase, buyer)
        return _clear(purchase, buyer, loaded)
    except errors.CheckoutError as error:
        return error


def _replayed(purchase: Purchase, buyer: Buyer) -> UUID:
    if buyer.order_asked != purchase.asked or buyer.order_id is None:
        raise errors.KeyReusedError(
            "This purchase was already made with other items or another price. Nothing was bought."
        )
    return buyer.order_id


def _clear(purchase: Purchase, buyer: Buyer, loaded: Mapping[ItemRef, Loaded]) -> Cleared:
    _require_distinct(purchase.wanted)
    sales = tuple(_sale(purchase, buyer, ref, loaded.get(ref)) for ref in purchase.wanted)
    total = sum((sale.price for sale in sales), Money.zero(buyer.terms.currency))
    if total != purchase.shown:
        raise errors.PriceChangedError(purchase.shown, total)
    if buyer.account is None:
        raise errors.BalanceTooSmallError(total)
    return Cleared(new_entry_id(purchase.now), purchase, buyer.account, total, sales)


def _require_distinct(wanted: Sequence[ItemRef]) -> None:
    if not wanted:
        raise errors.CartEmptyError("The cart is empty.")
    whole = {ref.release_id for ref in wanted if ref.track_id is None}
    overlaps = any(ref.track_id is not None and ref.release_id in whole for ref in wanted)
    if overlaps or len(set(wanted)) != len(wanted):
        raise errors.CartOverlapsError("The cart holds something twice. Nothing was bought.")


def _sale(purchase: Purchase, buyer: Buyer, ref: ItemRef, loaded: Loaded | None) -> Sale:
    if loaded is None:
        raise errors.CartEmptyError("Something in the cart is no longer in the catalog.")
    item = loaded.item
    if buyer.owned.get(ref.release_id, Owned()).has(ref):
        raise errors.AlreadyOwnedError(f"You own {item.title} already. Nothing was bought.")
    verdict = loaded.clear(buyer.question(ref))
    if not verdict.allowed or verdict.price is None:
        raise errors.RefusedError(item.title, verdict.reasons)
    sale_id = new_entry_id(purchase.now)
    payout = payout_of(verdict)
    amounts = payout.amounts(sale_id.bytes)
    return Sale(sale_id, ref, item.ref, verdict.price, verdict, payout, amounts)


_CHECK_OUT = """
SELECT orders_check_out(%s, %s::jsonb, %s::uuid[], %s::bigint[], %s::integer[], %s::text[],
  %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::smallint[], %s::uuid[], %s::text[],
  %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::smallint[], %s::bigint[],
  %s::smallint[], %s::smallint[], %s::integer[], %s::bigint[])
"""


# Verdicts that this process knows to be in the database for good; they are not sent again.
_written_verdicts: set[bytes] = set()


def _write(cleared: Sequence[Cleared]) -> list[Outcome]:
    try:
        ((outcomes,),) = run_prepared(connection, _CHECK_OUT, _columns(cleared))
    except IntegrityError:
        # The database may have been restored to before some of them.
        _written_verdicts.clear()
        raise
    if not connection.in_atomic_block:
        if len(_written_verdicts) > written_verdicts_max:
            _written_verdicts.clear()
        _written_verdicts.update(sale.verdict.digest for each in cleared for sale in each.sales)
    return [
        each.order_id if outcome == "placed" else _why_not(each, outcome)
        for each, outcome in zip(cleared, outcomes, strict=True)
    ]


def _columns(cleared: Sequence[Cleared]) -> list[str]:
    """The parameters of the function in its order: orders, sales, grants, postings."""
    sales = [(n, sale) for n, each in enumerate(cleared, 1) for sale in each.sales]
    grants = {(n, grant) for n, sale in sales for grant in sale.verdict.relied_on}
    documents = {
        sale.verdict.digest.hex(): sale.verdict.document
        for _, sale in sales
        if sale.verdict.digest not in _written_verdicts
    }
    return [
        cleared[0].total.currency,
        json.dumps(documents),
        array(each.order_id for each in cleared),
        numbers(each.purchase.buyer_id for each in cleared),
        numbers(each.account for each in cleared),
        array(each.purchase.key for each in cleared),
        array(each.purchase.asked.hex() for each in cleared),
        array(each.purchase.territory for each in cleared),
        numbers(each.total.micro for each in cleared),
        array(f'"{each.purchase.now.isoformat()}"' for each in cleared),
        numbers(n for n, _ in sales),
        array(sale.id for _, sale in sales),
        array(sale.item for _, sale in sales),
        numbers(sale.price.micro for _, sale in sales),
        numbers(sale.ref.release_id for _, sale in sales),
        array(sale.ref.track_id for _, sale in sales),
        array(sale.verdict.digest.hex() for _, sale in sales),
        numbers(n for n, _ in grants),
        numbers(grant for _, grant in grants),
        *_postings(cleared),
    ]


def _postings(cleared: Sequence[Cleared]) -> list[str]:
    """All postings as four columns: the sale's place, the posting's line, account, amount."""
    sales = [(each.account, sale) for each in cleared for sale in each.sales]
    accounts = accounts_paid(
        [(sale.payout, sale.amounts) for _, sale in sales], currency=cleared[0].total.currency
    )
    columns: tuple[list[int], ...] = ([], [], [], [])
    places, lines, paid, amounts = columns
    for place, ((buyer, sale), credited) in enumerate(zip(sales, accounts, strict=True), 1):
        count = len(credited) + 1
        places += [place] * count
        lines += range(count)
        paid += [buyer, *credited]
        amounts += [-sale.price.micro, *filter(None, sale.amounts)]
    return [numbers(column) for column in columns]


def _known(purchase: Purchase) -> Outcome:
    """The order that another process wrote under this key a moment ago."""
    (buyer,) = buyers_at_till([_at_till(purchase)])
    assert buyer is not None
    try:
        return _replayed(purchase, buyer)
    except errors.CheckoutError as error:
        return error


def _why_not(each: Cleared, outcome: str) -> Outcome:
    if outcome == "known":
        return _known(each.purchase)
    if outcome == "owned":
        return errors.AlreadyOwnedError(
            "You own something in the cart already. Nothing was bought."
        )
    if outcome == "balance":
        return errors.BalanceTooSmallError(each.total)
    forget()
    return errors.RightsChangedError(
        "What may be sold changed while you were paying. Nothing was bought; look again."
    )
