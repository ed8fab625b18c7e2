"""Giving: making a gift, looking after it, printing it, taking it back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.gifts import errors, limits
from pennywhistle.apps.gifts.actions import Asked, Note, To, give, renew_secret, take_back
from pennywhistle.apps.gifts.models import Gift
from pennywhistle.apps.gifts.queries import gift_given, gifts_of, price_to_give, secret_of
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.wishes.queries import list_at
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.ahead import top_up_url
from pennywhistle.interfaces.shop.gift_form import GiftForm, first_values, state_text
from pennywhistle.interfaces.shop.plan_words import why_not_given
from pennywhistle.interfaces.shop.qr import qr_code
from pennywhistle.interfaces.shop.shown import shown_amount
from pennywhistle.interfaces.shop.things import item_called, things_of
from pennywhistle.interfaces.shop.visitor import buyer_of, shopper_of

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.interfaces.shop.things import Thing
    from pennywhistle.kernel.money import Money


@require_GET
def gifts(request: HttpRequest) -> HttpResponse:
    """What the person has given, newest first."""
    given = gifts_of(user=buyer_of(request), before=_instant(request.GET.get("before", "")))
    shown = given[: limits.gifts_per_page]
    things = things_of({ref for gift in shown if (ref := gift.ref) is not None})
    last = urlencode({"before": shown[-1].made_at.isoformat()}) if shown else ""
    context = {
        "rows": [_row(gift, things) for gift in shown],
        "pager": {
            "next_url": f"{reverse('gifts')}?{last}" if len(given) > len(shown) else "",
            "previous_url": "",
        },
        "empty": {
            "title": gettext("You have given nothing yet"),
            "text": gettext(
                "Give a track, an album or some balance: by mail on the day you choose, or on"
                " paper. You can take it back as long as nobody took it."
            ),
            "icon": "record",
            "action_url": reverse("gift-new"),
            "action_label": gettext("Give balance"),
            "more_url": reverse("new"),
            "more_label": gettext("Look for music to give"),
        },
    }
    return render(request, "shop/gifts.html", context)


@require_http_methods(["GET", "POST"])
def new_gift(request: HttpRequest) -> HttpResponse:
    """Say what is given to whom; then set its money aside."""
    said = request.POST if request.method == "POST" else request.GET
    ref = item_called(said.get("item", ""))
    if said.get("item") and ref is None:
        raise Http404
    of_list = said.get("of_list", "")
    owner_id = _owner_of(of_list)
    make = partial(
        GiftForm,
        currency=store_of(request).currency,
        is_of_list=owner_id is not None,
        has_item=ref is not None,
    )
    if request.method == "GET":
        price = _price(request, ref)
        initial = first_values(
            name=buyer_of(request).name,
            item=said.get("item", ""),
            shown=str(price) if price is not None else "",
            of_list=of_list if owner_id is not None else "",
        )
        return _form_page(request, make(initial=initial), ref)
    form = make(request.POST)
    if not form.is_valid():
        return _form_page(request, form, ref, status=400)
    return _give(request, form, ref, owner_id)


@require_GET
def gift(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """One gift, for its giver: how far it is, its link, and the way back."""
    found = _mine(request, gift_id)
    ref = found.ref
    secret = secret_of(found) if found.state == Gift.State.OPEN else ""
    context = {
        "gift": found,
        "row": _row(found, things_of({ref} if ref else ())),
        "address": gift_address(secret) if secret else "",
        "is_open": found.state == Gift.State.OPEN,
        "is_mailed": found.sent_at is not None,
    }
    return _secretly(render(request, "shop/gift.html", context))


@require_GET
def gift_paper(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """The gift to be printed and handed over."""
    found = _mine(request, gift_id)
    secret = secret_of(found) if found.state == Gift.State.OPEN else ""
    if not secret:
        raise Http404
    ref = found.ref
    context = {
        "gift": found,
        "row": _row(found, things_of({ref} if ref else ())),
        "address": gift_address(secret),
        "qr_url": reverse("gift-qr", args=[gift_id]),
        "back": reverse("gift", args=[gift_id]),
    }
    return _secretly(render(request, "shop/gift_paper.html", context))


@require_GET
def gift_qr(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """The gift's link as a QR code, for the paper."""
    found = _mine(request, gift_id)
    secret = secret_of(found) if found.state == Gift.State.OPEN else ""
    if not secret:
        raise Http404
    return _secretly(qr_code(gift_address(secret)))


