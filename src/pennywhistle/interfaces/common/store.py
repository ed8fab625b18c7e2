"""The store's own row, read once a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.parties.queries import the_store

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.parties.models import Store

_KEPT = "_pennywhistle_store"


def store_of(request: HttpRequest) -> Store:
    """The store that this request is for."""
    known: Store | None = getattr(request, _KEPT, None)
    if known is None:
        known = the_store()
        setattr(request, _KEPT, known)
    return known
