"""Checkout: a cart becomes owned music and money owed to its makers, in one transaction.

The life of a sale, in order: who is at the till, what clearance says, who gets what, and one
statement that writes all of it (`orders_check_out`, migration 0002). Only the buyer's own balance
row is locked.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from django.db import connection, transaction
from django.db.utils import DatabaseError

from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.queries import Buyer, Owned, buyer_at_till
from pennywhistle.apps.rights.queries import ItemRef, StoreNotSetUpError, items_for
from pennywhistle.engines.clearance import Verdict, clear
from pennywhistle.kernel.entry_id import new_entry_id
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.split import split

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of an order, cleared: what is sold for how much, and who gets which amount."""

    id: UUID
    ref: ItemRef
    item: str
    price: Money
    verdict: Verdict
    postings: tuple[tuple[int, int], ...]


def check_out(
    *,
    buyer_id: int,
    wanted: Sequence[ItemRef],
    territory: str,
    shown: Money,
    key: str,
    now: datetime,
) -> UUID:
    """Buy `wanted` from the balance; the same `key` again answers with the same order.

    `shown` is the total that the buyer saw: the store's own price decides, and a difference
    refuses. Answers with the order's id.

    Raises:
        CheckoutError: one of its kinds in `errors`; nothing is written.
    """
    asked = _digest_of(wanted, territory, shown)
    buyer = buyer_at_till(
        buyer_id=buyer_id, release_ids=[ref.release_id for ref in wanted], key=key
    )
    if buyer is None:
        raise StoreNotSetUpError("The store is not set up yet.")
    if buyer.order_id is not None:
        return _replayed(buyer, asked)
    _require_distinct(wanted)
    sales = _cleared(buyer, wanted, territory=territory, now=now)
    total = sum((sale.price for sale in sales), Money.zero(buyer.terms.currency))
    if total != shown:
        raise errors.PriceChangedError(shown, total)
    if buyer.account is None:
        raise errors.BalanceTooSmallError(total)
    order_id = new_entry_id(now)
    head = (order_id, buyer_id, buyer.account, key, asked, territory, total.currency, now)
    outcome = _write([*head, total.micro, *_columns(sales)], total)
    if outcome == "placed":
        return order_id
    again = buyer_at_till(buyer_id=buyer_id, release_ids=[], key=key)
    assert again is not None
    return _replayed(again, asked)


def _digest_of(wanted: Sequence[ItemRef], territory: str, shown: Money) -> bytes:
    items = sorted((ref.release_id, ref.track_id or 0) for ref in wanted)
    asked = [items, territory, shown.micro, shown.currency]
    return hashlib.sha256(json.dumps(asked).encode()).digest()


def _replayed(buyer: Buyer, asked: bytes) -> UUID:
    if buyer.order_asked != asked or buyer.order_id is None:
        raise errors.KeyReusedError(
            "This purchase was already made with other items or another price. Nothing was bought."
        )
    return buyer.order_id


def _require_distinct(wanted: Sequence[ItemRef]) -> None:
    if not wanted:
        raise errors.CartEmptyError("The cart is empty.")
    whole = {ref.release_id for ref in wanted if ref.track_id is None}
    overlaps = any(ref.track_id is not None and ref.release_id in whole for ref in wanted)
    if overlaps or len(set(wanted)) != len(wanted):
        raise errors.CartOverlapsError("The cart holds something twice. Nothing was bought.")


def _cleared(
    buyer: Buyer, wanted: Sequence[ItemRef], *, territory: str, now: datetime
) -> list[Sale]:
    items = items_for(wanted, at=now)
    sales = []
    for ref in wanted:
        item = items.get(ref)
        if item is None:
            raise errors.CartEmptyError("Something in the cart is no longer in the catalog.")
        if buyer.owned.get(ref.release_id, Owned()).has(ref):
            raise errors.AlreadyOwnedError(f"You own {item.title} already. Nothing was bought.")
        verdict = clear(item, buyer.question(ref, territory=territory, at=now))
        if not verdict.allowed:
            raise errors.RefusedError(item.title, verdict.reasons)
        sales.append(_sale(ref, item.ref, verdict, buyer, now))
    return sales


def _sale(ref: ItemRef, item: str, verdict: Verdict, buyer: Buyer, now: datetime) -> Sale:
    assert verdict.price is not None
    assert buyer.account is not None or not verdict.price.is_negative
    sale_id = new_entry_id(now)
    amounts = split(
        verdict.price, shares=[part.share for part in verdict.parts], seed=sale_id.bytes
    )
    credited = [
        (part.account, amount.micro)
        for part, amount in zip(verdict.parts, amounts, strict=True)
        if amount
    ]
    postings = (
        (buyer.account if buyer.account is not None else -1, -verdict.price.micro),
        *credited,
    )
    return Sale(sale_id, ref, item, verdict.price, verdict, postings)


def _columns(sales: Sequence[Sale]) -> list[list[Any]]:
    """The sales as parallel arrays, in the order of the function's parameters."""
    postings = [
        (sale.id, line, account, amount)
        for sale in sales
        for line, (account, amount) in enumerate(sale.postings)
    ]
    return [
        [sale.id for sale in sales],
        [sale.item for sale in sales],
        [sale.price.micro for sale in sales],
        [sale.ref.release_id for sale in sales],
        [sale.ref.track_id for sale in sales],
        [sale.verdict.digest for sale in sales],
        [json.dumps(sale.verdict.document) for sale in sales],
        sorted({grant for sale in sales for grant in sale.verdict.relied_on}),
        *(list(column) for column in zip(*postings, strict=True)),
    ]


_CHECK_OUT = """
SELECT orders_check_out(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::uuid[], %s::text[], %s::bigint[],
  %s::bigint[], %s::bigint[], %s::bytea[], %s::text[], %s::bigint[], %s::uuid[], %s::smallint[],
  %s::integer[], %s::bigint[])
"""


def _write(parameters: list[Any], total: Money) -> str:
    try:
        with _one_statement(), connection.cursor() as cursor:
            cursor.execute(_CHECK_OUT, parameters)
            return str(cursor.fetchone()[0])
    except DatabaseError as error:
        raise _as_sentence(error, total) from error


def _one_statement() -> AbstractContextManager[Any]:
    """One statement is a transaction; inside another one it is a savepoint."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _as_sentence(error: DatabaseError, total: Money) -> Exception:
    cause = error.__cause__
    if not isinstance(cause, psycopg.Error):
        return error
    if cause.sqlstate == "PW001":
        return errors.RightsChangedError(
            "What may be sold changed while you were paying. Nothing was bought; look again."
        )
    if cause.sqlstate == "PW002" or cause.diag.constraint_name == "ledger_balance_never_negative":
        return errors.BalanceTooSmallError(total)
    if cause.diag.constraint_name == "orders_owned_once":
        return errors.AlreadyOwnedError(
            "You own something in the cart already. Nothing was bought."
        )
    return error
