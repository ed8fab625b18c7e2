"""The release of what was ordered ahead: sold by the ordinary checkout, or the money given back.

Everything about one order is one transaction: the money comes back to the balance, and the sale
takes it from there, or neither happens. Whoever is killed in between has done nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.reserving import unreserve
from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.downloads import record_waiver
from pennywhistle.apps.orders.agreed import Agreed
from pennywhistle.apps.orders.payout import payout_of
from pennywhistle.apps.orders.queries import AtTill, Owned, buyer_at_till
from pennywhistle.apps.preorders.agreed import agreed_in
from pennywhistle.apps.preorders.models import PreOrder
from pennywhistle.apps.preorders.queries import next_sale
from pennywhistle.apps.rights.queries import items_for
from pennywhistle.engines.clearance import clear

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.engines.clearance import Item, Verdict
    from pennywhistle.kernel.money import Money

logger = logging.getLogger(__name__)

looks_per_run_max = 2_000
# A reason besides the codes of `orders.errors`.
STORE_CLOSES = "store-closes"
# A release date can move: each order is looked at so often, and at the moment itself.
look_every = timedelta(hours=6)
look_again_after_failing = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a run did: orders that ended, that go on waiting, and that could not be looked at."""

    ended_count: int = 0
    waiting_count: int = 0
    error_count: int = 0


class ChangedMeanwhileError(Exception):
    """Rights or prices changed in this very moment; nothing was done, and it is tried again."""

    code = "changed-meanwhile"


def release_due(*, now: datetime) -> Looked:
    """Look at the orders that are due, oldest first; one that fails stops none of the others."""
    ended = waiting = failed = 0
    for pre_order_id in PreOrder.objects.due(at=now).values_list("id", flat=True)[
        :looks_per_run_max
    ]:
        try:
            pre_order = look_at(pre_order_id=pre_order_id, now=now)
        except ChangedMeanwhileError as error:
            logger.warning("Pre-order %s waits for the next look: %s", pre_order_id, error)
            failed += 1
        except Exception:
            logger.exception("Pre-order %s could not be looked at.", pre_order_id)
            _look_later(pre_order_id, now)
            failed += 1
        else:
            ended += pre_order.state != PreOrder.State.WAITING
            waiting += pre_order.state == PreOrder.State.WAITING
    return Looked(ended, waiting, failed)


def _look_later(pre_order_id: UUID, now: datetime) -> None:
    """Make room for the others: what fails is looked at again after a while, and each time."""
    mine = PreOrder.objects.waiting().filter(id=pre_order_id)
    mine.update(look_at=now + look_again_after_failing)


def give_back_all(*, now: datetime) -> int:
    """Give back what is set aside for every order, because the store closes; answers how many."""
    given = 0
    for pre_order_id in PreOrder.objects.waiting().values_list("id", flat=True).order_by("id"):
        given += _give_back_one(pre_order_id, now)
    return given


@transaction.atomic
def _give_back_one(pre_order_id: UUID, now: datetime) -> int:
    pre_order = PreOrder.objects.select_for_update().get(id=pre_order_id)
    if pre_order.state != PreOrder.State.WAITING:
        return 0
    _give_back(pre_order, STORE_CLOSES, now)
    return 1


@transaction.atomic
def look_at(*, pre_order_id: UUID, now: datetime) -> PreOrder:
    """Sell what may be sold now, wait for what is still to come, give back the money otherwise.

    Raises ChangedMeanwhileError; nothing was done then.
    """
    # Lock order: pre-order, then ledger (docs/developing/architecture.md).
    pre_order = PreOrder.objects.select_for_update().get(id=pre_order_id)
    if pre_order.state != PreOrder.State.WAITING:
        return pre_order
    ref = pre_order.ref
    asker = AtTill(pre_order.buyer_id, pre_order.territory, now, {ref.release_id})
    item, buyer = items_for([ref], at=now).get(ref), buyer_at_till(asker)
    if item is None or buyer is None:
        return _wait_or_give_back(pre_order, errors.CartEmptyError.code, now)
    if buyer.owned.get(ref.release_id, Owned()).has(ref):
        return _give_back(pre_order, errors.AlreadyOwnedError.code, now)
    question = buyer.question(ref)
    verdict = clear(item, question)
    if verdict.allowed:
        return _sell(pre_order, item, verdict, now)
    coming = next_sale(item, question)
    if coming is None:
        return _wait_or_give_back(pre_order, errors.RefusedError.code, now)
    pre_order.releases_at = coming.at
    return _wait(pre_order, now)


