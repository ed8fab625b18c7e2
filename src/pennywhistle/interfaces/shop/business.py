"""Buying for a business: its VAT number, and what a register says of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.taxes.businesses import Business
from pennywhistle.apps.taxes.models import VatNumber
from pennywhistle.apps.taxes.numbers import (
    BusinessUnnamedError,
    VatNumberError,
    give_up_vat_number,
    is_confirmed,
    state_vat_number,
)
from pennywhistle.interfaces.common.format import country_name, date_text
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.users.models import User


class NumberForm(forms.Form):
    """A VAT number, as it stands on one's papers."""

    number = forms.CharField(
        label=_("VAT number"),
        max_length=40,
        required=False,
        help_text=_("With its prefix, such as DE136695976. Empty: you buy as a private person."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Name of the business"),
        max_length=300,
        required=False,
        help_text=_("Name and address as the register of VAT numbers has them."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    street = forms.CharField(
        label=_("Street"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = forms.CharField(
        label=_("City"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )


@require_http_methods(["GET", "POST"])
def business(request: HttpRequest) -> HttpResponse:
    """State a number, or give it up; it counts from the day that it is confirmed."""
    buyer = buyer_of(request)
    standing = VatNumber.objects.of(user=buyer).prefetch_related("answers").first()
    initial = {"number": standing.number, **asdict(standing.business)} if standing else {}
    form = NumberForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            _say(request, buyer, form.cleaned_data)
        except BusinessUnnamedError as error:
            form.add_error("name", str(error))
            status = 400
        except VatNumberError as error:
            form.add_error("number", str(error))
            status = 400
        else:
            return redirect("business")
    context = {
        "form": form,
        "standing": standing,
        "said": _said(standing),
        "country": country_name(buyer.country) if buyer.country else "",
    }
    return render(request, "shop/business.html", context, status=status)


def _say(request: HttpRequest, buyer: User, said: dict[str, str]) -> None:
    if said["number"]:
        business = Business(said["name"], said["street"], said["postcode"], said["city"])
        state_vat_number(
            user_id=buyer.pk, text=said["number"], business=business, now=timezone.now()
        )
        messages.success(request, gettext("Noted. It counts once it is confirmed."))
    else:
        give_up_vat_number(user_id=buyer.pk, now=timezone.now())
        messages.success(request, gettext("You buy as a private person."))


def _said(standing: VatNumber | None) -> str:
    """How the number stands, in a sentence."""
    if standing is None:
        return ""
    answers = list(standing.answers.all())
    if not answers:
        return gettext(
            "Nobody has confirmed it yet. Until then the tax of your country is charged as usual."
        )
    last, day = answers[-1], date_text(answers[-1].asked_at.date())
    if last.is_valid and not is_confirmed(standing, timezone.now()):
        return gettext(
            "The number is valid. The register does not say that it is yours: compare name and "
            "address with your papers, or wait for the store to look."
        )
    if last.is_valid:
        return gettext("Confirmed on %(day)s. You owe the tax yourself since then.") % {"day": day}
    return gettext(
        "On %(day)s the register did not know it. Check it, or ask your tax office to publish it."
    ) % {"day": day}
