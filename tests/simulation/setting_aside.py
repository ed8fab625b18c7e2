"""What people do with money that waits: order ahead, give, take, and change their minds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders import usd
from pennywhistle.apps.gifts.actions import Asked as GiftAsked
from pennywhistle.apps.gifts.actions import Note, Recipient, To, give, redeem, take_back
from pennywhistle.apps.gifts.errors import GiftError
from pennywhistle.apps.gifts.models import Gift
from pennywhistle.apps.gifts.queries import price_to_give, secret_of
from pennywhistle.apps.orders.queries import AtTill
from pennywhistle.apps.preorders.actions import Asked, cancel_pre_order, order_ahead
from pennywhistle.apps.preorders.errors import PreOrderError
from pennywhistle.apps.preorders.models import PreOrder
from pennywhistle.apps.preorders.queries import coming_of
from pennywhistle.apps.preorders.work import release_due
from simulation.buying import TERRITORY, cost
from simulation.world import Deed, items_of

if TYPE_CHECKING:
    from datetime import datetime

    from simulation.world import World

NOTE = Note("Aunt Ida", "Happy birthday!", "en")


def ahead(world: World) -> Deed | None:
    """Somebody orders what is not out yet."""
    who = world.person()
    named = [each for shelf in world.coming for each in items_of(shelf)]
    if not named:
        return None
    name, ref = world.dice.choice(named)
    asker = AtTill(world.people[who], TERRITORY, world.now, {ref.release_id})
    coming = coming_of(ref, asker)
    if coming is None:
        return None
    asked = Asked(world.people[who], ref, TERRITORY, coming.price, world.key())

    def do(now: datetime) -> str:
        return str(order_ahead(asked=asked, now=now).id)

    title = f"order ahead: {who} {name} for {coming.price} by {asked.key}"
    return Deed(title, do, (PreOrderError,), is_keyed=True, is_firm=True)


def cancel(world: World) -> Deed | None:
    """Somebody changes their mind."""
    waiting = list(PreOrder.objects.waiting().order_by("placed_at", "id"))
    if not waiting:
        return None
    found = world.dice.choice(waiting)

    def do(now: datetime) -> None:
        cancel_pre_order(buyer_id=found.buyer_id, pre_order_id=found.id, now=now)

    return Deed(f"cancel: pre-order {found.key}", do, (PreOrderError,), is_keyed=True)


def release(world: World) -> Deed:
    """The clock looks at what was ordered ahead."""
    del world
    return Deed("release", lambda now: release_due(now=now).ended_count)


def give_away(world: World) -> Deed | None:
    """Somebody gives music, or balance."""
    who = world.person()
    name, ref = world.dice.choice(world.items())
    amount = price_to_give(ref, territory=TERRITORY, at=world.now)
    if world.chance(0.4):
        name, ref, amount = "balance", None, usd(world.dice.choice(["1.00", "2.00"]))
    if amount is None:
        return None
    asked = GiftAsked(world.people[who], ref, amount, TERRITORY, world.key())

    def do(now: datetime) -> str:
        return str(give(asked=asked, note=NOTE, to=To(), now=now).id)

    title = f"give: {who} {name} for {amount} by {asked.key}"
    return Deed(title, do, (GiftError,), is_keyed=True, is_firm=True)


def take(world: World) -> Deed | None:
    """Somebody comes with the secret of a gift, perhaps of one that is gone."""
    found = _a_gift(world)
    if found is None:
        return None
    who = world.person()
    shown = cost(world, who, found.ref) if found.ref else None
    recipient = Recipient(world.people[who], TERRITORY)

    def do(now: datetime) -> str:
        gift = redeem(token=secret_of(found), recipient=recipient, shown=shown, now=now)
        return str((gift.id, gift.order_id) if gift else None)

    title = f"take: {who}, gift {found.key}"
    return Deed(title, do, (GiftError,), is_keyed=True, is_firm=True)


def take_again(world: World) -> Deed | None:
    """A giver takes a gift back."""
    found = _a_gift(world)
    if found is None:
        return None

    def do(now: datetime) -> str:
        gift = take_back(giver_id=found.giver_id, gift_id=found.id, now=now)
        return gift.state if gift else "none"

    return Deed(f"take back: gift {found.key}", do, (GiftError,), is_keyed=True, is_firm=True)


def _a_gift(world: World) -> Gift | None:
    gifts = list(Gift.objects.order_by("made_at", "id"))
    waiting = [gift for gift in gifts if gift.state == Gift.State.OPEN]
    if waiting and world.chance(0.8):
        return world.dice.choice(waiting)
    return world.dice.choice(gifts) if gifts else None
