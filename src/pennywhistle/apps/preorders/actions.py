"""Ordering ahead, and canceling."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from pennywhistle.apps.ledger.reserving import AmountShortError, reserve
from pennywhistle.apps.orders.queries import AtTill
from pennywhistle.apps.orders.withdrawal_law import WAIVER_VERSION
from pennywhistle.apps.preorders import errors
from pennywhistle.apps.preorders.models import PreOrder
from pennywhistle.apps.preorders.queries import coming_of
from pennywhistle.apps.preorders.work import end_by_buyer, next_look
from pennywhistle.apps.users.models import User

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.preorders.queries import Coming
    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money

waiting_max = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What the buyer asked for; `key` was made before the click, `shown` is the price they saw.

    `waiver_words` are those by which they ask for downloads at once, if they do.
    """

    buyer_id: int
    ref: ItemRef
    territory: str
    shown: Money
    key: str
    waiver_words: str = ""


@transaction.atomic
def order_ahead(*, asked: Asked, now: datetime) -> PreOrder:
    """Set the money aside and wait for the release; the same key again answers the same order.

    Raises:
        PreOrderError: one of its kinds in `errors`; nothing is set aside.
    """
    # One order of a buyer after the other, so that what is counted below is still so.
    buyer = User.objects.select_for_update(no_key=True).get(id=asked.buyer_id)
    known = PreOrder.objects.placed_by(user=buyer).filter(key=asked.key).first()
    if known is not None:
        return _replayed(known, asked)
    _require_new(buyer, asked)
    coming = _require_coming(asked, now)
    pre_order_id = uuid.uuid4()
    try:
        reserve(
            user_id=buyer.pk,
            money=coming.price,
            key=f"reserve:pre-order:{pre_order_id}",
            now=now,
        )
    except AmountShortError as error:
        raise errors.TooLittleError(
            f"It costs {coming.price}, more than your balance. Nothing was ordered."
        ) from error
    return PreOrder.objects.create(
        id=pre_order_id,
        buyer=buyer,
        key=asked.key,
        release_id=asked.ref.release_id,
        track_id=asked.ref.track_id,
        territory=asked.territory,
        currency=coming.price.currency,
        held_micro=coming.price.micro,
        grant_id=coming.ahead.id if coming.ahead else None,
        due_micro=coming.due_micro,
        placed_at=now,
        releases_at=coming.at,
        look_at=next_look(coming.at, now=now),
        waiver_words=asked.waiver_words,
        waiver_version=WAIVER_VERSION if asked.waiver_words else "",
    )


@transaction.atomic
def cancel_pre_order(*, buyer_id: int, pre_order_id: UUID, now: datetime) -> PreOrder | None:
    """Give the buyer their money back; once more is harmless. None for anybody else's order.

    Raises:
        SoldAlreadyError: it was sold meanwhile.
    """
    pre_order = (
        PreOrder.objects.select_for_update().filter(id=pre_order_id, buyer_id=buyer_id).first()
    )
    if pre_order is not None and pre_order.state == PreOrder.State.SOLD:
        raise errors.SoldAlreadyError("It is out, and stands on your shelf.")
    if pre_order is None or pre_order.state != PreOrder.State.WAITING:
        return pre_order
    return end_by_buyer(pre_order, now=now)


def note_told(*, pre_order_id: UUID, now: datetime) -> None:
    """The buyer was written to; it is not done again."""
    PreOrder.objects.filter(id=pre_order_id, told_at__isnull=True).update(told_at=now)


def note_not_told(*, pre_order_id: UUID) -> None:
    """Nobody took the mail; it is tried again, after the others."""
    PreOrder.objects.filter(id=pre_order_id).update(try_count=F("try_count") + 1)


def _replayed(known: PreOrder, asked: Asked) -> PreOrder:
    if (known.ref, known.held, known.territory) != (asked.ref, asked.shown, asked.territory):
        raise errors.OrderKeyReusedError(
            "This was already ordered with something else. Nothing was ordered."
        )
    return known


def _require_new(buyer: User, asked: Asked) -> None:
    waiting = PreOrder.objects.placed_by(user=buyer).waiting()
    if waiting.of_item(asked.ref).exists():
        raise errors.OrderedAlreadyError("You have ordered it already. Nothing was ordered.")
    if waiting.count() >= waiting_max:
        raise errors.TooManyWaitingError(f"One waits for at most {waiting_max} things at once.")


def _require_coming(asked: Asked, now: datetime) -> Coming:
    asker = AtTill(asked.buyer_id, asked.territory, now, {asked.ref.release_id})
    coming = coming_of(asked.ref, asker)
    if coming is None:
        raise errors.NotComingError(
            "It cannot be ordered ahead: it is out, or yours, or not announced for your country."
        )
    if coming.price != asked.shown:
        raise errors.PriceMovedError(asked.shown, coming.price)
    return coming
