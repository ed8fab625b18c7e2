"""The wish list: one's own, and others' by their link."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from pennywhistle.apps.discovery.basket import basket_of
from pennywhistle.apps.discovery.offers import GUEST
from pennywhistle.apps.discovery.queries import item_named
from pennywhistle.apps.gifts.queries import given_to
from pennywhistle.apps.wishes.actions import (
    TooManyWishesError,
    drop_wish,
    show_wishes,
    shown_name_chars_max,
    wish,
)
from pennywhistle.apps.wishes.queries import list_at, wish_list_of, wishes_of
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.shop.addresses import own_path, page_of
from pennywhistle.interfaces.shop.drawing import cart_add_url, pictures_of
from pennywhistle.interfaces.shop.visitor import buyer_of, shopper_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.discovery.basket import BasketLine
    from pennywhistle.apps.media.queries import CoverPicture
    from pennywhistle.apps.rights.queries import ItemRef


class ShowForm(forms.Form):
    """Whether others may see the list, and under which name."""

    is_public = forms.BooleanField(
        label=_("Whoever has the link may see it"),
        required=False,
        help_text=_("Without this nobody sees it but you. Switched off and on, it has a new link."),
    )
    shown_name = forms.CharField(
        label=_("Your name on it"), max_length=shown_name_chars_max, required=False
    )


@require_safe
def wishes(request: HttpRequest) -> HttpResponse:
    """What the person would like, what it costs here now, and who may see it."""
    owner = buyer_of(request)
    mine = wish_list_of(user=owner)
    form = ShowForm(initial={"is_public": mine.is_public, "shown_name": mine.shown_name})
    link = reverse("wish-list", args=[mine.link])
    context = {
        "rows": _rows(request, wishes_of(user_id=owner.pk), here=reverse("wishes")),
        "form": form,
        "action": reverse("wishes-show"),
        "address": settings.ORIGIN + link if mine.is_public else "",
        "empty": {
            "title": gettext("Your wish list is empty"),
            "text": gettext(
                "On the page of an album or a track, put it on your wish list: to buy it later, or"
                " to let others know what you would like."
            ),
            "icon": "record",
            "action_url": reverse("new"),
            "action_label": gettext("See what is new"),
        },
    }
    return render(request, "shop/wishes_mine.html", context)


@require_POST
def show(request: HttpRequest) -> HttpResponse:
    """Let others see the list, or no longer."""
    form = ShowForm(request.POST)
    if form.is_valid():
        show_wishes(user_id=buyer_of(request).pk, **form.cleaned_data)
        messages.success(request, gettext("Saved."))
    else:
        messages.error(request, gettext("The name is too long."))
    return redirect("wishes")


@require_POST
def add(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """Put an item on the list, and go back to where the visitor was."""
    ref = _item(kind, public_id)
    try:
        wish(user_id=buyer_of(request).pk, ref=ref, now=timezone.now())
    except TooManyWishesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("It is on your wish list."))
    return redirect(own_path(request, request.GET.get("next"), fallback=reverse("wishes")))


@require_POST
def drop(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """Take an item off the list."""
    drop_wish(user_id=buyer_of(request).pk, ref=_item(kind, public_id))
    return redirect(own_path(request, request.GET.get("next"), fallback=reverse("wishes")))


@require_safe
@login_not_required
def public_list(request: HttpRequest, link: str) -> HttpResponse:
    """What somebody would like, for whoever has the link; what is given to them already, too."""
    found = list_at(link)
    if found is None:
        raise Http404
    is_owner = request.user.is_authenticated and request.user.pk == found.owner_id
    # Its owner is not told what waits for them.
    given = frozenset() if is_owner else given_to(user_id=found.owner_id)
    rows = _rows(request, found.refs, here=request.path, of_list=link, given=given)
    context = {
        "rows": rows,
        "shown_name": found.shown_name,
        "is_owner": is_owner,
        "empty": {
            "title": gettext("Nothing is wished for now"),
            "text": gettext("Look again another day, or give balance."),
            "icon": "record",
            "action_url": f"{reverse('gift-new')}?{urlencode({'of_list': link})}",
            "action_label": gettext("Give balance"),
        },
    }
    response = render(request, "shop/wishes_of.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


def _rows(
    request: HttpRequest,
    refs: list[ItemRef] | tuple[ItemRef, ...],
    *,
    here: str,
    of_list: str = "",
    given: frozenset[ItemRef] = frozenset(),
) -> list[dict[str, object]]:
    shopper = shopper_of(request)
    # What somebody else wishes for costs what it costs them, whatever the visitor owns of it.
    basket = basket_of(refs, shopper=replace(shopper, user_id=GUEST) if of_list else shopper)
    lines = {line.ref: line for line in (*basket.lines, *basket.refused)}
    pictures = pictures_of({ref.release_id for ref in refs})
    return [
        _row(lines[ref], pictures, here, of_list) | {"is_given": ref in given}
        for ref in refs
        if ref in lines
    ]


def _row(
    line: BasketLine, pictures: Mapping[int, CoverPicture], here: str, of_list: str
) -> dict[str, object]:
    price = line.offer.verdict.price
    asked = {"item": f"{line.kind}:{line.public_id}"} | ({"of_list": of_list} if of_list else {})
    names = [line.kind, line.public_id]
    return {
        "title": line.title,
        "artist_line": line.artist_line,
        "url": page_of(line.kind, line),
        "cover": pictures.get(line.ref.release_id),
        "price_text": price_text(price) if price else "",
        "is_for_sale": line.offer.is_for_sale,
        "cart_url": cart_add_url(*names, back=here),
        "give_url": f"{reverse('gift-new')}?{urlencode(asked)}",
        "drop_url": f"{reverse('wish-drop', args=names)}?{urlencode({'next': here})}",
    }


def _item(kind: str, public_id: str) -> ItemRef:
    ref = item_named(kind, public_id)
    if ref is None:
        raise Http404
    return ref
