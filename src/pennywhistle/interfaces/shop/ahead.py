"""Ordering ahead of a release: what it will cost and when, what one waits for, and canceling."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.discovery.queries import item_named
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.queries import AtTill
from pennywhistle.apps.preorders import errors
from pennywhistle.apps.preorders.actions import Asked, cancel_pre_order, order_ahead
from pennywhistle.apps.preorders.queries import (
    coming_by,
    coming_of,
    waiting_for,
    waiting_of,
)
from pennywhistle.interfaces.common.format import country_name, date_text, price_text
from pennywhistle.interfaces.shop.plan_words import why_not_ordered
from pennywhistle.interfaces.shop.refunds import waiver_words
from pennywhistle.interfaces.shop.shown import shown_amount
from pennywhistle.interfaces.shop.things import things_of
from pennywhistle.interfaces.shop.till import Row, Till
from pennywhistle.interfaces.shop.visitor import buyer_of, shopper_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.discovery.offers import Offer, Shopper
    from pennywhistle.apps.preorders.queries import Coming
    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.apps.users.models import User
    from pennywhistle.interfaces.shop.things import Thing

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


@require_http_methods(["GET", "POST"])
def pre_order(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """Show what will be paid and when; then set it aside."""
    ref = item_named(kind, public_id)
    thing = things_of([ref]).get(ref) if ref else None
    if ref is None or thing is None:
        raise Http404
    if request.method == "POST":
        return _place(request, ref, thing)
    return _confirm(request, ref, thing)


@require_GET
def pre_orders(request: HttpRequest) -> HttpResponse:
    """What the buyer waits for, the next release first."""
    context = {
        "rows": waiting_rows(buyer_of(request)),
        "empty": {
            "title": gettext("You wait for nothing"),
            "text": gettext(
                "Where a release is announced, its page lets you order it ahead. It stands here"
                " until it is out, and on your shelf from then on."
            ),
            "icon": "open",
            "action_url": reverse("new"),
            "action_label": gettext("See what is new"),
        },
    }
    return render(request, "shop/pre_orders.html", context)


@require_POST
def cancel(request: HttpRequest, pre_order_id: UUID) -> HttpResponse:
    """Take back what was set aside."""
    try:
        found = cancel_pre_order(
            buyer_id=buyer_of(request).pk, pre_order_id=pre_order_id, now=timezone.now()
        )
    except errors.SoldAlreadyError:
        messages.warning(request, gettext("It is out already, and stands on your shelf."))
        return redirect("shelf")
    if found is None:
        raise Http404
    messages.success(request, gettext("Canceled. The money is on your balance again."))
    return redirect("pre-orders")


def pre_order_offer(offer: Offer, *, kind: str, public_id: str, shopper: Shopper) -> object:
    """How an item's page offers it ahead of its release; None where it does not."""
    if offer.is_owned or offer.is_for_sale:
        return None
    asker = AtTill(shopper.user_id, shopper.territory, shopper.at, {offer.ref.release_id})
    coming = coming_by(offer.ref, offer.verdict, asker)
    if coming is None:
        return None
    return {
        "price_text": price_text(coming.price),
        "later_text": price_text(coming.later) if coming.later else "",
        "day": date_text(coming.at),
        "url": reverse("pre-order", args=[kind, public_id]),
    }


def waiting_rows(user: User) -> list[dict[str, object]]:
    """What somebody waits for, as the shelf shows it."""
    waiting = waiting_for(user=user)
    things = things_of({each.ref for each in waiting})
    return [
        {
            "thing": things.get(each.ref),
            "day": date_text(each.releases_at),
            "price_text": price_text(each.held),
            "ordered_on": date_text(each.placed_at),
            "cancel_url": reverse("pre-order-cancel", args=[each.id]),
        }
        for each in waiting
    ]


def _place(request: HttpRequest, ref: ItemRef, thing: Thing) -> HttpResponse:
    key = request.POST.get("key", "")
    shown = shown_amount(request.POST.get("shown", ""))
    if not _KEY.fullmatch(key) or shown is None:
        raise BadRequest("The order is incomplete.")
    territory = shopper_of(request).territory
    words = waiver_words(territory) if request.POST.get("waiver") else ""
    asked = Asked(buyer_of(request).pk, ref, territory, shown, key, words)
    try:
        order_ahead(asked=asked, now=timezone.now())
    except errors.TooLittleError as error:
        return _confirm(request, ref, thing, error=error, status=402)
    except errors.PreOrderError as error:
        return _confirm(request, ref, thing, error=error, status=409)
    messages.success(
        request, gettext("Ordered. It comes to your shelf by itself on the day it is out.")
    )
    return redirect("pre-orders")


def _confirm(
    request: HttpRequest,
    ref: ItemRef,
    thing: Thing,
    *,
    error: errors.PreOrderError | None = None,
    status: int = 200,
) -> HttpResponse:
    shopper, buyer = shopper_of(request), buyer_of(request)
    if waiting_of(user=buyer, ref=ref) is not None:
        return redirect("pre-orders")
    asker = AtTill(buyer.pk, shopper.territory, shopper.at, {ref.release_id})
    coming = coming_of(ref, asker)
    if coming is None:
        messages.info(request, gettext("It cannot be ordered ahead now."))
        return redirect(thing.url)
    balance = balance_of(user=buyer, currency=coming.price.currency)
    context = {
        "thing": thing,
        "till": _till(thing, coming, balance),
        "error": why_not_ordered(error, price=coming.price) if error else "",
        "day": date_text(coming.at),
        "country": country_name(shopper.territory),
        "key": secrets.token_urlsafe(24),
        "shown": str(coming.price),
        "price_text": price_text(coming.price),
        "later_text": price_text(coming.later) if coming.later else "",
        "waiver_words": waiver_words(shopper.territory),
        "is_covered": balance >= coming.price,
        "action": reverse("pre-order", args=[thing.kind, thing.public_id]),
        "top_up_url": top_up_url(request.path, missing=coming.price - balance),
    }
    return render(request, "shop/pre_order.html", context, status=status)


def top_up_url(back: str, *, missing: Money) -> str:
    """To the top-up with what is missing, if anything is, and back."""
    least = max(missing, Money.zero(missing.currency))
    asked = {"least": str(least).partition(" ")[0], "next": back}
    return f"{reverse('top-up')}?{urlencode(asked)}"


def _till(thing: Thing, coming: Coming, balance: Money) -> Till:
    rows = [
        Row(thing.title, price_text(coming.price), note=thing.artist_line, url=thing.url),
        Row(gettext("Set aside now"), price_text(coming.price), kind="total"),
        Row(gettext("Your balance"), price_text(balance), kind="sub"),
    ]
    if balance >= coming.price:
        left = price_text(balance - coming.price)
        rows.append(Row(gettext("Left afterwards"), left, kind="sub"))
    return Till(gettext("Pre-order"), tuple(rows))
