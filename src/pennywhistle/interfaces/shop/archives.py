"""Zips of what somebody owns: a thing, an order, a selection, the whole shelf."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pennywhistle.apps.delivery.archives import (
    Archive,
    Packing,
    Preparing,
    TooManyReleasesError,
    archive_of,
    archive_of_several,
)
from pennywhistle.apps.delivery.folders import (
    chosen_entitlements,
    order_entitlements,
    shelf_entitlements,
)
from pennywhistle.apps.delivery.queries import owned_item
from pennywhistle.engines.audio import Recipe, UnknownRecipeError
from pennywhistle.interfaces.common.delays import in_a_moment, not_made, tells_delays, wants_page
from pennywhistle.interfaces.common.handing import hand_over
from pennywhistle.interfaces.common.ranged import Sent
from pennywhistle.interfaces.shop.formats import label_of
from pennywhistle.interfaces.shop.leaving import note_archive_leaving
from pennywhistle.interfaces.shop.visitor import buyer_of, is_partial

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from pennywhistle.apps.orders.models import Entitlement

MINE = "private, no-store"
# Programs ask again then; pages ask by themselves.
_AGAIN_S = 5
# What an address can hold; whoever wants more takes the shelf.
_CHOSEN_MAX = 200
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


@require_safe
@tells_delays
def archive(request: HttpRequest, entitlement_id: int, recipe: str) -> HttpResponseBase:
    """All that is owned under one entitlement, as a zip; or how far its making has come."""
    owned = owned_item(user=buyer_of(request), entitlement_id=entitlement_id)
    packing = _packing(recipe)
    if owned is None:
        raise Http404
    found = archive_of(entitlement=owned, packing=packing)
    title = (owned.track or owned.release).title
    return _answer(request, found, packing, title=title, owned=[owned])


@require_safe
@tells_delays
def order(request: HttpRequest, order_id: UUID, recipe: str) -> HttpResponseBase:
    """All that was bought in one order; see `_other_format`."""
    packing = _packing(recipe)
    owned = order_entitlements(user=buyer_of(request), order_id=order_id)
    if "format" in request.GET:
        return _other_format(request, "delivery:order-archive", order_id)
    day = f"{owned[0].granted_at:%Y-%m-%d}" if owned else ""
    # Not translated: whoever changes the language resumes the same file.
    found = archive_of_several(entitlements=owned, called=f"Order {day}", packing=packing)
    return _answer(request, found, packing, title=_("your order"), owned=owned)


@require_safe
@tells_delays
def shelf(request: HttpRequest, recipe: str) -> HttpResponseBase:
    """All that is owned, or what `item` names of it (ids of entitlements, any number of times)."""
    packing = _packing(recipe)
    asked = request.GET.getlist("item")
    if len(asked) > _CHOSEN_MAX or not all(map(_ID.fullmatch, asked)):
        text = _("Choose at most %(count)d, or the whole shelf.") % {"count": _CHOSEN_MAX}
        return HttpResponseBadRequest(text, content_type="text/plain; charset=utf-8")
    if "format" in request.GET:
        return _other_format(request, "delivery:shelf-archive")
    ids = [int(each) for each in asked]
    buyer = buyer_of(request)
    owned = chosen_entitlements(user=buyer, ids=ids) if ids else shelf_entitlements(user=buyer)
    if owned is None:
        raise Http404
    called = "Selection" if ids else "Shelf"
    try:
        found = archive_of_several(entitlements=owned, called=called, packing=packing)
    except TooManyReleasesError:
        text = _(
            "Your shelf is too large for one zip. Choose a part of it, or use pennywhistle pull."
        )
        return HttpResponse(text, status=413, content_type="text/plain; charset=utf-8")
    title = _("your selection") if ids else _("your whole shelf")
    return _answer(request, found, packing, title=title, owned=owned)


def _other_format(request: HttpRequest, name: str, *arguments: object) -> HttpResponse:
    """To the address of the format that a form's field chose; each archive has one address."""
    recipe = request.GET["format"]
    _packing(recipe)
    query = urlencode({"item": request.GET.getlist("item")}, doseq=True)
    return redirect(f"{reverse(name, args=[*arguments, recipe])}{'?' if query else ''}{query}")


def _packing(recipe: str) -> Packing:
    try:
        form = Recipe.parse(recipe)
    except UnknownRecipeError as error:
        raise Http404 from error

    def address(sale_id: UUID) -> str:
        return f"{settings.ORIGIN}{reverse('delivery:receipt', args=[sale_id])}"

    return Packing(form, address, now())


def _answer(
    request: HttpRequest,
    found: Archive | Preparing | None,
    packing: Packing,
    *,
    title: str,
    owned: Sequence[Entitlement],
) -> HttpResponseBase:
    if found is None:
        raise Http404
    if is_partial(request) or (isinstance(found, Preparing) and wants_page(request)):
        return _progress(request, found, packing, title=title)
    if isinstance(found, Preparing):
        return not_made(request) if found.has_failed else in_a_moment(request, _AGAIN_S)
    ids = [each.pk for each in owned]
    note_archive_leaving(request, user=buyer_of(request), entitlement_ids=ids)
    sent = Sent("application/zip", MINE, found.file_name)
    return hand_over(request, found.layout, sent, person=buyer_of(request).pk)


def _progress(
    request: HttpRequest, found: Preparing | Archive, packing: Packing, *, title: str
) -> HttpResponse:
    """202 until the archive is ready: a page that asks again, or the part of it that asks.

    Only for who shows pages: a program would keep it as the archive.
    """
    preparing = found if isinstance(found, Preparing) else None
    here = request.get_full_path()
    context = {
        "title": title,
        "progress": {
            "id": "archive-progress",
            "label": _("Making %(title)s as %(format)s")
            % {"title": title, "format": label_of(packing.recipe)},
            "done": preparing.done if preparing else 1,
            "total": preparing.total if preparing else 1,
            "poll_url": here,
            "page_url": here,
            "is_finished": preparing is None,
            "result_url": here,
            "result_label": _("Download the archive"),
            "error_text": _("A track could not be made. Try again in a minute.")
            if preparing and preparing.has_failed
            else "",
        },
    }
    template = "parts/_progress.html" if is_partial(request) else "delivery/archive_progress.html"
    response = render(request, template, context, status=202 if preparing else 200)
    response["Cache-Control"] = MINE
    patch_vary_headers(response, ["Accept", "HX-Request-Type"])
    return response
