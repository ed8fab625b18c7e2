"""Buying by codes and bundles: in one transaction, a code is used up or nothing is bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from django.db import IntegrityError, connection, transaction

from pennywhistle.apps.offers.arranging import arrange
from pennywhistle.apps.offers.asking import Arranged, Asker, CodeWord, Wish, only_offered
from pennywhistle.apps.offers.models import Redemption
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.errors import KeyReusedError
from pennywhistle.apps.orders.models import Order
from pennywhistle.apps.rights.refs import ItemRef

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.orders.agreed import Agreed
    from pennywhistle.kernel.money import Money

_TRIES_MAX = 8
# The checks that a redemption too many meets.
_COUNTS = {"offers_code_used_as_often_as_it_says", "offers_outlay_total"}


@dataclass(frozen=True, slots=True)
class PurchaseAsked:
    """What the buyer's form says; `has_offers`: the page showed prices of a code or a bundle."""

    buyer_id: int
    territory: str
    wish: Wish
    shown: Money
    key: str
    has_offers: bool


def buy(*, asked: PurchaseAsked, now: datetime) -> UUID:
    """Buy what is asked for, at the prices that were shown; answers the order's id.

    Without codes and bundles this is the till alone. With them, what is bought is arranged, held,
    sold and redeemed in one transaction: a code is used exactly when the sale is written. Codes are
    locked only as they are counted, at the very end; if somebody was faster, and the database
    refuses the count, everything is arranged anew. The same key again answers with the same order
    and uses nothing.

    Raises CheckoutError: one of its kinds in `apps.orders.errors`; nothing is written.
    """
    wish = asked.wish
    if not (asked.has_offers or wish.codes):
        wanted = Arranged(only_offered(wish)).wanted(wish.refs)
        return _check_out(asked, wanted, now)
    for _ in range(_TRIES_MAX - 1):
        try:
            return _buy_by_offers(asked, now)
        except IntegrityError as error:
            if not _is_over(error):
                raise
    return _buy_by_offers(asked, now)


@transaction.atomic
def _buy_by_offers(asked: PurchaseAsked, now: datetime) -> UUID:
    _lock_buyer(asked.buyer_id)
    known = Order.objects.filter(buyer=asked.buyer_id, key=asked.key).first()
    if known is not None:
        return _replayed(known, asked)
    arranged = _arranged_and_held(asked, now)
    order_id = _check_out(asked, arranged.wanted(asked.wish.refs), now)
    used = [
        (code.row, code.saved_micro)
        for code in arranged.codes
        if code.row is not None and code.word is CodeWord.WORKS
    ]
    # The database locks what a campaign may cost, and then its code: always in this order.
    Redemption.objects.bulk_create(
        Redemption(
            code=code,
            buyer_id=asked.buyer_id,
            order_id=order_id,
            currency=asked.shown.currency,
            saved_micro=saved_micro,
            redeemed_at=now,
        )
        for code, saved_micro in sorted(used, key=lambda each: (each[0].campaign_id, each[0].pk))
    )
    return order_id


def _arranged_and_held(asked: PurchaseAsked, now: datetime) -> Arranged:
    """What it comes to, with what it rests on kept from ending until the sale is written."""
    asker = Asker(asked.buyer_id, asked.territory, now)
    arranged = arrange(asked.wish, asker)
    # Each turn, something has ended.
    while not _hold(arranged):
        arranged = arrange(asked.wish, asker)
    return arranged


def _check_out(asked: PurchaseAsked, wanted: Sequence[ItemRef | Agreed], now: datetime) -> UUID:
    return check_out(
        buyer_id=asked.buyer_id,
        wanted=wanted,
        territory=asked.territory,
        shown=asked.shown,
        key=asked.key,
        now=now,
    )


# What a purchase rests on may not end until it is written; others may buy by it meanwhile.
_HOLD_CAMPAIGNS = """
SELECT 1 FROM offers_campaign WHERE id = ANY (%s) AND closed_at IS NULL ORDER BY id FOR SHARE
"""
_HOLD_BUNDLES = """
SELECT 1 FROM offers_bundle WHERE id = ANY (%s) AND closed_at IS NULL ORDER BY id FOR SHARE
"""


def _hold(arranged: Arranged) -> bool:
    """Keep campaigns and bundles from ending; False if one of them has ended meanwhile."""
    campaigns = {
        code.row.campaign_id
        for code in arranged.codes
        if code.row is not None and code.word is CodeWord.WORKS
    }
    bundles = {bundle.pk for bundle in arranged.bundles}
    return all(
        _held(statement, ids) == len(ids)
        for statement, ids in ((_HOLD_CAMPAIGNS, campaigns), (_HOLD_BUNDLES, bundles))
        if ids
    )


def _held(statement: str, ids: set[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids)])
        return len(cursor.fetchall())


def _lock_buyer(buyer_id: int) -> None:
    """One purchase by offers of each buyer at a time: from two windows, it is made once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('offers_buyer'), hashtext(%s))", [str(buyer_id)]
        )


def _is_over(error: IntegrityError) -> bool:
    """Whether somebody else used up a code, or what its campaign gives, a moment ago."""
    cause = error.__cause__
    name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
    return name in _COUNTS


def _replayed(order: Order, asked: PurchaseAsked) -> UUID:
    """The order that was placed under the key, if it was for this."""
    bought = {ItemRef(*row) for row in order.lines.values_list("release_id", "track_id")}
    same = (order.total_micro, order.currency, order.territory, bought)
    shown = asked.shown
    if same != (shown.micro, shown.currency, asked.territory, set(asked.wish.refs)):
        raise KeyReusedError(
            "This purchase was already made with other items or another price. Nothing was bought."
        )
    return order.id
