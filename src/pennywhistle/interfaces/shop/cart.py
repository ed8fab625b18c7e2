"""The cart: what somebody means to buy, at the price of now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.discovery.basket import Basket, BasketLine, basket_of
from pennywhistle.apps.discovery.queries import item_named
from pennywhistle.apps.offers.arranging import arrange, codes_typed
from pennywhistle.apps.offers.asking import CodeWord
from pennywhistle.apps.offers.limits import codes_used_max
from pennywhistle.apps.offers.queries import bundle_view
from pennywhistle.apps.offers.texts import typed_length_max
from pennywhistle.apps.offers.tries import may_try, note_wrong_try
from pennywhistle.apps.orders.actions import add_to_cart, cart_for, remove_from_cart
from pennywhistle.apps.orders.actions.cart import CartFullError
from pennywhistle.interfaces.common.authority import sentences_of
from pennywhistle.interfaces.common.context import CART_KEY
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import own_path, page_of
from pennywhistle.interfaces.shop.asking import (
    CODES_KEY,
    asker_of,
    codes_of,
    wish_of_cart,
)
from pennywhistle.interfaces.shop.offer_words import codes_drawn, note_of
from pennywhistle.interfaces.shop.till import Row, Till
from pennywhistle.interfaces.shop.visitor import shopper_of
from pennywhistle.kernel.money import MICRO_MAX

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.offers.asking import Arranged
    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money


@require_GET
@login_not_required
def cart(request: HttpRequest) -> HttpResponse:
    """What the cart holds, and what it costs now."""
    bring_guest_cart(request)
    wish = wish_of_cart(request)
    arranged = arrange(wish, asker_of(request))
    basket = basket_of(wish.refs, shopper=shopper_of(request), agreed=arranged.agreed)
    context = {
        "basket": basket,
        "till": till_of(basket, arranged),
        "codes": codes_drawn(arranged, basket),
        "may_type_codes": len(wish.codes) < codes_used_max,
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
    back = own_path(request, request.GET.get("next"), fallback=reverse("cart"))
    try:
        offered = _offered(request)
        if offered is not None and request.POST.get("then") == "buy":
            name = f"{kind}:{public_id}"
            asked = {"item": name, "offer": f"{name}={_typed(offered)}"}
            return redirect(f"{reverse('checkout')}?{urlencode(asked)}")
        add_to_cart(cart_id=_cart_id(request), ref=ref, now=timezone.now(), offered=offered)
    except CartFullError as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    else:
        messages.success(request, gettext("It is in your cart."))
    return redirect(back)


@require_POST
@login_not_required
def add_code(request: HttpRequest) -> HttpResponse:
    """Keep a code for this visit; nobody may type many wrong ones."""
    typed = request.POST.get("code", "").strip()[:typed_length_max]
    known, asker = codes_of(request), asker_of(request)
    who = _whose_tries(request)
    if not may_try(who, at=asker.at):
        messages.error(request, gettext("Too many wrong codes. Try again in an hour."))
    elif typed and typed not in known and len(known) < codes_used_max:
        (found,) = codes_typed([typed], asker)
        if found.word is CodeWord.UNKNOWN:
            note_wrong_try(who, at=asker.at)
            messages.error(request, gettext("“%(code)s” is not a code of ours.") % {"code": typed})
        else:
            request.session[CODES_KEY] = [*known, typed]
    return redirect("cart")


@require_POST
@login_not_required
def remove_code(request: HttpRequest) -> HttpResponse:
    """Forget a code."""
    gone = request.POST.get("code", "")
    request.session[CODES_KEY] = [each for each in codes_of(request) if each != gone]
    return redirect("cart")


@require_POST
@login_not_required
def add_bundle(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put all of a bundle in that the visitor does not own; or go and buy it at once."""
    view = bundle_view(public_id, asker=asker_of(request))
    if view is None:
        raise Http404
    wanted = [each.member.ref for each in view.lines if not each.is_owned]
    if request.POST.get("then") == "buy":
        names = [("item", f"release:{each.public_id}") for each in view.lines if not each.is_owned]
        return redirect(f"{reverse('checkout')}?{urlencode(names)}")
    cart_id = _cart_id(request)
    try:
        for ref in wanted:
            add_to_cart(cart_id=cart_id, ref=ref, now=timezone.now())
    except CartFullError as error:
        messages.error(request, str(error))
    return redirect("cart")


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


def till_of(basket: Basket, arranged: Arranged) -> Till:
    """The cart as a till receipt, with what cannot be bought at its end."""
    rows = [_row(line, note_of(line, arranged)) for line in basket.lines]
    rows += [_row(line, why_not(line)) for line in basket.refused]
    rows.append(Row(gettext("Total"), price_text(basket.total), kind="total"))
    notes = (gettext("Nothing is added to this at the checkout."),)
    return Till(gettext("Your cart"), tuple(rows), notes=notes)


def _row(line: BasketLine, note: str) -> Row:
    price = line.offer.price if line.is_for_sale else None
    return Row(
        label=line.title,
        amount=price_text(price) if price else "",
        kind="line" if price else "plain",
        note=note,
        url=page_of(line.kind, line),
        remove_url=reverse("cart-remove", args=[line.kind, line.public_id]),
    )


def why_not(line: BasketLine) -> str:
    """Why something in the cart cannot be bought."""
    if line.offer.is_owned:
        return gettext("It is on your shelf already.")
    if line.most is not None:
        return gettext("That looks like a slip of the hand: the most is %(most)s.") % {
            "most": price_text(line.most)
        }
    return sentences_of(line.offer.verdict.reasons)


def _offered(request: HttpRequest) -> Money | None:
    """What the visitor offers, where they name the price; raises ValidationError."""
    if "amount" not in request.POST:
        return None
    currency = store_of(request).currency
    field = MoneyField(currency=currency, most_micro=MICRO_MAX, in_coins=False)
    offered: Money = field.clean(request.POST["amount"])
    return offered


def _typed(amount: Money) -> str:
    return str(amount).partition(" ")[0]


def _whose_tries(request: HttpRequest) -> str:
    """Who types codes: the account, or the address that a guest comes from."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{get_adapter(request).get_client_ip(request)}"


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
