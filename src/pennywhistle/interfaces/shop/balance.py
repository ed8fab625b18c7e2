"""The prepaid balance: what it holds, how it moved, and how a payment stands."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.ledger.queries import balance_of, other_balances, reserved_of
from pennywhistle.apps.orders.history import Movement, movements_of, movements_per_page
from pennywhistle.apps.payments.actions import TopUpError, refresh_top_up
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.apps.payments.unspent import unspent_of
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import own_path
from pennywhistle.interfaces.shop.paying_form import typed
from pennywhistle.interfaces.shop.transfers import about_transfer
from pennywhistle.interfaces.shop.visitor import buyer_of, is_partial
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# In an address: show how it went, and do not lead on to the purchase that it was for.
LOOK = "look=1"


@require_GET
def balance(request: HttpRequest) -> HttpResponse:
    """What the balance holds, and what moved on it."""
    buyer, currency = buyer_of(request), store_of(request).currency
    reserved = reserved_of(user=buyer, currency=currency)
    before = _uuid(request.GET.get("before", ""))
    moved = movements_of(user=buyer, currency=currency, before=before)
    shown = moved[:movements_per_page]
    following = (
        f"{reverse('balance')}?before={shown[-1].entry_id}" if len(moved) > len(shown) else ""
    )
    given = unspent_of(user=buyer, currency=currency).bonus
    context = {
        "amount": price_text(balance_of(user=buyer, currency=currency)),
        "given": price_text(given) if given else "",
        "reserved": price_text(reserved) if reserved else "",
        "others": [price_text(each) for each in other_balances(user=buyer, currency=currency)],
        "movements": [_drawn(movement) for movement in shown],
        "open_top_ups": [
            (reverse("top-up-state", args=[top_up.id]), _amount_of(top_up))
            for top_up in TopUp.objects.of(user=buyer).open()[:5]
        ],
        "pager": {"next_url": following, "previous_url": ""},
        "empty": {
            "title": gettext("Nothing has moved yet"),
            "text": gettext("What you pay in and what you buy stands here, line by line."),
            "icon": "receipt",
            "action_url": reverse("top-up"),
            "action_label": gettext("Top up"),
        },
    }
    return render(request, "shop/balance.html", context)


@require_GET
def top_up_state(request: HttpRequest, top_up_id: UUID) -> HttpResponse:
    """Where the provider sends the buyer back: asks how the payment stands, and what is next."""
    mine = TopUp.objects.of(user=buyer_of(request)).filter(id=top_up_id).first()
    if mine is None:
        raise Http404
    is_unreachable = False
    try:
        mine = refresh_top_up(top_up_id=top_up_id, now=timezone.now())
    except (ProviderError, TopUpError):
        is_unreachable = True
    back = own_path(request, mine.return_path, fallback=reverse("balance"))
    is_checkout = back.startswith(reverse("checkout"))
    is_just_passing = "look" not in request.GET and not is_partial(request)
    if mine.state == TopUp.State.PAID and is_checkout and is_just_passing:
        messages.success(request, gettext("Your money has arrived. Here is what you came for."))
        return redirect(back)
    context = {
        "top_up": mine,
        "amount": _amount_of(mine),
        "bonus": price_text(Money(mine.bonus_micro, mine.currency)) if mine.bonus_micro else "",
        "is_open": mine.state in {TopUp.State.CREATED, TopUp.State.PENDING},
        "is_unreachable": is_unreachable,
        "back": back,
        "is_checkout": is_checkout,
        "here": reverse("top-up-state", args=[mine.id]),
        **about_transfer(mine),
        # The same wish by any door that is open.
        "again": f"{reverse('top-up')}?{urlencode(_wish(mine, back))}",
        "balance": price_text(balance_of(user=buyer_of(request), currency=mine.currency)),
    }
    name = "shop/_top_up_state.html" if is_partial(request) else "shop/top_up_state.html"
    return render(request, name, context)


def _wish(top_up: TopUp, back: str) -> dict[str, str]:
    return {"amount": typed(Money(top_up.amount_micro, top_up.currency)), "next": back}


def _amount_of(top_up: TopUp) -> str:
    return price_text(Money(top_up.amount_micro, top_up.currency))


def _drawn(movement: Movement) -> dict[str, str]:
    url = ""
    if movement.kind == "sale":
        title, url = movement.title, reverse("receipt", args=[movement.entry_id])
    elif movement.kind == "refund":
        title = gettext("Refund: %(title)s") % {"title": movement.title}
        url = reverse("receipt", args=[movement.entry_id])
    elif movement.kind == "payback":
        is_back = movement.amount.micro > 0
        title = gettext("Could not be paid back") if is_back else gettext("Paid back to you")
        url = reverse("payback")
    elif movement.kind == "reserve":
        title, url = gettext("Set aside for a pre-order or a gift"), ""
    elif movement.kind == "tax":
        title, url = gettext("Tax that you owe yourself, given back"), reverse("invoices")
    elif movement.kind == "unreserve":
        title, url = gettext("Came back, or was given to you"), ""
    elif movement.kind == "dispute":
        is_back = movement.amount.micro > 0
        kept = gettext("Kept apart: your bank takes the payment back")
        title = gettext("Free again after your bank's question") if is_back else kept
    elif movement.kind == "bonus":
        title = gettext("Added by the store")
    elif movement.top_up_id is not None:
        title = gettext("Paid in")
        url = f"{reverse('top-up-state', args=[movement.top_up_id])}?{LOOK}"
    else:
        title = gettext("Paid in")
    return {
        "day": date_text(movement.occurred_at),
        "title": title,
        "url": url,
        "amount": price_text(movement.amount),
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
