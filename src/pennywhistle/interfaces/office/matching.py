"""Recordings whose works are not known: what is proposed for each, and what an operator says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.catalog.queries import work_meant
from pennywhistle.apps.intake.works.matching import scoring
from pennywhistle.apps.intake.works.matching.deciding import Decision, decide_match
from pennywhistle.apps.intake.works.matching.queries import (
    recordings_per_page,
    waiting_count,
    waiting_recordings,
)
from pennywhistle.interfaces.common.format import duration_text
from pennywhistle.interfaces.office.recordings import isrc_text
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.works import iswc_text, number_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.intake.models import MatchProposal
    from pennywhistle.apps.intake.works.matching.queries import WaitingRecording

LATER, NONE, OTHER = "later", "none", "other"
_SAID_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """A recording as the page asks about it, and what was answered the last time."""

    waiting: WaitingRecording
    isrc: str
    length: str
    proposals: tuple[tuple[MatchProposal, str, str, str], ...]
    chosen: str = LATER
    other: str = ""
    error: str = ""


@staff_only
@require_http_methods(["GET", "POST"])
def matching(request: HttpRequest) -> HttpResponse:
    """A page of recordings with the works proposed for them; one form for all of them."""
    after = _place(request.GET.get("after", ""))
    found = waiting_recordings(after=after)
    page = found[:recordings_per_page]
    asked = [_asked(each) for each in page]
    if request.method == "POST":
        asked = [_answered(request, each) for each in asked]
        if not any(each.error for each in asked):
            _decide(request, asked)
            return redirect(request.get_full_path())
    more = len(found) > recordings_per_page
    context = {
        "asked": asked,
        "count": waiting_count(),
        "action": request.get_full_path(),
        "has_errors": any(each.error for each in asked),
        "pager": {
            "previous_url": request.path if after else "",
            "next_url": f"{request.path}?after={_place_text(page[-1])}" if more else "",
        },
    }
    status = 400 if context["has_errors"] else 200
    return render(request, "office/matching.html", context, status=status)


def _asked(waiting: WaitingRecording) -> Asked:
    return Asked(
        waiting,
        isrc_text(waiting.recording.isrc),
        duration_text(waiting.recording.duration_ms),
        tuple(
            (
                each,
                iswc_text(each.work.iswc),
                ", ".join(dict.fromkeys(one.party.name for one in each.work.credits.all())),
                reason_text(each),
            )
            for each in waiting.proposals
        ),
    )


def _answered(request: HttpRequest, asked: Asked) -> Asked:
    """What the form says of a recording; an error where the other work is none."""
    number = asked.waiting.recording.pk
    chosen = request.POST.get(f"recording-{number}", LATER)
    other = request.POST.get(f"work-{number}", "").strip()[:_SAID_LENGTH_MAX]
    error = ""
    if chosen == OTHER and work_meant(other) is None:
        error = gettext("No work has this ISWC or number.")
    return Asked(asked.waiting, asked.isrc, asked.length, asked.proposals, chosen, other, error)


def _decide(request: HttpRequest, asked: list[Asked]) -> None:
    """Record what was chosen; what waits no more was decided by somebody else."""
    count = 0
    for each in asked:
        decision = _decision(each)
        if decision is not None:
            count += decide_match(
                decision=decision, user_id=operator_of(request).pk, now=timezone.now()
            )
    if count:
        said = ngettext(
            "%(count)s recording is decided.", "%(count)s recordings are decided.", count
        )
        messages.success(request, said % {"count": count})
    else:
        messages.info(request, gettext("Nothing was chosen, so nothing changed."))


def _decision(asked: Asked) -> Decision | None:
    recording_id = asked.waiting.recording.pk
    if asked.chosen == NONE:
        return Decision(recording_id, None)
    if asked.chosen == OTHER:
        work = work_meant(asked.other)
        return Decision(recording_id, work.pk) if work else None
    proposed = {str(each.pk): each.work_id for each in asked.waiting.proposals}
    work_id = proposed.get(asked.chosen)
    return Decision(recording_id, work_id) if work_id else None


def reason_text(proposal: MatchProposal) -> str:
    """Why a work is proposed, in a sentence."""
    people = ", ".join(proposal.people)
    title = gettext("The titles are %(percent)s %% alike.") % {
        "percent": proposal.title_permille // 10
    }
    reasons = {
        scoring.OWN_ISRC: gettext("A file of its own supplier names the ISRC for the work."),
        scoring.LICENSOR_ISRC: gettext("A licensor of this store names the ISRC for the work."),
        scoring.OTHER_ISRC: gettext("A file of somebody else names the ISRC for the work."),
        scoring.TWIN: gettext("Another supplier's recording of the same ISRC plays it."),
        scoring.TITLE_AND_PARTY: gettext("%(people)s is credited on both."),
        scoring.TITLE_AND_NAME: gettext("%(people)s has the same name on both."),
        scoring.TOLD_BY_SUPPLIER: gettext("Its supplier says so, against what the office said."),
        scoring.TITLE: gettext("Nothing else speaks for it."),
    }
    return f"{title} {reasons[proposal.rule] % {'people': people}}"


def _place(text: str) -> tuple[int, int] | None:
    """A place in the queue from an address, as "850.17"; anything else is its beginning."""
    permille, _, number = text.partition(".")
    return (number_of(permille), number_of(number)) if number_of(number) else None


def _place_text(waiting: WaitingRecording) -> str:
    return f"{waiting.proposals[0].permille}.{waiting.recording.pk}"
