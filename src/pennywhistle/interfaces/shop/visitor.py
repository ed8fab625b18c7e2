"""Who stands in the shop: what a request says of its visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from pennywhistle.apps.discovery.offers import GUEST, Shopper
from pennywhistle.interfaces.common.territory import territory_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.users.models import User


def shopper_of(request: HttpRequest) -> Shopper:
    """The visitor as clearance needs them: the account's country decides, where there is one."""
    user_id = request.user.pk if request.user.is_authenticated else GUEST
    return Shopper(user_id, territory_of(request), timezone.now())


def buyer_of(request: HttpRequest) -> User:
    """The person behind a view that needs a signed-in one."""
    assert request.user.is_authenticated
    return request.user


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page alone (a boosted navigation asks for all of it)."""
    return request.headers.get("HX-Request-Type") == "partial"
