"""The doors for money: what lies behind each, switching them, and what should go to the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.guarding import declines, is_tripped
from pennywhistle.apps.payments.models import DoorLimit, Sweep
from pennywhistle.apps.payments.models.doors import reason_length_max
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.apps.payments.sweeping import SweepError, send_sweep, settle_sweep
from pennywhistle.apps.payments.switching import SwitchAsked, limit_door, switch_door
from pennywhistle.interfaces.common.door_names import door_name
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.common.territory import is_territory
from pennywhistle.interfaces.office.door_tables import (
    doors_shown,
    errors_table,
    history_table,
    sweeps_due,
    sweeps_table,
)
from pennywhistle.interfaces.office.limits import AMOUNT_MICRO_MAX
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

_OPEN, _CLOSED = "open", "closed"


class SwitchForm(forms.Form):
    """Open or closed, where, and why."""

    state = forms.ChoiceField(label=_("The door is"), choices=[])
    currency = forms.ChoiceField(label=_("For payments in"), required=False, choices=[])
    country = forms.CharField(
        label=_("For buyers in"),
        required=False,
        max_length=2,
        help_text=_("A code such as DE. Empty: everywhere. The narrowest word holds."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=reason_length_max)

    def __init__(self, *args: object, currency: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name, choices in (
            ("state", [(_CLOSED, gettext("closed")), (_OPEN, gettext("open"))]),
            ("currency", [("", gettext("all currencies")), (currency, currency)]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def clean_country(self) -> str:
        """A territory of ISO 3166-1, or all of them."""
        code = str(self.cleaned_data["country"]).strip().upper()
        if code and not is_territory(code):
            raise ValidationError(gettext("Write a code such as DE."))
        return code


class LimitForm(forms.Form):
    """How much may lie there, and why so much."""

    reason = forms.CharField(label=_("Reason"), max_length=reason_length_max)

    def __init__(self, *args: object, currency: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["most"] = MoneyField(
            label=gettext("It may hold"),
            currency=currency,
            least_micro=0,
            most_micro=AMOUNT_MICRO_MAX,
            help_text=gettext("Above this its door closes until some of it was moved."),
        )
        self.order_fields(["most", "reason"])


@staff_only
@require_GET
def door_list(request: HttpRequest) -> HttpResponse:
    """What each provider holds, clears and froze; how it does; what goes to the bank."""
    now = timezone.now()
    declined, ended = declines(now=now)
    context = {
        "doors": doors_shown(currency=store_of(request).currency, now=now),
        "is_tripped": is_tripped(now=now),
        "declined": declined,
        "ended": ended,
        "sweeps": sweeps_due(),
        "moved": sweeps_table(),
        "errors": errors_table(now=now),
        "history": history_table(),
    }
    return render(request, "office/doors.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def door_switch(request: HttpRequest, code: str) -> HttpResponse:
    """Open or close a door, with the reason on record."""
    _require_known(code)
    form = SwitchForm(*posted(request), currency=store_of(request).currency)

    def record() -> None:
        given = form.cleaned_data
        asked = SwitchAsked(
            provider=code,
            is_open=given["state"] == _OPEN,
            reason=given["reason"],
            user_id=operator_of(request).pk,
            currency=given["currency"],
            country=given["country"],
        )
        switch_door(asked=asked, now=timezone.now())

    page = FormPage(
        title=door_name(code),
        intro=gettext(
            "Buyers are offered what is open. Payments that were begun here still arrive. "
            "Opening it also ends what the store closed by itself."
        ),
        submit=gettext("Let it be so"),
        done=gettext("So it is from now on."),
        back=reverse("office-doors"),
        back_label=gettext("Doors"),
    )
    return record_page(request, page, form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def door_limit(request: HttpRequest, code: str) -> HttpResponse:
    """Say how much a provider may hold."""
    _require_known(code)
    currency = store_of(request).currency
    known = DoorLimit.objects.standing().filter(provider=code, currency=currency).first()
    initial = {"most": known.most.decimal if known else ""}
    form = LimitForm(*posted(request), currency=currency, initial=initial)

    def record() -> None:
        given = form.cleaned_data
        limit_door(
            provider=code,
            most=given["most"],
            reason=given["reason"],
            user_id=operator_of(request).pk,
            now=timezone.now(),
        )

    page = FormPage(
        title=door_name(code),
        intro=gettext("What it holds above this is what a frozen account would cost."),
        submit=gettext("Let it hold"),
        done=gettext("It holds from now on."),
        back=reverse("office-doors"),
        back_label=gettext("Doors"),
    )
    return record_page(request, page, form, record)


@staff_only
@require_POST
def sweep_decide(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """It was moved, the provider shall move it, or it is not moved."""
    get_object_or_404(Sweep, id=sweep_id)
    words, user_id = request.POST.get("words", "")[:reason_length_max], operator_of(request).pk
    do, now = request.POST.get("do", ""), timezone.now()
    if do not in {"send", "moved", "drop"}:
        raise Http404
    try:
        if do == "send":
            send_sweep(sweep_id=sweep_id, user_id=user_id, now=now)
        else:
            settle_sweep(
                sweep_id=sweep_id, is_moved=do == "moved", words=words, user_id=user_id, now=now
            )
    except (SweepError, ProviderError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("It is on record."))
    return redirect("office-doors")


def _require_known(code: str) -> None:
    if code not in providers.codes():
        raise Http404
