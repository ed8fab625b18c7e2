"""What buyers say of themselves: their name, and the country that decides what they may buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.taxes.moving import describe_buyer
from pennywhistle.interfaces.common.format import country_name
from pennywhistle.interfaces.common.forms import country_choices_with_none
from pennywhistle.interfaces.shop.addresses import own_path
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class ProfileForm(forms.Form):
    """Who somebody is to the store."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    country = forms.ChoiceField(
        label=_("Country you live in"),
        choices=country_choices_with_none,
        help_text=_("It decides what may be sold to you from now on. What you own stays yours."),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Change one's name and country."""
    buyer = buyer_of(request)
    form = ProfileForm(
        request.POST or None,
        initial={
            "name": buyer.name,
            "country": buyer.country,
            "next": own_path(request, request.GET.get("next")),
        },
    )
    if request.method == "POST" and form.is_valid():
        country = form.cleaned_data["country"]
        is_number_gone = describe_buyer(
            user_id=buyer.pk,
            name=form.cleaned_data["name"],
            country=country,
            now=timezone.now(),
        )
        if is_number_gone:
            messages.info(request, gettext("Your VAT number was of another country: it is gone."))
        told = gettext("Saved. You buy in this country now: %(country)s.")
        messages.success(request, told % {"country": country_name(country)})
        return redirect(own_path(request, form.cleaned_data["next"], fallback=reverse("profile")))
    context = {"form": form, "back": own_path(request, request.GET.get("next"))}
    status = 400 if request.method == "POST" else 200
    return render(request, "shop/profile.html", context, status=status)
