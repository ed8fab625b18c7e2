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
from pennywhistle.apps.discovery.queries import items_named
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.actions import check_out, drop_owned_from_cart
from pennywhistle.apps.orders.actions.cart import cart_items_max
from pennywhistle.apps.orders.returns import terms_at
from pennywhistle.apps.orders.shelf import sounds_of_items
from pennywhistle.interfaces.common.format import country_name, price_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.balance import return_path_length_max
from pennywhistle.interfaces.shop.cart import bring_guest_cart, why_not
from pennywhistle.interfaces.shop.formats import forms_of
from pennywhistle.interfaces.shop.personal import cart_list
from pennywhistle.interfaces.shop.refund_words import terms_text
from pennywhistle.interfaces.shop.refunds import keep_waiver, waiver_words
from pennywhistle.interfaces.shop.till import Row, Till
from pennywhistle.interfaces.shop.visitor import buyer_of, shopper_of
from pennywhistle.kernel.money import Money, MoneyError
from pennywhistle.kernel.public_id import ALPHABET, PUBLIC_ID_LENGTH

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.discovery.basket import Basket
    from pennywhistle.apps.rights.queries import ItemRef

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_ITEM = re.compile(rf"(release|track):([{ALPHABET}]{{{PUBLIC_ID_LENGTH}}})", re.ASCII)
_SHOWN = re.compile(r"([0-9.]{1,20}) ([A-Z]{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says: which items, the total that the buyer was shown, the purchase's key."""

    refs: tuple[ItemRef, ...]
    shown: Money
    key: str


@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Show what will be paid; then pay it."""
    bring_guest_cart(request)
    if request.method == "POST":
        return _pay(request, _asked(request))
    names = request.GET.getlist("item")
    refs = _refs(names) if names else cart_list(request)
    return _confirm(request, basket_of(refs, shopper=shopper_of(request)))


def _pay(request: HttpRequest, asked: Asked) -> HttpResponse:
    """One purchase; what stands against it is told with the prices of now, and asked again."""
    buyer, shopper = buyer_of(request), shopper_of(request)
    try:
        order_id = check_out(
            buyer_id=buyer.pk,
            wanted=asked.refs,
            territory=shopper.territory,
            shown=asked.shown,
            key=asked.key,
            now=timezone.now(),
        )
    except errors.BalanceTooSmallError as error:
        basket = basket_of(asked.refs, shopper=shopper)
        return _confirm(request, basket, error=error, status=402)
    except errors.CheckoutError as error:
        basket = basket_of(asked.refs, shopper=shopper)
        return _confirm(request, basket, error=error, status=409)
    keep_waiver(request, order_id)
    drop_owned_from_cart(user_id=buyer.pk)
    messages.success(request, gettext("Thank you. It is yours, in every format, for ever."))
    return redirect("order", order_id)


def _confirm(
    request: HttpRequest,
    basket: Basket,
    *,
    error: errors.CheckoutError | None = None,
    status: int = 200,
) -> HttpResponse:
    balance = balance_of(user=buyer_of(request), currency=basket.total.currency)
    is_covered = balance >= basket.total
    context = {
        "basket": basket,
        "till": _till(basket, balance),
        "error": error,
        **_change(error),
        "shown": str(basket.total),
        "items": [f"{line.kind}:{line.public_id}" for line in basket.lines],
        # Made now, so that a second click on the same page is the same purchase.
        "key": secrets.token_urlsafe(24),
        "is_covered": is_covered,
        "total_text": price_text(basket.total),
        "top_up_url": _top_up_url(request, basket, balance),
        "refused": [
            (line.title, page_of(line.kind, line), why_not(line)) for line in basket.refused
        ],
        "forms": forms_of(
            sounds_of_items([(r.ref.release_id, r.ref.track_id) for r in basket.lines])
        ),
        "country": country_name(shopper_of(request).territory),
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


def _till(basket: Basket, balance: Money) -> Till:
    rows = [
        Row(line.title, price_text(line.offer.price), note=line.artist_line)
        for line in basket.lines
        if line.offer.price is not None
    ]
    rows.append(Row(gettext("Total"), price_text(basket.total), kind="total"))
    rows.append(Row(gettext("Your balance"), price_text(balance), kind="sub"))
    if balance >= basket.total:
        rows.append(Row(gettext("Left afterwards"), price_text(balance - basket.total), kind="sub"))
    return Till(gettext("To pay"), tuple(rows))


def _top_up_url(request: HttpRequest, basket: Basket, balance: Money) -> str:
    """To the top-up with what is missing, and back to this very purchase."""
    items = [("item", f"{line.kind}:{line.public_id}") for line in basket.lines]
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
    return Asked(tuple(_refs(request.POST.getlist("item"))), total, key)


def _refs(names: list[str]) -> list[ItemRef]:
    """The items of names such as `track:0a1b2c3d4e5f`."""
    matches = [_ITEM.fullmatch(name) for name in names[: cart_items_max + 1]]
    pairs = [(match[1], match[2]) for match in matches if match is not None]
    found = items_named(pairs)
    if len(pairs) != len(names) or len(found) != len(names):
        raise BadRequest("The form names something that is not in the catalog, or names it twice.")
    return [found[pair] for pair in pairs]
