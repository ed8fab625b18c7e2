"""Opening a gift by its secret: what it is, taking it, and wanting no more of such mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pennywhistle.apps.gifts import errors
from pennywhistle.apps.gifts.actions import Recipient, redeem, want_no_gifts
from pennywhistle.apps.gifts.models import Gift
from pennywhistle.apps.gifts.queries import Cost, cost_of, gift_mailed, gift_opened
from pennywhistle.interfaces.common.authority import sentences_of
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.shop.refunds import keep_waiver, waiver_words
from pennywhistle.interfaces.shop.shown import shown_amount
from pennywhistle.interfaces.shop.things import things_of
from pennywhistle.interfaces.shop.visitor import buyer_of, shopper_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@login_not_required
def gift_open(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody was given, before they take it. Whoever has the link may look."""
    gift = gift_opened(token)
    if gift is None:
        raise Http404
    if gift.state != Gift.State.OPEN:
        return _gone(request, gift)
    return _page(request, gift, token)


@require_POST
def gift_take(request: HttpRequest, token: str) -> HttpResponse:
    """Make it the visitor's own: what was given, or its worth as balance."""
    shown = shown_amount(request.POST.get("shown", ""))
    recipient = Recipient(buyer_of(request).pk, shopper_of(request).territory)
    try:
        gift = redeem(token=token, recipient=recipient, shown=shown, now=timezone.now())
    except errors.GiftGoneError:
        return redirect("gift-open", token)
    except errors.GiftNotSoldError:
        messages.error(
            request,
            gettext("It could not be sold to you just now; look again, or take the balance."),
        )
        return redirect("gift-open", token)
    if gift is None:
        raise Http404
    if gift.order_id is not None:
        keep_waiver(request, gift.order_id)
        messages.success(request, gettext("It is yours, in every format, for ever."))
        return redirect("order", gift.order_id)
    messages.success(request, gettext("It is on your balance."))
    return redirect("balance")


# Mail programs send the same without a page of ours (RFC 8058); the secret is in the address.
@csrf_exempt
@require_http_methods(["GET", "POST"])
@login_not_required
def no_gifts(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever got a gift's mail wants no more of them."""
    if gift_mailed(token) is None:
        raise Http404
    is_done = request.method == "POST" and want_no_gifts(token=token, now=timezone.now())
    context = {"is_done": is_done, "here": reverse("gift-no-mails", args=[token])}
    return render(request, "shop/no_gifts.html", context)


def _page(request: HttpRequest, gift: Gift, token: str) -> HttpResponse:
    ref = gift.ref
    here = reverse("gift-open", args=[token])
    is_known = request.user.is_authenticated
    cost = Cost(None)
    if ref is not None and is_known:
        shopper = shopper_of(request)
        cost = cost_of(ref, user_id=shopper.user_id, territory=shopper.territory, at=shopper.at)
    dearer = cost.price - gift.held if cost.price is not None and cost.price > gift.held else None
    context = {
        "gift": gift,
        "thing": things_of({ref}).get(ref) if ref is not None else None,
        "held_text": price_text(gift.held),
        "is_signed_in": is_known,
        "is_balance": ref is None,
        "is_owned": cost.is_owned,
        "shown": str(cost.price) if cost.price is not None else "",
        "dearer_text": price_text(dearer) if dearer is not None else "",
        "why_not": sentences_of(cost.reasons) if cost.reasons else "",
        "waiver_words": waiver_words(shopper_of(request).territory),
        "take_url": reverse("gift-take", args=[token]),
        "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': here})}",
        "sign_up_url": f"{reverse('account_signup')}?{urlencode({'next': here})}",
    }
    response = render(request, "shop/gift_open.html", context)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _gone(request: HttpRequest, gift: Gift) -> HttpResponse:
    is_mine = request.user.is_authenticated and gift.redeemer_id == request.user.pk
    if is_mine and gift.order_id is not None:
        return redirect("order", gift.order_id)
    if is_mine:
        return redirect("balance")
    return render(request, "shop/gift_gone.html", status=410)
