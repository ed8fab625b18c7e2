"""Reading carts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.orders.models import CartItem
from pennywhistle.apps.rights.queries import ItemRef

if TYPE_CHECKING:
    from uuid import UUID


def cart_refs(*, cart_id: UUID | str | None, user_id: int | None) -> list[ItemRef]:
    """What is in the person's cart and in the guest's cart that they filled before, each once."""
    whose = Q(cart__user=user_id) if user_id is not None else Q(pk__in=[])
    if cart_id is not None:
        whose |= Q(cart=cart_id, cart__user__isnull=True)
    rows = CartItem.objects.filter(whose).values_list("release_id", "track_id").order_by("id")
    return list(dict.fromkeys(ItemRef(*row) for row in rows))
