"""The till: what will be bought is shown once more, then paid from the balance in one step."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.discovery.basket import basket_of
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.offers.actions import PurchaseAsked, buy
from pennywhistle.apps.offers.arranging import arrange
from pennywhistle.apps.offers.asking import Wish
from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.actions import drop_owned_from_cart
from pennywhistle.apps.orders.returns import terms_at
from pennywhistle.apps.orders.shelf import sounds_of_items
from pennywhistle.interfaces.common.format import country_name, price_text
from pennywhistle.interfaces.common.network import note_where
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.asking import (
    CODES_KEY,
    asker_of,
    codes_of,
    offered_in,
    refs_named,
    wish_of_cart,
)
from pennywhistle.interfaces.shop.cart import bring_guest_cart, why_not
from pennywhistle.interfaces.shop.formats import forms_of
from pennywhistle.interfaces.shop.offer_words import note_of
from pennywhistle.interfaces.shop.paying_form import return_path_length_max
from pennywhistle.interfaces.shop.refund_words import terms_text
from pennywhistle.interfaces.shop.refunds import keep_waiver, waiver_words
from pennywhistle.interfaces.shop.tax_words import tax_text
from pennywhistle.interfaces.shop.till import Row, Till
from pennywhistle.interfaces.shop.visitor import buyer_of, shopper_of
from pennywhistle.kernel.money import Money, MoneyError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

    from pennywhistle.apps.discovery.basket import Basket, BasketLine
    from pennywhistle.apps.offers.asking import Arranged

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_SHOWN = re.compile(r"([0-9.]{1,20}) ([A-Z]{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says: what is wanted, the total that the buyer was shown, the purchase's key.

    `has_offers`: prices of a code or a bundle were in that total.
    """

    wish: Wish
    shown: Money
    key: str
    has_offers: bool


