"""The prepaid balance: what it holds, how it moved, and paying money in."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.ledger.queries import balance_of, other_balances, reserved_of
from pennywhistle.apps.orders.history import Movement, movements_of, movements_per_page
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.actions import (
    TopUpAsked,
    TopUpEndedError,
    TopUpError,
    TopUpKeyReusedError,
    refresh_top_up,
    start_top_up,
)
from pennywhistle.apps.payments.bonus import bonus_steps
from pennywhistle.apps.payments.limits import round_amount, top_up_bounds
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.apps.payments.unspent import unspent_of
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.network import note_where
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.common.territory import territory_of
from pennywhistle.interfaces.shop.addresses import own_path
from pennywhistle.interfaces.shop.visitor import buyer_of, is_partial
from pennywhistle.kernel.money import Money, MoneyError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# What is offered to choose from, in the round amounts of the store's currency.
AMOUNTS = (2, 5, 10, 25, 50)
_AMOUNT_FIRST = 5
# In an address: show how it went, and do not lead on to the purchase that it was for.
LOOK = "look=1"
# As long as a top-up can remember where its buyer came from.
return_path_length_max = 300


class TopUpForm(forms.Form):
    """How much, by whom, and where to afterwards; `key` was made when the form was drawn."""

    provider = forms.ChoiceField(label=_("Pay with"))
    key = forms.RegexField(r"\A[A-Za-z0-9_-]{16,64}\Z", widget=forms.HiddenInput)
    next = forms.CharField(required=False, widget=forms.HiddenInput, max_length=2_000)

    def __init__(self, *args: object, currency: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.currency = currency
        least, most = top_up_bounds(currency)
        self.fields["amount"] = MoneyField(
            label=gettext("Amount"),
            currency=currency,
            least_micro=least.micro,
            most_micro=most.micro,
            help_text=gettext("From %(least)s to %(most)s at once.")
            % {"least": price_text(least), "most": price_text(most)},
        )
        self.order_fields(["amount", "provider"])
        codes = providers.codes()
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code.capitalize()) for code in codes]
        if len(codes) == 1:
            field.widget = forms.HiddenInput()


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


@require_http_methods(["GET", "POST"])
def top_up(request: HttpRequest) -> HttpResponse:
    """Choose an amount, and go to the provider to pay it."""
    currency = store_of(request).currency
    if request.method == "GET":
        return _top_up_page(request, TopUpForm(initial=_initial(request), currency=currency))
    form = TopUpForm(request.POST, currency=currency)
    if not form.is_valid():
        return _top_up_page(request, form, status=400)
    note_where(request, territory=territory_of(request), now=timezone.now())
    asked = TopUpAsked(
        user_id=buyer_of(request).pk,
        amount=form.cleaned_data["amount"],
        provider_code=form.cleaned_data["provider"],
        key=form.cleaned_data["key"],
        return_path=_return_path(request, form.cleaned_data["next"]),
    )
    try:
        address = start_top_up(
            asked=asked, origin=request.build_absolute_uri("/").rstrip("/"), now=timezone.now()
        )
    except (TopUpKeyReusedError, TopUpEndedError) as error:
        form.add_error(None, str(error))
        return _top_up_page(request, form, status=409)
    except (TopUpError, ProviderError) as error:
        form.add_error(None, str(error))
        return _top_up_page(request, form, status=502)
    return HttpResponseRedirect(address)


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
        "again": f"{reverse('top-up')}?{urlencode({'next': back})}",
        "balance": price_text(balance_of(user=buyer_of(request), currency=mine.currency)),
    }
    name = "shop/_top_up_state.html" if is_partial(request) else "shop/top_up_state.html"
    return render(request, name, context)


def _top_up_page(request: HttpRequest, form: TopUpForm, *, status: int = 200) -> HttpResponse:
    offered = [round_amount(form.currency, each) for each in AMOUNTS]
    context = {
        "form": form,
        "action": reverse("top-up"),
        "choices": [(_typed(each), price_text(each)) for each in offered],
        "bonuses": [
            (price_text(Money(step.from_micro, form.currency)), share_text(step.part))
            for step in bonus_steps(form.currency)
        ],
    }
    return render(request, "shop/top_up.html", context, status=status)


def _initial(request: HttpRequest) -> dict[str, str]:
    """The smallest round amount that covers what is missing."""
    currency = store_of(request).currency
    try:
        least = Money.parse(request.GET.get("least", "0"), currency=currency)
    except MoneyError:
        least = Money.zero(currency)
    offered = [round_amount(currency, each) for each in AMOUNTS if each >= _AMOUNT_FIRST]
    fitting = [each for each in offered if each >= least]
    coarse = round_amount(currency)
    enough = fitting[0] if fitting else round_amount(currency, -(-least.micro // coarse.micro))
    return {
        "amount": _typed(enough),
        "provider": next(iter(providers.codes()), ""),
        "key": secrets.token_urlsafe(24),
        "next": _return_path(request, request.GET.get("next")),
    }


def _typed(amount: Money) -> str:
    """A whole number of units, as a person types it."""
    return f"{amount.decimal:.0f}"


def _return_path(request: HttpRequest, path: str | None) -> str:
    own = own_path(request, path, fallback=reverse("balance"))
    return own if len(own) <= return_path_length_max else reverse("checkout")


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
