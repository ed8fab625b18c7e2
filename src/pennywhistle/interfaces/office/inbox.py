"""What others ask the store to let in: first files of works, and what societies propose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.intake.actions import (
    NotRecordableError,
    refuse_works_file,
    vouch_for_works_file,
)
from pennywhistle.apps.intake.doubts.showing import waiting_doubts
from pennywhistle.apps.intake.models import WorksFile
from pennywhistle.apps.intake.works.report import ImportReport
from pennywhistle.apps.invoices.models import PlaceDoubt
from pennywhistle.apps.societies.actions import SocietyError
from pennywhistle.apps.societies.models import Proposal
from pennywhistle.apps.societies.proposals import accept_proposal, refuse_proposal
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.common.proposal_words import proposal_text
from pennywhistle.interfaces.office.doubts import doubt_rows
from pennywhistle.interfaces.office.mishaps import EXPECTED
from pennywhistle.interfaces.office.staff import operator_of, staff_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

_SHOWN_MAX = 50


@staff_only
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first; each is let in or refused with a reason."""
    files = WorksFile.objects.waiting().select_related("submitter", "evidence")
    proposals = Proposal.objects.open().select_related("society__party", "evidence", "proposed_by")
    context = {
        "doubts": doubt_rows(waiting_doubts()[:_SHOWN_MAX]),
        "files": [_file(each) for each in files[:_SHOWN_MAX]],
        "proposals": [_proposal(each) for each in proposals[:_SHOWN_MAX]],
        "places": PlaceDoubt.objects.open().select_related("user")[:_SHOWN_MAX],
    }
    return render(request, "office/inbox.html", context)


def _file(file: WorksFile) -> dict[str, Any]:
    assert file.report is not None, "a file that was confirmed was checked"
    report = ImportReport.from_json(file.report)
    return {
        "id": file.pk,
        "party": file.submitter,
        "name": file.source_name,
        "sender": report.sender,
        "works": file.works_total,
        "shares": report.shares,
        "day": date_text(file.created_at.date()),
        "evidence": file.evidence,
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.pk,
        "party": proposal.society.party,
        "text": proposal_text(proposal),
        "by": proposal.proposed_by.email,
        "day": date_text(proposal.proposed_at.date()),
        "evidence": proposal.evidence,
    }


@staff_only
@require_POST
def decide(request: HttpRequest, kind: str, item_id: int) -> HttpResponse:
    """Let one in, or refuse it and say why; said twice, the first word stands."""
    if kind not in _DECIDE:
        raise Http404
    user_id, reason = operator_of(request).pk, request.POST.get("reason", "")[:2_000]
    accept, refuse = _DECIDE[kind]
    try:
        if request.POST.get("do") == "refuse":
            refuse(item_id, user_id, reason)
            messages.success(request, gettext("It is refused, and its sender reads why."))
        else:
            accept(item_id, user_id)
            messages.success(request, gettext("It is let in."))
    except (NotRecordableError, SocietyError, *EXPECTED) as error:
        messages.error(request, str(error))
    return redirect("office-inbox")


def _vouch(item_id: int, user_id: int) -> None:
    get_object_or_404(WorksFile, id=item_id)
    vouch_for_works_file(works_file_id=item_id, user_id=user_id, now=timezone.now())


def _refuse_file(item_id: int, user_id: int, reason: str) -> None:
    get_object_or_404(WorksFile, id=item_id)
    refuse_works_file(works_file_id=item_id, user_id=user_id, reason=reason, now=timezone.now())


def _accept_proposal(item_id: int, user_id: int) -> None:
    get_object_or_404(Proposal, id=item_id)
    accept_proposal(proposal_id=item_id, user_id=user_id, now=timezone.now())


def _refuse_proposal(item_id: int, user_id: int, reason: str) -> None:
    get_object_or_404(Proposal, id=item_id)
    refuse_proposal(proposal_id=item_id, reason=reason, user_id=user_id, now=timezone.now())


_DECIDE: dict[str, tuple[Callable[[int, int], None], Callable[[int, int, str], None]]] = {
    "file": (_vouch, _refuse_file),
    "proposal": (_accept_proposal, _refuse_proposal),
}