@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Show what will be paid; then pay it."""
    bring_guest_cart(request)
    note_where(request, territory=shopper_of(request).territory, now=timezone.now())
    if request.method == "POST":
        return _pay(request, _asked(request))
    names = request.GET.getlist("item")
    wish = _wish(request, request.GET, names) if names else wish_of_cart(request)
    return _confirm(request, wish)


def _wish(request: HttpRequest, said: QueryDict, names: list[str]) -> Wish:
    """The items that an address or a form names, with what is offered for them."""
    refs = refs_named(names)
    offered = offered_in(said.getlist("offer"), refs, currency=store_of(request).currency)
    # Nobody tries codes here: only those count that were typed where wrong ones are counted.
    codes = codes_of(request)
    if request.method == "POST":
        posted = set(said.getlist("code"))
        codes = tuple(code for code in codes if code in posted)
    return Wish(tuple(refs.values()), offered, codes)


def _pay(request: HttpRequest, asked: Asked) -> HttpResponse:
    """One purchase; what stands against it is told with the prices of now, and asked again."""
    buyer, shopper = buyer_of(request), shopper_of(request)
    try:
        order_id = buy(
            asked=PurchaseAsked(
                buyer_id=buyer.pk,
                territory=shopper.territory,
                wish=asked.wish,
                shown=asked.shown,
                key=asked.key,
                has_offers=asked.has_offers,
            ),
            now=timezone.now(),
        )
    except errors.BalanceTooSmallError as error:
        return _confirm(request, asked.wish, error=error, status=402)
    except errors.CheckoutError as error:
        return _confirm(request, asked.wish, error=error, status=409)
    keep_waiver(request, order_id)
    drop_owned_from_cart(user_id=buyer.pk)
    if asked.wish.codes:
        request.session.pop(CODES_KEY, None)
    messages.success(request, gettext("Thank you. It is yours, in every format, for ever."))
    return redirect("order", order_id)


def _confirm(
    request: HttpRequest,
    wish: Wish,
    *,
    error: errors.CheckoutError | None = None,
    status: int = 200,
) -> HttpResponse:
    arranged = arrange(wish, asker_of(request))
    basket = basket_of(wish.refs, shopper=shopper_of(request), agreed=arranged.agreed)
    balance = balance_of(user=buyer_of(request), currency=basket.total.currency)
    is_covered = balance >= basket.total
    context = {
        "basket": basket,
        "till": _till(basket, balance, arranged),
        "error": error,
        **_change(error),
        "shown": str(basket.total),
        "items": [_name(line) for line in basket.lines],
        "offers": _offers(basket, wish),
        "codes": wish.codes if arranged.lowered else (),
        "has_offers": bool(arranged.lowered),
        # Made now, so that a second click on the same page is the same purchase.
        "key": secrets.token_urlsafe(24),
        "is_covered": is_covered,
        "total_text": price_text(basket.total),
        "top_up_url": _top_up_url(request, basket, wish, balance),
        "refused": [
            (line.title, page_of(line.kind, line), why_not(line)) for line in basket.refused
        ],
        "forms": forms_of(
            sounds_of_items([(r.ref.release_id, r.ref.track_id) for r in basket.lines])
        ),
        "country": country_name(shopper_of(request).territory),
        "tax": tax_text(
            user_id=buyer_of(request).pk,
            territory=shopper_of(request).territory,
            total=basket.total,
            now=timezone.now(),
        ),
        "terms": terms_text(terms_at(timezone.now())),
        "waiver_words": waiver_words(shopper_of(request).territory),
        "empty": {
            "title": gettext("There is nothing to pay"),
            "text": gettext("Nothing in your cart can be bought now, or it is empty."),
            "icon": "cart",
            "action_url": reverse("cart"),
            "action_label": gettext("To your cart"),
        },
    }
    return render(request, "shop/checkout.html", context, status=status)


def _change(error: errors.CheckoutError | None) -> dict[str, object]:
    """The old price and the new one, where that is what stands against the purchase."""
    if not isinstance(error, errors.PriceChangedError):
        return {"is_price_changed": False}
    return {
        "is_price_changed": True,
        "price_before": price_text(error.shown),
        "price_now": price_text(error.now),
    }


def _name(line: BasketLine) -> str:
    return f"{line.kind}:{line.public_id}"


def _offers(basket: Basket, wish: Wish) -> list[str]:
    """What is offered for items, as forms and addresses say it."""
    return [
        f"{_name(line)}={str(wish.offered[line.ref]).partition(' ')[0]}"
        for line in basket.lines
        if line.ref in wish.offered
    ]


def _till(basket: Basket, balance: Money, arranged: Arranged) -> Till:
    rows = [
        Row(line.title, price_text(line.offer.price), note=note_of(line, arranged))
        for line in basket.lines
        if line.offer.price is not None
    ]
    rows.append(Row(gettext("Total"), price_text(basket.total), kind="total"))
    rows.append(Row(gettext("Your balance"), price_text(balance), kind="sub"))
    if balance >= basket.total:
        rows.append(Row(gettext("Left afterwards"), price_text(balance - basket.total), kind="sub"))
    return Till(gettext("To pay"), tuple(rows))


def _top_up_url(request: HttpRequest, basket: Basket, wish: Wish, balance: Money) -> str:
    """To the top-up with what is missing, and back to this very purchase."""
    items = [("item", _name(line)) for line in basket.lines]
    items += [("offer", each) for each in _offers(basket, wish)]
    is_cart = not request.GET.getlist("item") and request.method == "GET"
    back = reverse("checkout") + ("" if is_cart else f"?{urlencode(items)}")
    # A top-up remembers an address of this length; a longer list is in the cart anyway.
    back = back if len(back) <= return_path_length_max else reverse("checkout")
    missing = max(basket.total - balance, Money.zero(balance.currency))
    amount = str(missing).partition(" ")[0]
    return f"{reverse('top-up')}?{urlencode({'least': amount, 'next': back})}"


def _asked(request: HttpRequest) -> Asked:
    """Read the form; what no page of ours could have sent is refused as a bad request."""
    key, shown = request.POST.get("key", ""), request.POST.get("shown", "")
    amount = _SHOWN.fullmatch(shown)
    if not _KEY.fullmatch(key) or amount is None:
        raise BadRequest("The form lacks its key or its total.")
    try:
        total = Money.parse(amount[1], currency=amount[2])
    except MoneyError as error:
        raise BadRequest(str(error)) from error
    if total.currency != store_of(request).currency:
        raise BadRequest("The form's total is in another currency than the store's.")
    wish = _wish(request, request.POST, request.POST.getlist("item"))
    return Asked(wish, total, key, has_offers="offers" in request.POST)
