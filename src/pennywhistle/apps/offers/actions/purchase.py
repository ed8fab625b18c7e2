"""Buying by codes and bundles: in one transaction, a code is used up or nothing is bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.offers.arranging import arrange
from pennywhistle.apps.offers.asking import Arranged, Asker, CodeWord, Wish, only_offered
from pennywhistle.apps.offers.models import Code, Redemption
from pennywhistle.apps.offers.texts import kept_text
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

    Without codes and bundles this is the till alone. With them, the codes are locked first, then
    what is bought is arranged anew and sold: a code is used exactly when the sale is written. The
    same key again answers with the same order and uses nothing.

    Raises CheckoutError: one of its kinds in `apps.orders.errors`; nothing is written.
    """
    wish = asked.wish
    if not (asked.has_offers or wish.codes):
        wanted = Arranged(only_offered(wish)).wanted(wish.refs)
        return _check_out(asked, wanted, now)
    with transaction.atomic():
        _lock(wish.codes)
        known = Order.objects.filter(buyer=asked.buyer_id, key=asked.key).first()
        if known is not None:
            return _replayed(known, asked)
        arranged = arrange(wish, Asker(asked.buyer_id, asked.territory, now))
        order_id = _check_out(asked, arranged.wanted(wish.refs), now)
        Redemption.objects.bulk_create(
            Redemption(
                code=code.row,
                buyer_id=asked.buyer_id,
                order_id=order_id,
                currency=asked.shown.currency,
                saved_micro=code.saved_micro,
                redeemed_at=now,
            )
            for code in arranged.codes
            if code.row is not None and code.word is CodeWord.WORKS
        )
    return order_id


def _check_out(asked: PurchaseAsked, wanted: Sequence[ItemRef | Agreed], now: datetime) -> UUID:
    return check_out(
        buyer_id=asked.buyer_id,
        wanted=wanted,
        territory=asked.territory,
        shown=asked.shown,
        key=asked.key,
        now=now,
    )


# A campaign may not end while something is bought by it; others may buy by it meanwhile.
_LOCK = """
SELECT 1 FROM offers_campaign m WHERE m.id IN (
  SELECT c.campaign_id FROM offers_code c WHERE c.text = ANY (%s)) ORDER BY m.id FOR SHARE
"""


def _lock(typed: Sequence[str]) -> None:
    """Let nobody else use these codes until the purchase is written; always in one order."""
    texts = sorted({text for each in typed if (text := kept_text(each))})
    if texts:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [texts])
        list(Code.objects.select_for_update().filter(text__in=texts).order_by("id"))


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
