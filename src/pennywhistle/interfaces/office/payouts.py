"""Payouts in the office: runs, two people, the bank's file, and how each ended."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.payouts.approving import approve, drop
from pennywhistle.apps.payouts.errors import PayoutError, StateWrongError
from pennywhistle.apps.payouts.models import BankFile, Payout, Run
from pennywhistle.apps.payouts.providing import paying_providers, send_by_provider
from pennywhistle.apps.payouts.queries import left_out, runs
from pennywhistle.apps.payouts.running import (
    look_again,
    make_run,
    month_end_before,
    newest_page_end,
)
from pennywhistle.apps.payouts.sending import SCHEMAS, FileAsked, send_by_hand, write_bank_file
from pennywhistle.apps.payouts.settling import bring_back, fail, settle, withdraw
from pennywhistle.interfaces.common.format import date_text, exact_text, price_text
from pennywhistle.interfaces.common.payout_words import state_text, why_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.kernel.currencies import CURRENCIES
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest

_SHOWN_MAX = 200
# With one press; the page then says how many are left.
_APPROVED_AT_ONCE = 200
_STATE = Payout.State
_RELATED = ("source__party", "details", "rate", "bank_file", "run")


class RunForm(forms.Form):
    """Which accounts, and until when."""

    currency = forms.ChoiceField(
        label=_("Accounts in"), choices=[(code, code) for code in sorted(CURRENCIES)]
    )
    until = forms.ChoiceField(
        label=_("Until"),
        choices=[
            ("month", _("the end of last month")),
            ("page", _("the newest page of the log")),
        ],
    )


class FileForm(forms.Form):
    """What the bank takes, and when it is to pay."""

    schema = forms.ChoiceField(label=_("Format"), choices=[(each, each) for each in SCHEMAS])
    on = forms.DateField(
        label=_("To be carried out on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@staff_only
@require_GET
def payout_list(request: HttpRequest) -> HttpResponse:
    """What waits, what is on its way, what ended, and the runs."""
    tomorrow = timezone.now().date() + timedelta(days=1)
    context = {
        "run_form": RunForm(initial={"currency": store_of(request).currency}),
        "file_form": FileForm(initial={"on": tomorrow}),
        "groups": [
            (gettext("To be approved"), _rows(_in(_STATE.PROPOSED))),
            (gettext("Approved, to be sent"), _rows(_in(_STATE.APPROVED))),
            (gettext("Sent, not seen at the bank yet"), _rows(_in(_STATE.SENT))),
            (
                gettext("Ended"),
                _rows(_in(_STATE.SETTLED, _STATE.FAILED, _STATE.RETURNED, _STATE.DROPPED)),
            ),
        ],
        "to_file_count": Payout.objects.to_file(currency="EUR").count(),
        "runs": [{"run": each, "until": date_text(each.cut_at.date())} for each in runs()],
        "files": BankFile.objects.order_by("-id")[:20],
    }
    return render(request, "office/payouts.html", context)


@staff_only
@require_POST
def run_new(request: HttpRequest) -> HttpResponse:
    """Make a run; of the same period it is the one that stands."""
    form = RunForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Choose a currency, and until when."))
        return redirect("office-payouts")
    now = timezone.now()
    cut_at = _cut(form.cleaned_data["until"], now)
    if cut_at is None:
        messages.error(request, gettext("No page of the log is sealed yet."))
        return redirect("office-payouts")
    try:
        run = make_run(
            currency=form.cleaned_data["currency"],
            cut_at=cut_at,
            user_id=operator_of(request).pk,
            now=now,
        )
    except PayoutError as error:
        messages.error(request, str(error))
        return redirect("office-payouts")
    return redirect("office-payout-run", run.pk)


def _cut(until: str, now: datetime) -> datetime | None:
    if until == "page":
        return newest_page_end()
    return month_end_before(now.astimezone(UTC).date())


@staff_only
@require_GET
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: what it proposes, and whom it leaves out and why."""
    found = get_object_or_404(Run.objects.select_related("made_by"), id=run_id)
    proposed = found.payouts.filter(state=_STATE.PROPOSED)
    context = {
        "run": found,
        "until": date_text(found.cut_at.date()),
        "payouts": _rows(found.payouts.order_by("-paid_micro", "id")),
        "payout_count": found.payouts.count(),
        "small_count": proposed.filter(people_needed=1).count(),
        "left_out": [
            {
                "party": each.account.party,
                "due": exact_text(Money(each.due_micro, found.currency)),
                "why": why_text(each.why, each.detail),
            }
            for each in left_out(found)
        ],
    }
    return render(request, "office/payout_run.html", context)


@staff_only
@require_POST
def run_do(request: HttpRequest, run_id: int, verb: str) -> HttpResponse:
    """Approve all that need one person, or look again at what was left out."""
    found = get_object_or_404(Run, id=run_id)
    now = timezone.now()
    if verb == "again":
        made = look_again(run_id=found.pk, now=now)
        messages.info(request, gettext("Payouts that it makes: %(count)d.") % {"count": made})
    elif verb == "approve":
        small = found.payouts.filter(state=_STATE.PROPOSED, people_needed=1)
        states = []
        for each in small.order_by("id").values_list("id", flat=True)[:_APPROVED_AT_ONCE]:
            # Somebody else may have dropped it since they were listed; the others go on.
            with suppress(StateWrongError):
                states.append(
                    approve(payout_id=each, user_id=operator_of(request).pk, now=now).state
                )
        said = {"count": states.count(_STATE.APPROVED), "dropped": states.count(_STATE.DROPPED)}
        words = gettext("Approved: %(count)d. Dropped: %(dropped)d.")
        messages.success(request, words % said)
    else:
        raise Http404
    return redirect("office-payout-run", found.pk)


