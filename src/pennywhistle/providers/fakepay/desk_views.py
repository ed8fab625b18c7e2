"""fakepay's own desk: what lies here and what moved, and the knobs; for the demo's operator.

Play money knows no other merchant: whoever runs the store runs its fakepay.
"""

from __future__ import annotations

import secrets
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.kernel.money import MICRO
from pennywhistle.providers.fakepay import account, operating
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import (
    FakeKnobs,
    FakePayment,
    FakeRefund,
    FakeWebhook,
    Payouts,
    Refunds,
    Webhooks,
)
from pennywhistle.providers.fakepay.shape.keys import api_key, webhook_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

rows_max = 50
_ppm_per_percent = 10_000


class KnobsForm(forms.Form):
    """How fakepay shall behave."""

    is_frozen = forms.BooleanField(label=_("The account is frozen"), required=False)
    webhooks = forms.ChoiceField(
        label=_("Webhooks arrive"),
        choices=[
            (Webhooks.ONCE, _("once")),
            (Webhooks.TWICE, _("twice")),
            (Webhooks.REORDERED, _("out of order")),
            (Webhooks.LATE, _("late")),
            (Webhooks.LOST, _("never")),
        ],
    )
    refunds = forms.ChoiceField(
        label=_("Refunds arrive"),
        choices=[
            (Refunds.AT_ONCE, _("at once")),
            (Refunds.SLOW, _("after a while")),
            (Refunds.FAIL, _("never: they fail later")),
        ],
    )
    payouts = forms.ChoiceField(
        label=_("Payouts arrive"),
        choices=[
            (Payouts.AT_ONCE, _("at once")),
            (Payouts.SLOW, _("after a while")),
            (Payouts.FAIL, _("never: they fail later")),
        ],
    )
    fee_percent = forms.DecimalField(
        label=_("Fee of each payment, in percent"), min_value=0, max_value=100, decimal_places=4
    )
    fee_fixed = forms.DecimalField(
        label=_("And a fixed fee"), min_value=0, max_value=1_000, decimal_places=6
    )
    dispute_fee = forms.DecimalField(
        label=_("Fee of each dispute"), min_value=0, max_value=1_000, decimal_places=6
    )

    def turned(self) -> operating.Turned:
        """What was typed, in whole numbers."""
        said = self.cleaned_data
        return operating.Turned(
            is_frozen=said["is_frozen"],
            webhooks=said["webhooks"],
            refunds=said["refunds"],
            payouts=said["payouts"],
            fee_ppm=int(said["fee_percent"] * _ppm_per_percent),
            fee_micro=int(said["fee_fixed"] * MICRO),
            dispute_fee_micro=int(said["dispute_fee"] * MICRO),
        )


class DeedForm(forms.Form):
    """What a bank shall do, and to what."""

    deed = forms.ChoiceField(choices=[(each, each) for each in operating.DEEDS])
    ref = forms.RegexField(r"\Af[prd]_[0-9a-f]{24}\Z")


class SweepForm(forms.Form):
    """What goes to the store's bank; `key` was made when the form was drawn."""

    currency = forms.RegexField(r"\A[A-Z]{3}\Z")
    key = forms.RegexField(r"\A[A-Za-z0-9_-]{16,64}\Z")


def operators_only(
    view: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """To everybody but the demo's operators the desk is not there."""
    checked = csrf_protect(view)

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not (request.user.is_authenticated and request.user.is_staff):
            raise Http404
        return checked(request)

    opened = login_not_required(guarded)
    opened.asks_for_staff = True  # type: ignore[attr-defined]
    return opened


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def knobs(request: HttpRequest) -> HttpResponse:
    """Show the desk; turn the knobs."""
    form = KnobsForm(request.POST or None, initial=_as_set(FakeKnobs.now_set()))
    if request.method == "POST" and form.is_valid():
        operating.turn(to=form.turned(), now=now())
        messages.success(request, _("fakepay behaves so from now on."))
        return redirect("fakepay:desk")
    return render(request, "fakepay/desk.html", _shown(form), status=400 if form.errors else 200)


@operators_only
@require_http_methods(["POST"])
def deed(request: HttpRequest) -> HttpResponse:
    """Let a bank dispute, warn, decide, or send a refund back."""
    form = DeedForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        operating.act(deed=form.cleaned_data["deed"], ref=form.cleaned_data["ref"], now=now())
    except ProviderError as error:
        messages.error(request, str(error))
    return redirect("fakepay:desk")


@operators_only
@require_http_methods(["POST"])
def sweep(request: HttpRequest) -> HttpResponse:
    """Send what lies here to the store's bank."""
    form = SweepForm(request.POST)
    if not form.is_valid():
        raise Http404
    said = form.cleaned_data
    try:
        sent = operating.sweep(currency=said["currency"], key=said["key"], now=now())
    except ProviderError as error:
        messages.error(request, str(error))
    else:
        if sent is None:
            messages.info(request, _("Nothing lies here that could be sent."))
    return redirect("fakepay:desk")


def _as_set(knobs: FakeKnobs) -> dict[str, object]:
    return {
        "is_frozen": knobs.frozen_at is not None,
        "webhooks": knobs.webhooks,
        "refunds": knobs.refunds,
        "payouts": knobs.payouts,
        "fee_percent": _typed(knobs.fee_ppm, _ppm_per_percent),
        "fee_fixed": _typed(knobs.fee_micro, MICRO),
        "dispute_fee": _typed(knobs.dispute_fee_micro, MICRO),
    }


def _typed(number: int, of: int) -> str:
    """A whole number of parts, as a person types it."""
    return f"{(Decimal(number) / of).normalize():f}"


def _shown(form: KnobsForm) -> dict[str, object]:
    at = now()
    # Of this machine: fakepay and the adapter speak to no other.
    stripe_url = f"http://127.0.0.1:{settings.PORT}{reverse('fakepay:stripe', args=['v1'])}"
    payments = list(
        FakePayment.objects.select_related("dispute", "warning").order_by("-created_at")[:rows_max]
    )
    currencies = sorted({each.currency for each in payments})
    return {
        "form": form,
        "funds": [(code, account.funds(currency=code, now=at)) for code in currencies],
        "sweep_key": secrets.token_urlsafe(24),
        "payments": [(each, each.state_at(at)) for each in payments],
        "refunds": [
            (each, each.state_at(at))
            for each in FakeRefund.objects.select_related("payment").order_by("-created_at")[
                :rows_max
            ]
        ],
        "movements": account.movements(now=at)[: -rows_max - 1 : -1],
        "webhooks": FakeWebhook.objects.order_by("-due_at")[:rows_max],
        "face": [
            "PENNYWHISTLE_PAYMENT_PROVIDERS=fakepay,stripe",
            f"PENNYWHISTLE_STRIPE_URL={stripe_url.removesuffix('/v1')}",
            f"PENNYWHISTLE_STRIPE_SECRET_KEY={api_key()}",
            f"PENNYWHISTLE_STRIPE_WEBHOOK_SECRET={webhook_secret()}",
        ],
    }
