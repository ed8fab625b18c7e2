"""The cart: what somebody means to buy, at the price of now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.discovery.basket import Basket, BasketLine, basket_of
from pennywhistle.apps.discovery.queries import item_named
from pennywhistle.apps.orders.actions import add_to_cart, cart_for, remove_from_cart
from pennywhistle.apps.orders.actions.cart import CartFullError
from pennywhistle.interfaces.common.authority import sentences_of
from pennywhistle.interfaces.common.context import CART_KEY
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.shop.addresses import own_path, page_of
from pennywhistle.interfaces.shop.personal import cart_list
from pennywhistle.interfaces.shop.till import Row, Till
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.rights.queries import ItemRef


@require_GET
@login_not_required
def cart(request: HttpRequest) -> HttpResponse:
    """What the cart holds, and what it costs now."""
    bring_guest_cart(request)
    basket = basket_of(cart_list(request), shopper=shopper_of(request))
    context = {
        "basket": basket,
        "till": till_of(basket),
        "empty": {
            "title": gettext("Your cart is empty"),
            "text": gettext("Put in single tracks or whole releases; the prices are those of now."),
            "icon": "cart",
            "action_url": reverse("new"),
            "action_label": gettext("See what is new"),
        },
    }
    return render(request, "shop/cart.html", context)


@require_POST
@login_not_required
def add(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """Put an item in, and go back to where the visitor was."""
    ref = _item(kind, public_id)
    try:
        add_to_cart(cart_id=_cart_id(request), ref=ref, now=timezone.now())
    except CartFullError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("It is in your cart."))
    return redirect(own_path(request, request.GET.get("next"), fallback=reverse("cart")))


@require_POST
@login_not_required
def remove(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """Take an item out."""
    remove_from_cart(cart_id=_cart_id(request), ref=_item(kind, public_id))
    return redirect("cart")


def bring_guest_cart(request: HttpRequest) -> None:
    """After sign-in: what the guest put in becomes the buyer's."""
    if request.user.is_authenticated and request.session.get(CART_KEY):
        _cart_id(request)


def till_of(basket: Basket) -> Till:
    """The cart as a till receipt, with what cannot be bought at its end."""
    rows = [_row(line) for line in basket.lines]
    rows += [_row(line) for line in basket.refused]
    rows.append(Row(gettext("Total"), price_text(basket.total), kind="total"))
    notes = (gettext("Nothing is added to this at the checkout."),)
    return Till(gettext("Your cart"), tuple(rows), notes=notes)


def _row(line: BasketLine) -> Row:
    price = line.offer.price
    return Row(
        label=line.title,
        amount=price_text(price) if price else "",
        kind="line" if price else "plain",
        note=line.artist_line if price else why_not(line),
        url=page_of(line.kind, line),
        remove_url=reverse("cart-remove", args=[line.kind, line.public_id]),
    )


def why_not(line: BasketLine) -> str:
    """Why something in the cart cannot be bought."""
    if line.offer.is_owned:
        return gettext("It is on your shelf already.")
    return sentences_of(line.offer.verdict.reasons)


def _item(kind: str, public_id: str) -> ItemRef:
    ref = item_named(kind, public_id)
    if ref is None:
        raise Http404
    return ref


def _cart_id(request: HttpRequest) -> UUID:
    """The visitor's cart, made if need be; the session keeps only a guest's."""
    user_id = request.user.pk if request.user.is_authenticated else None
    kept = request.session.get(CART_KEY)
    found = cart_for(cart_id=kept, user_id=user_id, now=timezone.now())
    if user_id is None:
        request.session[CART_KEY] = str(found.id)
    elif kept is not None:
        del request.session[CART_KEY]
    return found.id
