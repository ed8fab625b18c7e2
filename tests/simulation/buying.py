"""What buyers do at the till, and with what they own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from builders import usd
from pennywhistle.apps.gifts.queries import cost_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.refunds import RefundAsked, RefundError, refund_sale
from pennywhistle.apps.orders.errors import CheckoutError, KeyReusedError
from pennywhistle.apps.orders.models import OrderLine, Refund
from pennywhistle.apps.orders.purchases import Purchase
from simulation.world import Deed

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money
    from simulation.world import World

TERRITORY = "US"
_part_not_sold = 0.1


def cost(world: World, who: str, ref: ItemRef) -> Money | None:
    """What somebody is shown, if it is sold to them."""
    return cost_of(ref, user_id=world.people[who], territory=TERRITORY, at=world.now).price


def _wanted(world: World, who: str) -> tuple[str, tuple[ItemRef, ...], Money] | None:
    """What somebody puts into the cart, and its total; now and then what is not sold to them."""
    count = world.dice.choice([1, 1, 1, 2, 3])
    named = world.dice.sample(world.items(), count)
    is_anything = world.chance(_part_not_sold)
    prices = [cost(world, who, ref) for _, ref in named]
    if not is_anything:
        kept = [(each, price) for each, price in zip(named, prices, strict=True) if price]
        named, prices = [each for each, _ in kept], [price for _, price in kept]
    if not named:
        return None
    total = sum((price or usd("0.14") for price in prices), usd("0.00"))
    title = f"{who} {', '.join(name for name, _ in named)} for {total}"
    return title, tuple(ref for _, ref in named), total


def buy(world: World) -> Deed | None:
    """Somebody buys a cart."""
    who = world.person()
    found = _wanted(world, who)
    if found is None:
        return None
    title, refs, total = found
    buyer_id, key = world.people[who], world.key()

    def do(now: datetime) -> str:
        order_id = check_out(
            buyer_id=buyer_id, wanted=refs, territory=TERRITORY, shown=total, key=key, now=now
        )
        world.promised.add(order_id)
        return str(order_id)

    return Deed(f"buy: {title} by {key}", do, (CheckoutError,), is_keyed=True, is_firm=True)


def another_cart(world: World) -> Deed | None:
    """Somebody comes with a key that stands for another cart already."""
    lines = OrderLine.objects.select_related("order").order_by("pk")
    found = world.dice.choice(list(lines)) if lines else None
    if found is None:
        return None
    refs = [ref for _, ref in world.items() if ref.track_id is not None][:4]
    shown = usd("9.99")

    def do(now: datetime) -> None:
        check_out(
            buyer_id=found.order.buyer_id,
            wanted=refs,
            territory=TERRITORY,
            shown=shown,
            key=found.order.key,
            now=now,
        )
        raise AssertionError("Another cart was sold under a used key.")

    return Deed("another cart under a used key", do, (KeyReusedError,))


def rush(world: World) -> Deed | None:
    """Several people come to the till at the same moment, and are served together."""
    names = world.dice.sample(list(world.people), min(len(world.people), 5))
    found = [(who, _wanted(world, who)) for who in names]
    carts = [(who, *wanted) for who, wanted in found if wanted is not None]
    if len(carts) < 2:
        return None
    keys = [world.key() for _ in carts]

    def do(now: datetime) -> str:
        purchases = [
            Purchase(world.people[who], refs, TERRITORY, total, key, now)
            for key, (who, _, refs, total) in zip(keys, carts, strict=True)
        ]
        outcomes = world.till.serve_all(purchases)
        for outcome in outcomes:
            if not isinstance(outcome, UUID | CheckoutError):
                raise outcome
        world.promised.update(each for each in outcomes if isinstance(each, UUID))
        return ", ".join(
            "sold" if isinstance(each, UUID) else type(each).__name__ for each in outcomes
        )

    title = "; ".join(f"{title} by {key}" for key, (_, title, *_) in zip(keys, carts, strict=True))
    return Deed(f"rush: {title}", do, is_keyed=True)


def refund(world: World) -> Deed | None:
    """Somebody gives a purchase back, or the store takes it back."""
    lines = list(OrderLine.objects.select_related("order").order_by("pk"))
    if not lines:
        return None
    place = world.dice.randrange(len(lines))
    line = lines[place]
    if world.chance(0.3):
        asked = RefundAsked(line.pk, line.order.buyer_id, Refund.Why.OPERATOR, "It skips.")
    else:
        asked = RefundAsked(line.pk, line.order.buyer_id)

    def do(now: datetime) -> str:
        return str(refund_sale(asked=asked, now=now).entry_id)

    title = f"refund: line {place}, {asked.why}"
    return Deed(title, do, (RefundError,), is_keyed=True, is_firm=True)
