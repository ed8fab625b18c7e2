"""Having unspent money paid back to where it came from."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.ledger.queries import other_balances
from pennywhistle.apps.payments.models import Payback
from pennywhistle.apps.payments.payback_limits import PaybackTooManyError, least_payback
from pennywhistle.apps.payments.paying_back import PaybackAsked, PaybackError, pay_back
from pennywhistle.apps.payments.unspent import unspent_of
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.visitor import buyer_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.payments.unspent import Unspent

_SHOWN_MAX = 50


class PaybackForm(forms.Form):
    """How much goes back; `key` was made when the form was drawn."""

    key = forms.RegexField(r"\A[A-Za-z0-9_-]{16,64}\Z", widget=forms.HiddenInput)

    def __init__(self, *args: object, payable: Money, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["amount"] = MoneyField(
            label=gettext("Amount"),
            currency=payable.currency,
            least_micro=least_payback(payable).micro,
            most_micro=payable.micro,
            help_text=gettext("All of it, or a part."),
        )


@require_http_methods(["GET", "POST"])
def payback(request: HttpRequest) -> HttpResponse:
    """Say what can go back and by which way it came; then send it."""
    buyer, currency = buyer_of(request), _currency(request)
    unspent = unspent_of(user=buyer, currency=currency)
    if request.method == "GET":
        initial = {"amount": _typed(unspent.payable), "key": secrets.token_urlsafe(24)}
        return _page(request, PaybackForm(initial=initial, payable=unspent.payable), unspent)
    form = PaybackForm(request.POST, payable=unspent.payable)
    key = request.POST.get("key", "")
    if not Payback.objects.of(user=buyer).filter(key=key).exists():
        if not form.is_valid():
            return _page(request, form, unspent, status=400)
        asked = PaybackAsked(buyer.pk, currency, form.cleaned_data["amount"], key)
        try:
            pay_back(asked=asked, now=timezone.now())
        except PaybackTooManyError:
            words = gettext("You have asked for parts of it often today. All of it goes back now.")
            form.add_error("amount", words)
            return _page(request, form, unspent, status=409)
        except PaybackError:
            form.add_error(None, gettext("Your balance has changed meanwhile. Look again."))
            return _page(request, form, unspent, status=409)
    messages.success(request, gettext("It is on its way back. Below you see how far it has come."))
    return redirect(_address(currency))


def _currency(request: HttpRequest) -> str:
    """Which balance it is about: the store's currency, or another in which the buyer has money."""
    said = request.GET.get("currency", "")
    store = store_of(request).currency
    held = other_balances(user=buyer_of(request), currency=store)
    return said if said in {each.currency for each in held} else store


def _address(currency: str) -> str:
    return f"{reverse('payback')}?{urlencode({'currency': currency})}"


def _page(
    request: HttpRequest, form: PaybackForm, unspent: Unspent, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "action": _address(unspent.balance.currency),
        "others": [
            (price_text(each), _address(each.currency))
            for each in other_balances(user=buyer_of(request), currency=unspent.balance.currency)
        ],
        "balance": price_text(unspent.balance),
        "payable": price_text(unspent.payable),
        "is_payable": bool(unspent.payable),
        "rest": price_text(unspent.rest) if unspent.rest else "",
        "lots": [(lot.provider.capitalize(), price_text(lot.money)) for lot in unspent.lots],
        "paybacks": [
            {
                "day": date_text(each.created_at),
                "provider": each.top_up.provider.capitalize(),
                "amount": price_text(Money(each.amount_micro, each.currency)),
                "state": _state_text(each),
            }
            for each in Payback.objects.of(user=buyer_of(request)).select_related("top_up")[
                :_SHOWN_MAX
            ]
        ],
    }
    return render(request, "shop/payback.html", context, status=status)


def _state_text(each: Payback) -> str:
    if each.state == Payback.State.FAILED:
        return gettext("Back on your balance: %(reason)s") % {"reason": each.reason}
    if each.state == Payback.State.DONE:
        return gettext("Paid back")
    # What its buyer has to do to get it, if anything.
    return each.reason or gettext("On its way")


def _typed(amount: Money) -> str:
    """As a person types it."""
    return str(amount).partition(" ")[0]