def _sell(pre_order: PreOrder, item: Item, verdict: Verdict, now: datetime) -> PreOrder:
    """For what everybody pays today, or for what was agreed where that is less."""
    wanted: ItemRef | Agreed = pre_order.ref
    discount = agreed_in(pre_order)
    if discount is not None and not _is_within(pre_order, verdict):
        wanted = Agreed(pre_order.ref, discount=discount)
        verdict = clear(item, wanted.asks(verdict.question))
    if verdict.price is None or not _is_within(pre_order, verdict):
        return _give_back(pre_order, errors.PriceChangedError.code, now)
    try:
        # Before the balance is locked (docs/developing/architecture.md, locks).
        account_numbers(payout_of(verdict).purses, currency=verdict.price.currency)
        order_id = _sold(pre_order, wanted, verdict.price, now)
    except (errors.PriceChangedError, errors.RightsChangedError) as error:
        raise ChangedMeanwhileError(str(error)) from error
    except errors.CheckoutError as error:
        return _give_back(pre_order, error.code, now)
    pre_order.order_id = order_id
    return _end(pre_order, PreOrder.State.SOLD, now)


def _is_within(pre_order: PreOrder, verdict: Verdict) -> bool:
    """Whether it costs no more than was set aside."""
    price = verdict.price
    return price is not None and price.currency == pre_order.currency and price <= pre_order.held


@transaction.atomic
def _sold(pre_order: PreOrder, wanted: ItemRef | Agreed, price: Money, now: datetime) -> UUID:
    """What it costs less than was set aside stays on the balance."""
    _release_money(pre_order, now)
    order_id = check_out(
        buyer_id=pre_order.buyer_id,
        wanted=[wanted],
        territory=pre_order.territory,
        shown=price,
        key=f"pre-order-{pre_order.id.hex}",
        now=now,
    )
    if pre_order.waiver_words:
        record_waiver(
            user_id=pre_order.buyer_id,
            order_id=order_id,
            words=pre_order.waiver_words,
            version=pre_order.waiver_version,
            # They said so when they ordered.
            now=pre_order.placed_at,
        )
    return order_id


def _wait_or_give_back(pre_order: PreOrder, reason: str, now: datetime) -> PreOrder:
    """What stands in its way may be gone by its day; on that day it counts."""
    if now < pre_order.releases_at:
        return _wait(pre_order, now)
    return _give_back(pre_order, reason, now)


def _wait(pre_order: PreOrder, now: datetime) -> PreOrder:
    pre_order.look_at = next_look(pre_order.releases_at, now=now)
    pre_order.save(update_fields=["releases_at", "look_at"])
    return pre_order


def next_look(releases_at: datetime, *, now: datetime) -> datetime:
    """When to look at an order again."""
    return min(releases_at, now + look_every)


def _give_back(pre_order: PreOrder, reason: str, now: datetime) -> PreOrder:
    _release_money(pre_order, now)
    pre_order.reason = reason
    return _end(pre_order, PreOrder.State.GIVEN_BACK, now)


def end_by_buyer(pre_order: PreOrder, *, now: datetime) -> PreOrder:
    """The buyer cancels: the money is theirs again. The row is locked."""
    _release_money(pre_order, now)
    return _end(pre_order, PreOrder.State.CANCELED, now)


def _release_money(pre_order: PreOrder, now: datetime) -> None:
    unreserve(
        from_user_id=pre_order.buyer_id,
        to_user_id=pre_order.buyer_id,
        money=pre_order.held,
        key=f"unreserve:pre-order:{pre_order.id}",
        now=now,
    )


def _end(pre_order: PreOrder, state: str, now: datetime) -> PreOrder:
    pre_order.state, pre_order.ended_at = state, now
    pre_order.save(update_fields=["state", "ended_at", "order", "reason"])
    return pre_order
