"""Payments that banks take back: what is held and lost, the evidence, and what to do until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.orders.chargeback_evidence import pack_of, shared_losses
from pennywhistle.apps.payments.answering import answer_chargeback, can_answer
from pennywhistle.apps.payments.chargebacks import (
    ChargebackError,
    leave_warning,
    refund_warned,
)
from pennywhistle.apps.payments.loss_sharing import record_loss_share
from pennywhistle.apps.payments.models import Chargeback, ChargebackAnswer, LossShare
from pennywhistle.apps.payments.models.chargebacks import reason_length_max
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.interfaces.common.door_names import door_name
from pennywhistle.interfaces.common.format import date_text, exact_text, price_text
from pennywhistle.interfaces.common.part_field import PartField, share_text
from pennywhistle.interfaces.common.party_field import PartyField
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.interfaces.office.words import instant_text

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

_SHOWN_MAX = 100


@staff_only
@require_GET
def chargeback_list(request: HttpRequest) -> HttpResponse:
    """Those that are open, the most urgent first; and how the others ended."""
    rows = Chargeback.objects.select_related("top_up__user")
    context = {
        "open": _table(gettext("Open"), list(rows.open()[:_SHOWN_MAX])),
        "ended": _table(
            gettext("Ended"),
            list(rows.filter(settled_at__isnull=False).order_by("-settled_at")[:_SHOWN_MAX]),
        ),
        "shares": _shares(),
    }
    return render(request, "office/chargebacks.html", context)


class LossShareForm(forms.Form):
    """Who bears which part, by which contract."""

    party = PartyField(label=_("Payee"))
    part = PartField(
        label=_("Part of what they earned by the payment"),
        is_zero_fine=True,
        help_text=_("A percentage, or a part such as 1/3. 0 ends it."),
    )
    contract = forms.CharField(label=_("Contract"), max_length=reason_length_max)


@staff_only
@require_http_methods(["GET", "POST"])
def loss_share_new(request: HttpRequest) -> HttpResponse:
    """Put on record that a payee bears a part of such losses."""
    form = LossShareForm(*posted(request))
    page = FormPage(
        title=gettext("Who shares losses"),
        intro=gettext(
            "Nobody does, unless a contract says so. It takes nothing by itself: the page of a "
            "chargeback then says what you may ask for."
        ),
        submit=gettext("Put it on record"),
        done=gettext("It is on record."),
        back=reverse("office-chargebacks"),
        back_label=gettext("Chargebacks"),
    )

    def record() -> None:
        given = form.cleaned_data
        record_loss_share(
            party_id=given["party"].pk,
            part=given["part"],
            contract=given["contract"],
            user_id=operator_of(request).pk,
            now=timezone.now(),
        )

    return record_page(request, page, form, record)


@staff_only
@require_GET
def chargeback(request: HttpRequest, chargeback_id: UUID) -> HttpResponse:
    """One of them, with its evidence."""
    row = _row(chargeback_id)
    answer = ChargebackAnswer.objects.filter(chargeback=row).select_related("made_by").first()
    context = {
        "row": row,
        "title": _title(row),
        "state": state_text(row),
        "facts": _facts(row),
        "pack": pack_of(row),
        "shared": _shared(row),
        "answer": answer,
        "answered": instant_text(answer.sent_at) if answer else "",
        "can_answer": can_answer(row) and answer is None,
        "is_warning": row.kind == Chargeback.Kind.WARNING and row.state == Chargeback.State.OPEN,
        "amount": price_text(row.amount),
    }
    return render(request, "office/chargeback.html", context)


@staff_only
@require_GET
def chargeback_file(request: HttpRequest, chargeback_id: UUID) -> HttpResponse:
    """The evidence as a file, for where the provider takes it on its own pages."""
    del request
    row = _row(chargeback_id)
    response = HttpResponse(pack_of(row).text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="evidence-{row.id}.txt"'
    return response


@staff_only
@require_POST
def chargeback_decide(request: HttpRequest, chargeback_id: UUID) -> HttpResponse:
    """Send the evidence; or refund a payment that a bank warned of, or leave it."""
    row, do = _row(chargeback_id), request.POST.get("do", "")
    if do not in {"answer", "refund", "leave"}:
        raise Http404
    try:
        _do(request, row, do)
    except (ChargebackError, ProviderError) as error:
        messages.error(request, str(error))
    return redirect("office-chargeback", chargeback_id)


def _do(request: HttpRequest, row: Chargeback, do: str) -> None:
    now, user_id = timezone.now(), operator_of(request).pk
    if do == "answer":
        answer = answer_chargeback(
            chargeback_id=row.id, evidence=pack_of(row).evidence, user_id=user_id, now=now
        )
        if answer.sent_at:
            messages.success(request, gettext("The evidence is with the bank."))
        else:
            messages.warning(request, gettext("The provider does not answer: it is sent later."))
    elif do == "refund":
        refund_warned(chargeback_id=row.id, now=now)
        messages.success(request, gettext("It is on its way back."))
    else:
        reason = request.POST.get("reason", "")[:reason_length_max]
        if not reason.strip():
            messages.error(request, gettext("Say why."))
            return
        leave_warning(chargeback_id=row.id, reason=reason, now=now)
        messages.success(request, gettext("It is left, and what was kept apart is free."))


def _row(chargeback_id: UUID) -> Chargeback:
    return get_object_or_404(Chargeback.objects.select_related("top_up__user"), id=chargeback_id)


def _title(row: Chargeback) -> str:
    names = {"amount": price_text(row.amount), "door": door_name(row.provider)}
    if row.kind == Chargeback.Kind.WARNING:
        return gettext("%(amount)s by %(door)s: a bank warns of fraud") % names
    return gettext("%(amount)s by %(door)s: a bank takes it back") % names


def state_text(row: Chargeback) -> str:
    """How it stands, in words."""
    states = Chargeback.State
    return {
        states.OPEN: gettext("waits for you"),
        states.ANSWERED: gettext("the bank decides"),
        states.REFUNDING: gettext("on its way back"),
        states.WON: gettext("won"),
        states.LOST: gettext("lost"),
        states.REFUNDED: gettext("refunded in time"),
        states.LEFT: gettext("left"),
    }[states(row.state)]


def _facts(row: Chargeback) -> list[tuple[str, str]]:
    held = gettext("Kept apart of the balance")
    facts = [
        (gettext("Buyer"), row.top_up.user.email),
        (gettext("Paid in"), instant_text(row.top_up.settled_at)),
        (gettext("Reason, as the bank says it"), row.reason),
        (gettext("Since (UTC)"), instant_text(row.opened_at)),
        (gettext("Answer before (UTC)"), instant_text(row.answer_until)),
        (held, price_text(row.held)),
        (gettext("Spent: lost by the store"), price_text(row.short)),
        (gettext("Fee"), price_text(row.fee)),
        (gettext("Ended (UTC)"), instant_text(row.settled_at)),
        (gettext("Number at the provider"), row.ref),
    ]
    return [(label, text) for label, text in facts if text]


def _shared(row: Chargeback) -> Table:
    return Table(
        title=gettext("What contracts say"),
        headings=(
            gettext("Payee"),
            gettext("Earned by it"),
            gettext("Part"),
            gettext("May be asked for"),
            gettext("Contract"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(each.payee),
                    Cell(exact_text(each.earned), is_number=True),
                    Cell(share_text(each.part), is_number=True),
                    Cell(exact_text(each.asked), is_number=True),
                    Cell(each.contract),
                )
            )
            for each in shared_losses(row)
        ),
        empty=gettext("No payee of it shares losses: the store bears all of it."),
    )


def _shares() -> Table:
    standing = LossShare.objects.standing().select_related("party").order_by("party__name")
    return Table(
        title=gettext("Who shares losses"),
        headings=(gettext("Payee"), gettext("Part"), gettext("Contract")),
        rows=tuple(
            Row(
                (
                    Cell(each.party.name, reverse("office-party", args=[each.party.public_id])),
                    Cell(share_text(each.part), is_number=True),
                    Cell(each.contract),
                )
            )
            for each in standing
        ),
        empty=gettext("Nobody: the store bears all of it."),
        new=Cell(gettext("Put a contract on record"), reverse("office-loss-share-new")),
    )


def _table(title: str, rows: list[Chargeback]) -> Table:
    return Table(
        title=title,
        headings=(
            gettext("Since (UTC)"),
            gettext("Buyer"),
            gettext("Amount"),
            gettext("Kept apart"),
            gettext("Lost"),
            gettext("Answer before"),
            gettext("State"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(instant_text(row.opened_at), reverse("office-chargeback", args=[row.id])),
                    Cell(row.top_up.user.email),
                    Cell(price_text(row.amount), is_number=True),
                    Cell(price_text(row.held), is_number=True),
                    Cell(price_text(row.short), is_number=True),
                    Cell(date_text(row.answer_until.date()) if row.answer_until else ""),
                    Cell(state_text(row)),
                )
            )
            for row in rows
        ),
        empty=gettext("None."),
    )
