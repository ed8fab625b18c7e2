"""What a page needs to know of a visitor's own things: their cart, and what they own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.orders.carts import cart_refs
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.interfaces.common.context import CART_KEY
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest


def in_cart(request: HttpRequest) -> frozenset[ItemRef]:
    """What the visitor's cart holds."""
    return frozenset(cart_list(request))


def cart_list(request: HttpRequest) -> list[ItemRef]:
    """The same in its order; no query for a guest who never put anything in."""
    cart_id = request.session.get(CART_KEY)
    user_id = request.user.pk if request.user.is_authenticated else None
    if cart_id is None and user_id is None:
        return []
    return cart_refs(cart_id=cart_id, user_id=user_id)


def entitlements_in(request: HttpRequest, release_ids: Sequence[int]) -> dict[ItemRef, int]:
    """The ids of the visitor's rights to anything of these releases."""
    if not request.user.is_authenticated or not release_ids:
        return {}
    mine = Entitlement.objects.of(user=buyer_of(request)).filter(release__in=release_ids)
    rows = mine.values_list("release_id", "track_id", "id")
    return {ItemRef(release_id, track_id): pk for release_id, track_id, pk in rows}