@require_POST
def gift_anew(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """Give the gift a new link, where the store cannot show the first: that one ends."""
    found = _mine(request, gift_id)
    if found.state == Gift.State.OPEN and renew_secret(gift_id=found.id):
        messages.success(request, gettext("This is its link now. An earlier one opens nothing."))
    return redirect("gift", gift_id)


@require_POST
def gift_take_back(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """Have the money again, as long as nobody took the gift."""
    try:
        found = take_back(giver_id=buyer_of(request).pk, gift_id=gift_id, now=timezone.now())
    except errors.GiftGoneError:
        messages.warning(request, gettext("It was taken meanwhile, and is theirs now."))
        return redirect("gift", gift_id)
    if found is None:
        raise Http404
    messages.success(request, gettext("Taken back. The money is on your balance again."))
    return redirect("gifts")


def gift_address(secret: str) -> str:
    """Where whoever has the secret opens the gift."""
    return settings.ORIGIN + reverse("gift-open", args=[secret])


def _give(
    request: HttpRequest, form: GiftForm, ref: ItemRef | None, owner_id: int | None
) -> HttpResponse:
    data = form.cleaned_data
    amount = data["amount"] if ref is None else shown_amount(data["shown"])
    if amount is None:
        form.add_error(None, gettext("It is not sold where you are, so it cannot be given."))
        return _form_page(request, form, ref, status=409)
    asked = Asked(buyer_of(request).pk, ref, amount, shopper_of(request).territory, data["key"])
    note = Note(data["from_name"], data["words"], get_language() or settings.LANGUAGE_CODE)
    to = To(data.get("email", ""), owner_id, form.send_at)
    try:
        made = give(asked=asked, note=note, to=to, now=timezone.now())
    except errors.GiftTooDearError as error:
        form.add_error(None, why_not_given(error))
        return _form_page(request, form, ref, status=402, needed=amount)
    except errors.GiftPriceMovedError as error:
        form.add_error(None, why_not_given(error))
        asked_anew = request.POST.copy()
        asked_anew["shown"] = str(_price(request, ref) or "")
        form.data = asked_anew
        return _form_page(request, form, ref, status=409)
    except errors.GiftError as error:
        form.add_error(None, why_not_given(error))
        return _form_page(request, form, ref, status=409)
    messages.success(request, gettext("Given. It waits to be taken."))
    return redirect("gift", made.id)


def _form_page(
    request: HttpRequest,
    form: GiftForm,
    ref: ItemRef | None,
    *,
    status: int = 200,
    needed: Money | None = None,
) -> HttpResponse:
    price = _price(request, ref)
    balance = balance_of(user=buyer_of(request), currency=store_of(request).currency)
    lacking = needed or (price if price is not None and price > balance else None)
    context = {
        "form": form,
        "action": reverse("gift-new"),
        "thing": things_of({ref}).get(ref) if ref else None,
        "price_text": price_text(price) if price else "",
        "is_refused": ref is not None and price is None,
        "balance": price_text(balance),
        "top_up_url": top_up_url(_here(form), missing=lacking - balance) if lacking else "",
    }
    return render(request, "shop/gift_new.html", context, status=status)


def _here(form: GiftForm) -> str:
    """This page for the same item again."""
    kept = {name: form[name].value() for name in ("item", "of_list") if form[name].value()}
    return f"{reverse('gift-new')}?{urlencode(kept)}" if kept else reverse("gift-new")


def _price(request: HttpRequest, ref: ItemRef | None) -> Money | None:
    if ref is None:
        return None
    return price_to_give(ref, territory=shopper_of(request).territory, at=timezone.now())


def _owner_of(link: str) -> int | None:
    """Whose public wish list it is from; a list that is shown no more is nobody's."""
    found = list_at(link) if link else None
    return found.owner_id if found is not None else None


def _mine(request: HttpRequest, gift_id: UUID) -> Gift:
    found = gift_given(user=buyer_of(request), gift_id=gift_id)
    if found is None:
        raise Http404
    return found


def _row(gift: Gift, things: dict[ItemRef, Thing]) -> dict[str, object]:
    ref = gift.ref
    thing = things.get(ref) if ref is not None else None
    return {
        "thing": thing,
        "title": thing.title if thing else gettext("Balance"),
        "amount": price_text(gift.held),
        "day": date_text(gift.made_at),
        "state": state_text(gift),
        "to": gift.to_email or (gettext("whose wish list it is of") if gift.to_user_id else ""),
        "send_on": date_text(gift.send_at) if gift.send_at else "",
        "url": reverse("gift", args=[gift.id]),
    }


def _secretly(response: HttpResponse) -> HttpResponse:
    """A page with a secret on it stays in no cache."""
    response["Cache-Control"] = "private, no-store"
    return response


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
