"""Giving a purchase back, and asking for downloads at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from pennywhistle.apps.orders.actions.downloads import NotOwnedError, record_waiver
from pennywhistle.apps.orders.actions.refunds import RefundAsked, RefundError, refund_sale
from pennywhistle.apps.orders.models import Refund
from pennywhistle.apps.orders.returns import Against, line_of, return_of
from pennywhistle.apps.orders.withdrawal_law import WAIVER_WORDS, holds_in
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.shop.refund_words import against_text, terms_text, together_text
from pennywhistle.interfaces.shop.visitor import buyer_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.orders.models import OrderLine
    from pennywhistle.apps.orders.returns import Return


@require_http_methods(["GET", "POST"])
def refund(request: HttpRequest, sale_id: UUID) -> HttpResponse:
    """Ask once more, then take it back: the price is on the balance at once."""
    buyer = buyer_of(request)
    line = line_of(buyer_id=buyer.pk, sale_id=sale_id)
    if line is None:
        raise Http404
    if request.method == "GET":
        return _page(request, line, return_of(line, now=timezone.now()))
    found = return_of(line, now=timezone.now())
    is_by_law = found.against and found.against_withdrawal is Against.NOTHING
    why = Refund.Why.WITHDRAWAL if is_by_law else Refund.Why.BUYER
    try:
        made = refund_sale(asked=RefundAsked(sale_id, buyer.pk, why), now=timezone.now())
    except RefundError:
        return _page(request, line, return_of(line, now=timezone.now()), status=409)
    price = price_text(_price_of(line, found))
    messages.success(
        request, gettext("It is given back: %(price)s is on your balance again.") % {"price": price}
    )
    return redirect("receipt", made.entry_id)


@require_POST
def begin(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The buyer asks for the downloads of an order at once, after all."""
    if not request.POST.get("waiver"):
        messages.error(request, gettext("Tick the box first, if you want your downloads at once."))
        return redirect(f"{reverse('order', args=[order_id])}#begin")
    try:
        keep_waiver(request, order_id)
    except NotOwnedError as error:
        raise Http404 from error
    messages.success(request, gettext("Your downloads are ready."))
    return redirect("order", order_id)


def waiver_words(territory: str) -> str:
    """What a buyer there is asked to agree to at the till; empty where no law asks for it."""
    return gettext(WAIVER_WORDS) if holds_in(territory) else ""


def keep_waiver(request: HttpRequest, order_id: UUID) -> None:
    """Keep it with the order, if the box at the till was ticked; it is drawn without its tick."""
    if request.POST.get("waiver"):
        record_waiver(
            user_id=buyer_of(request).pk,
            order_id=order_id,
            words=gettext(WAIVER_WORDS),
            now=timezone.now(),
        )


def _price_of(line: OrderLine, found: Return) -> Money:
    """What comes back: also for what goes back with it."""
    total = line.price_micro + sum(each.price_micro for each in found.together)
    return Money(total, line.order.currency)


def _page(
    request: HttpRequest, line: OrderLine, found: Return, *, status: int = 200
) -> HttpResponse:
    thing = line.track or line.release
    context = {
        "title": thing.title,
        "artist_names": thing.artist_line,
        "price": price_text(_price_of(line, found)),
        "together": together_text(found),
        "is_possible": found.is_possible,
        "against": against_text(found),
        "terms": terms_text(found.terms),
        "order_url": reverse("order", args=[line.order_id]),
        "action": reverse("refund", args=[line.pk]),
    }
    return render(request, "shop/refund.html", context, status=status)
