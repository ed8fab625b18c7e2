"""What every page knows: the store, the cart's count, the balance, where the visitor buys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from pennywhistle.apps.intake.telling.mailbox import alert_count
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.carts import cart_refs
from pennywhistle.apps.parties.models import Party
from pennywhistle.interfaces.common.format import country_name, price_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.common.territory import territory_of

if TYPE_CHECKING:
    from django.http import HttpRequest

CART_KEY = "cart"


def store(request: HttpRequest) -> dict[str, Any]:
    """Values that the base layout shows; each is read only where a template uses it."""
    if not hasattr(request, "user") or not hasattr(request, "session"):
        return {}
    return {
        "is_demo": settings.MODE == "demo",
        "store": SimpleLazyObject(lambda: store_of(request)),
        "cart_count": SimpleLazyObject(lambda: _cart_count(request)),
        "balance_text": SimpleLazyObject(lambda: _balance(request)),
        "has_studio": SimpleLazyObject(lambda: _has_studio(request)),
        "alert_count": SimpleLazyObject(lambda: _alert_count(request)),
        "territory": SimpleLazyObject(lambda: territory_of(request)),
        "territory_name": SimpleLazyObject(lambda: country_name(territory_of(request))),
    }


def _cart_count(request: HttpRequest) -> int:
    """What is in the cart; what a guest put in counts on after sign-in."""
    cart_id = request.session.get(CART_KEY)
    user_id = request.user.pk if request.user.is_authenticated else None
    if cart_id is None and user_id is None:
        return 0
    return len(cart_refs(cart_id=cart_id, user_id=user_id))


def _balance(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return ""
    return price_text(balance_of(user=request.user, currency=store_of(request).currency))


def _has_studio(request: HttpRequest) -> bool:
    if not request.user.is_authenticated:
        return False
    return Party.objects.acted_for_by(user=request.user).exists()


def _alert_count(request: HttpRequest) -> int:
    """What needs somebody in the studio; asked only where its navigation is drawn."""
    return alert_count(user=request.user) if request.user.is_authenticated else 0
