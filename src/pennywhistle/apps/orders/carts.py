"""Reading carts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.orders.models import CartItem
from pennywhistle.apps.rights.queries import ItemRef

if TYPE_CHECKING:
    from uuid import UUID


def cart_offers(*, cart_id: UUID | str | None, user_id: int | None) -> dict[ItemRef, int]:
    """What the person offers for things in their carts, in micro-units of the store's currency."""
    rows = CartItem.objects.filter(_whose(cart_id, user_id), offered_micro__isnull=False)
    return {
        ItemRef(release_id, track_id): offered_micro
        for release_id, track_id, offered_micro in rows.order_by("-id").values_list(
            "release_id", "track_id", "offered_micro"
        )
        if offered_micro is not None
    }


def _whose(cart_id: UUID | str | None, user_id: int | None) -> Q:
    whose = Q(cart__user=user_id) if user_id is not None else Q(pk__in=[])
    if cart_id is not None:
        whose |= Q(cart=cart_id, cart__user__isnull=True)
    return whose


def cart_refs(*, cart_id: UUID | str | None, user_id: int | None) -> list[ItemRef]:
    """What is in the person's cart and in the guest's cart that they filled before, each once."""
    rows = (
        CartItem.objects.filter(_whose(cart_id, user_id))
        .values_list("release_id", "track_id")
        .order_by("id")
    )
    return list(dict.fromkeys(ItemRef(*row) for row in rows))
