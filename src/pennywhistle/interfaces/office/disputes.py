"""Conflicting claims: the inbox, a dispute with everything about it, and settling it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.claims.actions import (
    SettlementInvalidError,
    SettlementTooMuchError,
    preview_settlement,
    settle_dispute,
)
from pennywhistle.apps.claims.areas import contested_areas
from pennywhistle.apps.claims.dossier import dossier_of
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.queries import (
    disputes_per_page,
    held_money,
    open_disputes,
    settled_disputes,
    standing_shares,
)
from pennywhistle.interfaces.common.disputes import (
    area_texts,
    claim_texts,
    letter_of,
    letter_subject,
    number_of,
    part_text,
    title_of,
)
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.common.party_field import right_name
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.office.dispute_forms import SettleForm
from pennywhistle.interfaces.office.dispute_tables import (
    days_left,
    dispute_line,
    entry_texts,
    held_lines,
    moneys_text,
    move_lines,
    told_lines,
)
from pennywhistle.interfaces.office.mishaps import EXPECTED, tell
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.words import instant_text
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.claims.dossier import Dossier

_ID_LENGTH_MAX = 18


@staff_only
@require_GET
def dispute_list(request: HttpRequest) -> HttpResponse:
    """What waits to be settled, oldest first."""
    found = open_disputes(after_id=_number(request.GET.get("after", "")) or 0)
    page = searched(request, found, most=disputes_per_page, key=lambda row: row.id)
    return _listed(request, page.rows, page.pager, is_open=True)


@staff_only
@require_GET
def settled_list(request: HttpRequest) -> HttpResponse:
    """What was settled, or ended by itself, the newest first."""
    found = settled_disputes(before_id=_number(request.GET.get("after", "")))
    page = searched(request, found, most=disputes_per_page, key=lambda row: row.id)
    return _listed(request, page.rows, page.pager, is_open=False)


def _listed(request: HttpRequest, rows: Any, pager: Any, *, is_open: bool) -> HttpResponse:  # noqa: ANN401
    now = timezone.now()
    context = {
        "rows": [dispute_line(row, now=now) for row in rows],
        "pager": pager,
        "is_open": is_open,
    }
    return render(request, "office/disputes.html", context)


@staff_only
@require_GET
def dispute(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Everything about one dispute, open or settled."""
    found = _dispute_or_404(dispute_id)
    dossier = dossier_of(found)
    now = timezone.now()
    context = {
        **_head(found, now=now),
        "claims": claim_texts(dossier.claims),
        "settled_claims": claim_texts(dossier.settled),
        "areas": area_texts(dossier.areas),
        "positions": [
            {
                "party": each.party.name,
                "text": each.statement,
                "at": instant_text(each.stated_at),
                "evidence": each.evidence,
            }
            for each in dossier.positions
        ],
        "held": held_lines(dossier.held),
        "releases": dossier.releases,
        "more_releases": dossier.release_count - len(dossier.releases),
        "entries": entry_texts(dossier.postings, Money),
        "told": told_lines(dossier.notices),
        "letter_subject": letter_subject(found),
        "letter": _letter(request, dossier),
    }
    return render(request, "office/dispute.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def dispute_settle(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Say who owns what; see what that pays to whom; then settle it."""
    found = _dispute_or_404(dispute_id)
    if found.settled_at is not None:
        messages.info(request, gettext("It was settled already."))
        return HttpResponseRedirect(reverse("office-dispute", args=[found.pk]))
    shares = standing_shares(found)
    texts = claim_texts(shares)
    is_posted = request.method == "POST"
    form = SettleForm(
        *((request.POST, request.FILES) if is_posted else ()), shares=shares, texts=texts
    )
    answer = None
    wants = request.POST.get("do", "preview")
    if is_posted and form.is_valid() and wants != "change":
        answer = _settled_or_shown(request, found, form, is_sure=wants == "settle")
    context = {
        **_head(found, now=timezone.now()),
        "form": form,
        "areas": area_texts(contested_areas(shares)),
        "action": request.path,
    }
    if answer is None:
        status = 400 if is_posted and form.errors else 200
        return render(request, "office/dispute_settle.html", context, status=status)
    if isinstance(answer, HttpResponseRedirect):
        return answer
    return render(request, "office/dispute_sure.html", {**context, **answer})


def _settled_or_shown(
    request: HttpRequest, found: Dispute, form: SettleForm, *, is_sure: bool
) -> HttpResponseRedirect | dict[str, Any] | None:
    """The way back once it is settled, what it would pay, or nothing where the form is refused."""
    now, operator = timezone.now(), operator_of(request)
    try:
        with transaction.atomic():
            evidence_id = form.evidence_id(user_id=operator.pk, now=now)
            if not is_sure:
                return _preview(found, form, evidence_id, now)
            settle_dispute(
                dispute_id=found.pk,
                parts=form.parts,
                settlement=form.cleaned_data["settlement"],
                user_id=operator.pk,
                now=now,
                evidence_id=evidence_id,
            )
    except SettlementTooMuchError:
        form.add_error(None, gettext("This is still more than 100 % somewhere. Lower a part."))
    except SettlementInvalidError:
        form.add_error(None, gettext("The claims changed meanwhile. Please look at them again."))
    except EXPECTED as error:
        tell(form, error)
    else:
        messages.success(request, gettext("It is settled, and what was held is paid out."))
        return HttpResponseRedirect(reverse("office-dispute", args=[found.pk]))
    return None


def _preview(
    found: Dispute, form: SettleForm, evidence_id: int | None, now: datetime
) -> dict[str, Any]:
    outcome = preview_settlement(dispute_id=found.pk, parts=form.parts, now=now)
    others = Dispute.objects.open().filter(work=found.work_id).exclude(id=found.pk)
    return {
        "lines": [
            (form.fields[name].label, part_text(part))
            for name, part in form.cleaned_data.items()
            if name.startswith("part_")
        ],
        "settlement": form.cleaned_data["settlement"],
        "claimed": part_text(outcome.claimed),
        "moves": move_lines(outcome.moves),
        "waits_for_other": found.work_id is not None and others.exists(),
        "said": form.said(evidence_id),
    }


def _head(found: Dispute, *, now: datetime) -> dict[str, Any]:
    """What every page of a dispute says first."""
    return {
        "dispute": found,
        "title": title_of(found),
        "number": number_of(found),
        "right": right_name(found.right),
        "is_open": found.settled_at is None,
        "held_text": moneys_text(held_money(found)),
        "opened": instant_text(found.opened_at),
        "settled": instant_text(found.settled_at),
        "due": date_text(found.evidence_due_at.date()),
        "left": days_left(found.evidence_due_at, now=now),
    }


def _letter(request: HttpRequest, dossier: Dossier) -> str:
    return letter_of(
        dossier.dispute,
        dossier.claims,
        dossier.areas,
        store=store_of(request).name,
        url=settings.ORIGIN + reverse("studio-claim", args=[dossier.dispute.pk]),
    )


def _dispute_or_404(dispute_id: int) -> Dispute:
    related = ("work", "recording", "settled_by", "settlement_evidence")
    return get_object_or_404(Dispute.objects.select_related(*related), id=dispute_id)


def _number(text: str) -> int | None:
    """An id from an address; anything else is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _ID_LENGTH_MAX else None
