"""The form by which money is paid in, and what stands in it first."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.payments.limits import round_amount, top_up_bounds
from pennywhistle.apps.payments.puzzle import token_length_max
from pennywhistle.interfaces.common.door_names import door_name
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import own_path
from pennywhistle.kernel.money import Money, MoneyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from pennywhistle.apps.payments.doors import Door

# What is offered to choose from, in the round amounts of the store's currency.
AMOUNTS = (2, 5, 10, 25, 50)
_AMOUNT_FIRST = 5
# As long as a top-up can remember where its buyer came from.
return_path_length_max = 300
_typed_length_max = 30


class TopUpForm(forms.Form):
    """How much, by which door, and where to afterwards; `key` was made when the form was drawn."""

    provider = forms.ChoiceField(label=_("Pay with"))
    key = forms.RegexField(r"\A[A-Za-z0-9_-]{16,64}\Z", widget=forms.HiddenInput)
    next = forms.CharField(required=False, widget=forms.HiddenInput, max_length=2_000)
    challenge = forms.CharField(
        required=False, widget=forms.HiddenInput, max_length=token_length_max
    )
    solution = forms.CharField(required=False, widget=forms.HiddenInput, max_length=12)

    def __init__(
        self, *args: object, currency: str, doors: Sequence[Door], **kwargs: object
    ) -> None:
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
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(door.code, door_name(door.code)) for door in doors]
        if len(doors) == 1:
            field.widget = forms.HiddenInput()


def first_values(request: HttpRequest, doors: Sequence[Door]) -> dict[str, str]:
    """The amount that is named, or the smallest round one that covers what is missing."""
    currency = store_of(request).currency
    least = _money(request.GET.get("least", ""), currency)
    offered = [round_amount(currency, each) for each in AMOUNTS if each >= _AMOUNT_FIRST]
    fitting = [each for each in offered if each >= least]
    coarse = round_amount(currency)
    enough = fitting[0] if fitting else round_amount(currency, -(-least.micro // coarse.micro))
    named = _money(request.GET.get("amount", ""), currency)
    return _values(request, doors, typed(named or enough), request.GET.get("next"))


def kept_values(request: HttpRequest, doors: Sequence[Door]) -> dict[str, str]:
    """What was sent, as a new payment by the first of these doors."""
    amount = request.POST.get("amount", "")[:_typed_length_max]
    return _values(request, doors, amount, request.POST.get("next"))


def return_path(request: HttpRequest, path: str | None) -> str:
    """Where to go afterwards, on this store's pages."""
    own = own_path(request, path, fallback=reverse("balance"))
    return own if len(own) <= return_path_length_max else reverse("checkout")


def typed(amount: Money) -> str:
    """An amount as a person types it."""
    decimal = amount.decimal
    return f"{decimal:.0f}" if decimal == decimal.to_integral_value() else str(decimal.normalize())


def _values(
    request: HttpRequest, doors: Sequence[Door], amount: str, path: str | None
) -> dict[str, str]:
    return {
        "amount": amount,
        "provider": doors[0].code if doors else "",
        "key": secrets.token_urlsafe(24),
        "next": return_path(request, path),
    }


def _money(text: str, currency: str) -> Money:
    try:
        return Money.parse(text or "0", currency=currency)
    except MoneyError:
        return Money.zero(currency)
