"""Societies as the store's operators see them: who is with them, what they keep, what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.societies.deadlines import deadlines_of
from pennywhistle.apps.societies.late import pay_what_was_kept
from pennywhistle.apps.societies.models import Proposal, Society
from pennywhistle.apps.societies.overview import SocietyRow, all_societies, row_of
from pennywhistle.apps.societies.queries import licenses_of
from pennywhistle.interfaces.common.apart_words import why_apart
from pennywhistle.interfaces.common.format import date_text, period_text, price_text
from pennywhistle.interfaces.common.proposal_words import proposal_text
from pennywhistle.interfaces.common.world import territories_text
from pennywhistle.interfaces.office.staff import staff_only
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.societies.deadlines import Deadline

_PROPOSALS_SHOWN_MAX = 50
_PAGE_DIGITS_MAX = 4


@staff_only
@require_GET
def society_list(request: HttpRequest) -> HttpResponse:
    """Every society with its figures, a page at a time."""
    said = request.GET.get("page", "")
    is_number = said.isascii() and said.isdecimal() and len(said) <= _PAGE_DIGITS_MAX
    number = max(1, int(said)) if is_number else 1
    page = all_societies(now=timezone.now(), page=number)
    context = {
        "rows": [_row(each) for each in page.rows],
        "pager": {
            "previous_url": f"{request.path}?page={number - 1}" if number > 1 else "",
            "next_url": f"{request.path}?page={number + 1}" if page.has_more else "",
        },
    }
    return render(request, "office/societies.html", context)


@staff_only
@require_GET
def society(request: HttpRequest, public_id: str) -> HttpResponse:
    """One society: licenses, what it keeps, what is due, what it proposed."""
    mine, now = _society(public_id), timezone.now()
    deadlines = deadlines_of(mine, now=now)
    proposals = Proposal.objects.filter(society=mine).order_by("-id")
    context = {
        "row": _row(row_of(mine, now=now)),
        "society": mine,
        "licenses": [
            {
                "tariff": held.license.tariff.name if held.license.tariff else "",
                "where": territories_text(
                    Territories.from_bytes(bytes(held.license.territories.mask))
                ),
                "when": period_text(held.license.valid),
                "law": held.license.unidentified_by,
            }
            for held in licenses_of(society_id=mine.pk)
        ],
        "to_distribute": [_deadline(each) for each in deadlines.to_distribute],
        "unclaimed": [_deadline(each) for each in deadlines.unclaimed],
        "proposals": [
            {
                "text": proposal_text(each),
                "state": each.get_state_display(),
                "reason": each.reason,
                "day": date_text(each.proposed_at.date()),
            }
            for each in proposals[:_PROPOSALS_SHOWN_MAX]
        ],
    }
    return render(request, "office/society.html", context)


@staff_only
@require_POST
def society_pay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pay members what the society kept and is theirs by now."""
    mine = _society(public_id)
    paid = pay_what_was_kept(society_id=mine.pk, now=timezone.now())
    if paid:
        said = ngettext("%(count)d member was paid.", "%(count)d members were paid.", paid)
        messages.success(request, said % {"count": paid})
    else:
        messages.info(request, gettext("Nothing moves: it is still nobody's on record."))
    return redirect("office-society", public_id)


def _society(public_id: str) -> Society:
    return get_object_or_404(Society.objects.select_related("party"), party__public_id=public_id)


def _row(row: SocietyRow) -> dict[str, Any]:
    return {
        "party": row.society.party,
        "members": row.members,
        "mandates": row.mandates,
        "works": row.works,
        "licenses": row.licenses,
        "reaches_nobody": bool(row.licenses and not row.mandates),
        "kept": [(why_apart(each.reason), price_text(each.money)) for each in row.kept],
        "due": _deadline(row.next_due) if row.next_due else None,
        "proposals": row.proposals,
    }


def _deadline(deadline: Deadline) -> dict[str, Any]:
    return {
        "due": date_text(deadline.due_on),
        "year_end": date_text(deadline.year_end),
        "amount": price_text(deadline.money),
        "is_over": deadline.is_over,
    }
