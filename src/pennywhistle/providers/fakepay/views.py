"""fakepay's hosted page: the buyer chooses how the payment ends, and goes back to the store.

Who has the payment's name may answer it, as on any provider's page: the store's sign-in is not
fakepay's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakePayment

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

State = FakePayment.State


class OutcomeForm(forms.Form):
    """How the payment shall end."""

    scenario = forms.ChoiceField(choices=FakePayment.Scenario.choices)
    card = forms.ChoiceField(choices=[(name, name) for name in desk.CARDS], required=False)


class CodeForm(forms.Form):
    """The code of 3-D Secure."""

    code = forms.CharField(
        label=_("Code from your play bank"),
        max_length=8,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, ref: str) -> HttpResponse:
    """Choose the outcome."""
    payment = _payment(ref)
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        payment = desk.choose(ref=ref, scenario=said["scenario"], card=said["card"], now=now())
    state = payment.state_at(now())
    if state == State.CONFIRMING:
        return redirect("fakepay:confirm", ref=ref)
    if state != State.OPEN:
        return HttpResponseRedirect(payment.return_url)
    status = 400 if form.errors else 200
    context = {"payment": payment, "cards": desk.CARDS.items()}
    return render(request, "fakepay/pay.html", context, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, ref: str) -> HttpResponse:
    """3-D Secure: type the code, or give up."""
    payment = _payment(ref)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and "give-up" in request.POST:
        payment = desk.give_up(ref=ref, now=now())
    elif request.method == "POST" and form.is_valid():
        payment = desk.confirm(ref=ref, code=form.cleaned_data["code"], now=now())
        form.add_error("code", _("This is not the code."))
    state = payment.state_at(now())
    if state == State.OPEN:
        return redirect("fakepay:pay", ref=ref)
    if state != State.CONFIRMING:
        return HttpResponseRedirect(payment.return_url)
    context = {
        "payment": payment,
        "form": form,
        "code": desk.SECURE_CODE,
        "tries_left": desk.wrong_code_count_max - payment.wrong_code_count,
    }
    status = 400 if form.errors else 200
    return render(request, "fakepay/confirm.html", context, status=status)


def _payment(ref: str) -> FakePayment:
    try:
        return desk.look_up(ref=ref)
    except desk.PaymentUnknownError as error:
        raise Http404 from error
