"""Where a visitor buys: what they said, else where the store is at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.interfaces.common.store import store_of
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from django.http import HttpRequest

SESSION_KEY = "territory"


def territory_of(request: HttpRequest) -> str:
    """ISO 3166-1 alpha-2 of the place that this visitor buys in.

    A buyer's account says it; a guest says it by the selector, kept in the session.
    """
    if request.user.is_authenticated and request.user.country:
        return request.user.country
    return str(request.session.get(SESSION_KEY) or store_of(request).home_country)


def is_territory(code: str) -> bool:
    """Whether this is a code of ISO 3166-1."""
    return code in Territories.worldwide().codes
