"""Filling a cart; a guest's cart becomes the buyer's when they sign in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.orders.models import Cart, CartItem, Entitlement
from pennywhistle.apps.rights.refs import ItemRef

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.kernel.money import Money

cart_items_max = 200


class CartFullError(Exception):
    """The cart holds as many items as a cart may."""

    code = "cart-full"


@transaction.atomic
def cart_for(*, cart_id: UUID | None, user_id: int | None, now: datetime) -> Cart:
    """The person's cart, made if need be; what a guest put in comes along at sign-in.

    As far as the cart holds it: what would be too much is left out. A cart of another person is
    never answered, whatever id the session holds.
    """
    guest = Cart.objects.filter(id=cart_id, user__isnull=True).first() if cart_id else None
    if user_id is None:
        return guest or Cart.objects.create(changed_at=now)
    mine, _ = Cart.objects.get_or_create(user_id=user_id, defaults={"changed_at": now})
    if guest is not None:
        for item in guest.items.all():
            with suppress(CartFullError):
                _put(mine, ItemRef(item.release_id, item.track_id), item.offered_micro, now)
        guest.delete()
    return mine


@transaction.atomic
def add_to_cart(
    *, cart_id: UUID, ref: ItemRef, now: datetime, offered: Money | None = None
) -> None:
    """Put an item in; a release takes the place of its single tracks, and holds them already.

    `offered`: what the buyer gives for it, where they name the price; again, another amount.
    """
    cart = Cart.objects.select_for_update().get(id=cart_id)
    _put(cart, ref, offered.micro if offered else None, now)


def _put(cart: Cart, ref: ItemRef, offered_micro: int | None, now: datetime) -> None:
    release_id, track_id = ref.release_id, ref.track_id
    if track_id is None:
        cart.items.filter(release_id=release_id, track__isnull=False).delete()
    elif cart.items.filter(release_id=release_id, track__isnull=True).exists():
        return
    known = CartItem.objects.filter(cart=cart).of_item(release_id=release_id, track_id=track_id)
    if offered_micro is not None and known.update(offered_micro=offered_micro):
        return
    if known.exists():
        return
    if cart.items.count() >= cart_items_max:
        raise CartFullError(f"A cart holds at most {cart_items_max} items.")
    item = CartItem(
        cart=cart,
        release_id=release_id,
        track_id=track_id,
        added_at=now,
        offered_micro=offered_micro,
    )
    CartItem.objects.bulk_create([item], ignore_conflicts=True)
    Cart.objects.filter(id=cart.id).update(changed_at=now)


@transaction.atomic
def remove_from_cart(*, cart_id: UUID, ref: ItemRef) -> None:
    """Take an item out; its absence is no error."""
    CartItem.objects.filter(cart_id=cart_id).of_item(
        release_id=ref.release_id, track_id=ref.track_id
    ).delete()


@transaction.atomic
def empty_cart(*, cart_id: UUID) -> None:
    """Take everything out, after it was bought."""
    CartItem.objects.filter(cart_id=cart_id).delete()


@transaction.atomic
def drop_owned_from_cart(*, user_id: int) -> None:
    """Take out what the person owns by now; called after a purchase, again is harmless."""
    mine = Entitlement.objects.standing(buyer_id=user_id).filter(release=OuterRef("release"))
    covered = mine.filter(Q(track__isnull=True) | Q(track=OuterRef("track")))
    CartItem.objects.filter(Exists(covered), cart__user=user_id).delete()
