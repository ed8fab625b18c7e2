"""The chain of authority of an item: who lets the store sell it here, or why nobody does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from pennywhistle.apps.discovery import queries
from pennywhistle.apps.discovery.offers import GUEST, offers_for
from pennywhistle.interfaces.common.authority import chain_of, holds_of, reasons_of
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.drawing import split_bar
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_GET
@login_not_required
def chain(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """Who lets the store sell an item here, or why nobody does: the verdict, as it was decided.

    It is about the item and the place; what the visitor owns of it does not come into it.
    """
    shopper = replace(shopper_of(request), user_id=GUEST)
    ref = queries.item_named(kind, public_id)
    offer = offers_for([ref], shopper=shopper, is_wide=True).get(ref) if ref else None
    if offer is None or ref is None:
        raise Http404
    if ref.track_id is None:
        line: object = queries.release_lines([ref.release_id])[ref.release_id]
    else:
        line = queries.track_lines([ref.track_id])[ref.track_id]
    context = {
        "offer": offer,
        "verdict": offer.verdict,
        "reasons": reasons_of(offer.verdict, store=store_of(request).name),
        "holds": holds_of(offer.verdict),
        "links": chain_of(offer.verdict),
        "line": line,
        "url": page_of(kind, line),  # type: ignore[arg-type]
        "price": price_text(offer.verdict.price) if offer.verdict.price else "",
        "floor": price_text(offer.verdict.floor) if offer.verdict.floor else "",
        "split": split_bar(offer, kind=kind, public_id=public_id),
        "digest": offer.verdict.digest.hex(),
    }
    return render(request, "shop/chain.html", context)