@staff_only
@require_GET
def payout(request: HttpRequest, payout_id: str) -> HttpResponse:
    """One payout: its figures, who approved it, and what can be done."""
    found = _found(payout_id)
    context = {
        "payout": found,
        "state": state_text(found),
        "due": exact_text(found.due),
        "converted": exact_text(found.converted) if found.rate else "",
        "parts": [
            (each.territory, each.source, exact_text(Money(each.withheld_micro, found.currency)))
            for each in found.parts.filter(rate__gt=0).order_by("territory")
        ],
        "paid": price_text(found.paid),
        "carried": exact_text(found.carried),
        "approvals": found.approvals.select_related("user").order_by("id"),
        "has_approved": found.approvals.filter(user=operator_of(request)).exists(),
        "verbs": _verbs(found),
        "providers": paying_providers() if found.state == _STATE.APPROVED else [],
    }
    return render(request, "office/payout.html", context)


def _verbs(found: Payout) -> list[tuple[str, str, str]]:
    """What can be done: the verb, what the button says, and what is to be written (or nothing)."""
    if found.state == _STATE.SENT and found.way == Payout.Way.PROVIDER:
        return []  # the provider is asked, and ends it
    reason = gettext("Why? The payee reads it.")
    reference = gettext("Reference")
    return {
        _STATE.PROPOSED: [
            ("approve", gettext("Approve it"), ""),
            ("drop", gettext("Drop it"), reason),
        ],
        _STATE.APPROVED: [
            ("send", gettext("It was sent by hand"), reference),
            ("withdraw", gettext("Withdraw it"), reason),
        ],
        _STATE.SENT: [
            ("settle", gettext("The bank paid it"), reference),
            ("fail", gettext("The bank refused it"), reason),
            ("return", gettext("It came back"), reason),
        ],
        _STATE.SETTLED: [("return", gettext("It came back"), reason)],
    }.get(_STATE(found.state), [])


@staff_only
@require_POST
def payout_do(request: HttpRequest, payout_id: str, verb: str) -> HttpResponse:
    """Do one of these; said twice, the first word stands."""
    if verb not in _DO:
        raise Http404
    number = _found(payout_id).id
    try:
        found = _DO[verb](number, request)
    except PayoutError as error:
        messages.error(request, str(error))
    else:
        words = gettext("This payout is: %(state)s.") % {"state": state_text(found)}
        messages.success(request, words)
    return redirect("office-payout", payout_id)


def _found(payout_id: str) -> Payout:
    try:
        number = UUID(payout_id)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(Payout.objects.select_related(*_RELATED), id=number)


def _word(request: HttpRequest) -> str:
    return request.POST.get("word", "")[:1_000]


_DO: dict[str, Callable[[UUID, HttpRequest], Payout]] = {
    "approve": lambda each, request: approve(
        payout_id=each, user_id=operator_of(request).pk, now=timezone.now()
    ),
    "drop": lambda each, request: drop(payout_id=each, reason=_word(request), now=timezone.now()),
    "send": lambda each, request: send_by_hand(
        payout_id=each, reference=_word(request), now=timezone.now()
    ),
    "provider": lambda each, request: send_by_provider(
        payout_id=each, code=_word(request), now=timezone.now()
    ),
    "withdraw": lambda each, request: withdraw(
        payout_id=each, reason=_word(request), now=timezone.now()
    ),
    "settle": lambda each, request: settle(
        payout_id=each, reference=_word(request), now=timezone.now()
    ),
    "fail": lambda each, request: fail(payout_id=each, reason=_word(request), now=timezone.now()),
    "return": lambda each, request: bring_back(
        payout_id=each, reason=_word(request), now=timezone.now()
    ),
}


@staff_only
@require_POST
def file_new(request: HttpRequest) -> HttpResponse:
    """Write the bank's file of all that is approved; it counts as sent with that."""
    form = FileForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Choose a format and a day."))
        return redirect("office-payouts")
    asked = FileAsked(operator_of(request).pk, form.cleaned_data["schema"], form.cleaned_data["on"])
    try:
        file = write_bank_file(asked=asked, now=timezone.now())
    except PayoutError as error:
        messages.error(request, str(error))
    else:
        words = gettext("The file %(name)s is written: fetch it below, and give it to the bank.")
        messages.success(request, words % {"name": file.message_id})
    return redirect("office-payouts")


@staff_only
@require_GET
def file(request: HttpRequest, message_id: str) -> HttpResponse:
    """A file as it was written, the same bytes each time."""
    del request
    found = get_object_or_404(BankFile, message_id=message_id)
    response = HttpResponse(bytes(found.content), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{found.message_id}.xml"'
    return response


def _in(*states: Payout.State) -> QuerySet[Payout]:
    return Payout.objects.filter(state__in=states).order_by("-proposed_at", "id")


def _rows(found: QuerySet[Payout]) -> list[dict[str, Any]]:
    return [
        {
            "payout": each,
            "party": each.source.party,
            "state": state_text(each),
            "paid": price_text(each.paid),
            "withheld": price_text(each.withheld) if each.withheld else "",
            "masked": each.details.masked,
            "day": date_text(each.proposed_at.date()),
        }
        for each in found.select_related(*_RELATED)[:_SHOWN_MAX]
    ]
