"""What a payee says for payouts: bank details, behind the password, and the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.payouts.details import DetailsSaid, record_details
from pennywhistle.apps.payouts.errors import DetailsInvalidError, TermsInvalidError
from pennywhistle.apps.payouts.limits import (
    ACCOUNT_LENGTH_MAX,
    HOLDER_LENGTH_MAX,
    THRESHOLD_UNITS_MAX,
)
from pennywhistle.apps.payouts.models import Details
from pennywhistle.apps.payouts.terms import set_account_terms, wanted_of
from pennywhistle.interfaces.common.forms import country_choices_with_none
from pennywhistle.interfaces.common.payout_words import CADENCES
from pennywhistle.interfaces.studio.payouts import account_of
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.kernel.currencies import CURRENCIES
from pennywhistle.kernel.money import AmountInvalidError, Money

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.ledger.models import Account


class DetailsForm(forms.Form):
    """Where the money goes. Nothing that is on record is shown: it is entered anew."""

    kind = forms.ChoiceField(
        label=_("The account is known by"),
        choices=[
            (Details.Kind.IBAN, _("an IBAN")),
            (Details.Kind.OTHER, _("something else: say the bank and how it calls the account")),
        ],
        initial=Details.Kind.IBAN,
    )
    account = forms.CharField(
        label=_("IBAN or account"),
        max_length=ACCOUNT_LENGTH_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr", "spellcheck": "false"}),
    )
    holder = forms.CharField(
        label=_("Whose account it is"),
        max_length=HOLDER_LENGTH_MAX,
        help_text=_("The name exactly as the bank has it."),
    )
    country = forms.ChoiceField(
        label=_("Country in which the holder lives"), choices=country_choices_with_none
    )


class TermsForm(forms.Form):
    """From how much on, how often, and in which currency."""

    threshold = forms.CharField(label=_("Pay from this amount on"), max_length=20)
    cadence = forms.ChoiceField(label=_("How often"), choices=list(CADENCES.items()))
    currency = forms.ChoiceField(
        label=_("Paid in"),
        choices=[(code, code) for code in sorted(CURRENCIES)],
        help_text=_("What was earned in another currency is converted once, at a rate on record."),
    )

    def threshold_money(self) -> Money | None:
        """The threshold in the currency chosen; None, with an error on the form, if it is none."""
        try:
            return Money.parse(
                self.cleaned_data["threshold"], currency=self.cleaned_data["currency"]
            )
        except AmountInvalidError:
            self.add_error("threshold", gettext("Write the amount in digits, like 20 or 20.50."))
            return None


@require_http_methods(["GET", "POST"])
@members_only
@reauthentication_required  # type: ignore[untyped-decorator]
def details_new(request: HttpRequest, number: int) -> HttpResponse:
    """Enter bank details; they are used in three days, and everybody who acts for one is told."""
    account = account_of(request, number)
    assert account.party_id is not None, "a payee's account has a party"
    form = DetailsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = DetailsSaid(account.party_id, person_of(request).pk, **form.cleaned_data)
        try:
            record_details(said=said, now=timezone.now())
        except DetailsInvalidError as error:
            form.add_error("account", gettext(str(error)))
        else:
            words = gettext("They are used in 72 hours. All who act for you are told by mail.")
            messages.success(request, words)
            return redirect(_back(account))
    return _draw(
        request,
        account,
        form,
        gettext("Bank details"),
        gettext(
            "Money goes there in 72 hours at the earliest; until then it goes where it went. "
            "Whoever acts for you hears of it, at their old addresses as well."
        ),
    )


@require_http_methods(["GET", "POST"])
@members_only
def terms(request: HttpRequest, number: int) -> HttpResponse:
    """Say from how much on, how often and in which currency an account is paid."""
    account = account_of(request, number)
    wanted = wanted_of(account)
    initial = {
        "threshold": f"{wanted.threshold.decimal.normalize():f}",
        "cadence": wanted.cadence,
        "currency": wanted.pay_currency,
    }
    form = TermsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        threshold = form.threshold_money()
        if threshold is not None and _is_kept(request, account, threshold, form):
            messages.success(request, gettext("From the next payout on."))
            return redirect(_back(account))
    return _draw(
        request,
        account,
        form,
        gettext("When and how you are paid"),
        gettext(
            "The threshold lies between 0 and %(most)d. At the end of the year everything is paid, "
            "whatever the threshold."
        )
        % {"most": THRESHOLD_UNITS_MAX},
    )


def _is_kept(request: HttpRequest, account: Account, threshold: Money, form: TermsForm) -> bool:
    try:
        set_account_terms(
            account=account,
            threshold=threshold,
            cadence=form.cleaned_data["cadence"],
            user_id=person_of(request).pk,
            now=timezone.now(),
        )
    except TermsInvalidError as error:
        form.add_error("threshold", str(error))
        return False
    return True


def _back(account: Account) -> str:
    return f"{reverse('studio-payouts')}?account={account.number}"


def _draw(
    request: HttpRequest, account: Account, form: forms.Form, title: str, lede: str
) -> HttpResponse:
    context: dict[str, Any] = {
        "title": title,
        "lede": lede,
        "form": form,
        "action": request.path,
        "account": account,
        "cancel_url": _back(account),
    }
    return render(request, "studio/payout_form.html", context, status=400 if form.is_bound else 200)
