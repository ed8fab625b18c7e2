"""The withdrawal function: a statement, a confirmation, an acknowledgment (2011/83/EU, 11a)."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.ledger.queries import other_balances
from pennywhistle.apps.orders.actions.refunds import RefundError
from pennywhistle.apps.orders.actions.withdraw import Stated, withdraw
from pennywhistle.apps.orders.ended import name_length_max
from pennywhistle.apps.orders.letters import acknowledged_to
from pennywhistle.apps.orders.models import Withdrawal
from pennywhistle.apps.orders.returns import Against, withdrawable_lines
from pennywhistle.apps.payments.paying_back import PaybackError
from pennywhistle.apps.payments.unspent import unspent_of
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.refund_words import against_withdrawal_text, together_text
from pennywhistle.interfaces.shop.visitor import buyer_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.orders.models import OrderLine
    from pennywhistle.apps.orders.returns import Return
    from pennywhistle.apps.payments.unspent import Unspent

BALANCE = "balance"
# What a mail program would make a link of.
_WEB_ADDRESS = re.compile(r"://|www\.|\w\.\w{2,}", re.IGNORECASE)


class StatementForm(forms.Form):
    """Who withdraws, from what, and where the acknowledgment goes."""

    contract = forms.ChoiceField(label=_("I withdraw from"), widget=forms.RadioSelect)
    name = forms.CharField(label=_("Your name"), max_length=name_length_max)
    contact = forms.EmailField(
        label=_("Mail address"),
        help_text=_("The acknowledgment of receipt goes to your account's address, and there."),
    )
    key = forms.RegexField(r"\A[A-Za-z0-9_-]{16,64}\Z", widget=forms.HiddenInput)

    def __init__(self, *args: object, contracts: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["contract"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = contracts

    def clean_name(self) -> str:
        """It stands in a mail of the store: no name makes that somebody's advertisement."""
        name: str = self.cleaned_data["name"]
        if _WEB_ADDRESS.search(name):
            raise ValidationError(
                gettext("This looks like the address of a page. Write a space after each dot.")
            )
        return name


@require_http_methods(["GET", "POST"])
def withdrawal(request: HttpRequest) -> HttpResponse:
    """The first step states it, the second confirms it; both show what is withdrawn from."""
    buyer = buyer_of(request)
    lines = withdrawable_lines(user=buyer, now=timezone.now())
    unspent = _unspent(request)
    contracts = _contracts(lines, unspent)
    if request.method == "GET":
        initial = {
            "name": buyer.name,
            "contact": buyer.email,
            "contract": request.GET.get("contract", ""),
            "key": secrets.token_urlsafe(24),
        }
        form = StatementForm(initial=initial, contracts=contracts)
        return _page(request, form, lines)
    known = Withdrawal.objects.filter(user=buyer, key=request.POST.get("key", "")).first()
    if known is not None:
        return redirect("withdrawn", known.id)
    form = StatementForm(request.POST, contracts=contracts)
    if not form.is_valid():
        return _page(request, form, lines, status=400)
    words = _words(form, dict(contracts))
    if "confirm" not in request.POST:
        return _page(request, form, lines, words=words)
    try:
        made = withdraw(stated=_stated(request, form, words), now=timezone.now())
    except (RefundError, PaybackError):
        form.add_error("contract", gettext("This has changed meanwhile. Look again."))
        return _page(request, form, lines, status=409)
    return redirect("withdrawn", made.id)


@require_GET
def withdrawn(request: HttpRequest, withdrawal_id: UUID) -> HttpResponse:
    """The acknowledgment of receipt, with its day and time; the same is sent by mail."""
    made = Withdrawal.objects.filter(user=buyer_of(request), id=withdrawal_id).first()
    if made is None:
        raise Http404
    context = {"withdrawal": made, "addresses": acknowledged_to(made)}
    return render(request, "shop/withdrawn.html", context)


def _unspent(request: HttpRequest) -> list[Unspent]:
    """What is not spent: in the store's currency, then in others that the buyer paid in once."""
    buyer, store = buyer_of(request), store_of(request).currency
    others = other_balances(user=buyer, currency=store)
    currencies = [store, *(each.currency for each in others)]
    return [unspent_of(user=buyer, currency=currency) for currency in currencies]


def _contracts(
    lines: list[tuple[OrderLine, Return]], unspent: list[Unspent]
) -> list[tuple[str, str]]:
    found = [
        (str(line.pk), " ".join(filter(None, (_named(line), together_text(each)))))
        for line, each in lines
        if each.against_withdrawal is Against.NOTHING
    ]
    for each_unspent in unspent:
        if payable := each_unspent.payable:
            words = gettext("the %(money)s that I paid in and have not spent") % {
                "money": price_text(payable)
            }
            found.append((f"{BALANCE}-{payable.currency}", words))
    return found


def _named(line: OrderLine) -> str:
    thing = line.track or line.release
    return gettext("the purchase of “%(title)s” by %(artist)s on %(day)s for %(price)s") % {
        "title": thing.title,
        "artist": thing.artist_line,
        "day": date_text(line.order.placed_at),
        "price": price_text(Money(line.price_micro, line.order.currency)),
    }


def _words(form: StatementForm, contracts: dict[str, str]) -> str:
    return gettext("I, %(name)s, withdraw from %(contract)s.") % {
        "name": form.cleaned_data["name"],
        "contract": contracts[form.cleaned_data["contract"]],
    }


def _stated(request: HttpRequest, form: StatementForm, words: str) -> Stated:
    said = form.cleaned_data
    kind, _dash, currency = said["contract"].partition("-")
    is_balance = kind == BALANCE
    return Stated(
        user_id=buyer_of(request).pk,
        key=said["key"],
        name=said["name"],
        contact=said["contact"],
        sale_id=None if is_balance else UUID(said["contract"]),
        currency=currency if is_balance else store_of(request).currency,
        statement=words,
    )


def _page(
    request: HttpRequest,
    form: StatementForm,
    lines: list[tuple[OrderLine, Return]],
    *,
    words: str = "",
    status: int = 200,
) -> HttpResponse:
    contracts = dict(form.fields["contract"].choices)  # type: ignore[attr-defined]
    context = {
        "form": form,
        "action": reverse("withdraw"),
        "words": words,
        "is_possible": bool(contracts),
        "ended": [
            (_named(line), against_withdrawal_text(each))
            for line, each in lines
            if str(line.pk) not in contracts
        ],
    }
    return render(request, "shop/withdraw.html", context, status=status)
