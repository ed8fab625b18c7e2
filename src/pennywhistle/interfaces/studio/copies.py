"""Recordings that somebody else delivered too: what is held and why, and one's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from pennywhistle.apps.copies.actions import answer_conflict, say_pair
from pennywhistle.apps.copies.errors import CopyError, NotAPartyError
from pennywhistle.apps.copies.limits import ROWS_PER_PAGE
from pennywhistle.apps.copies.models import Conflict, Match, Pair
from pennywhistle.apps.copies.queries import (
    answers_in,
    conflicts_of,
    undecided_pairs,
    with_rulings,
)
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import EvidenceEmptyError
from pennywhistle.interfaces.common.copies import (
    conflict_lines,
    ids_after,
    instant_text,
    matches_shown,
    pair_lines,
    rulings_shown,
    state_of,
)
from pennywhistle.interfaces.common.copies_heard import SIDES, passage_response
from pennywhistle.interfaces.common.delays import tells_delays
from pennywhistle.interfaces.studio.copy_form import AnswerForm
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.machine.storage import TooLargeError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@require_GET
@members_only
def copy_list(request: HttpRequest) -> HttpResponse:
    """What is held because somebody else delivered it, and one's own files that sound the same."""
    person = person_of(request)
    after = request.GET.get("after", "")
    found = conflicts_of(user=person, before_id=ids_after(after))
    rows = found[:ROWS_PER_PAGE]
    more = f"{request.path}?after={rows[-1].pk}" if len(found) > len(rows) else ""
    context = {
        "rows": conflict_lines(rows, address=_address),
        "pairs": pair_lines(undecided_pairs(user=person)),
        "pager": {"previous_url": request.path if after else "", "next_url": more},
    }
    return render(request, "studio/copies.html", context)


@require_GET
@members_only
def copy(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Both sides, where they are the same, and what one's parties said."""
    return _drawn(request, _told_or_404(request, conflict_id))


@require_POST
@members_only
def copy_answer(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Say whose the recording is, with the document that shows it."""
    conflict = _told_or_404(request, conflict_id)
    form = AnswerForm(request.POST, request.FILES, parties=_parties(request, conflict))
    if not form.is_valid():
        return _drawn(request, conflict, form, status=400)
    now, person = timezone.now(), person_of(request)
    try:
        with transaction.atomic():
            answer_conflict(
                conflict_id=conflict.pk,
                party_id=form.cleaned_data["party"].pk,
                statement=form.cleaned_data["statement"],
                user=person,
                now=now,
                evidence_id=form.evidence_id(user_id=person.pk, now=now),
            )
    except (EvidenceEmptyError, TooLargeError):
        form.add_error("document", gettext("Choose a file with something in it, up to 64 MiB."))
        return _drawn(request, conflict, form, status=400)
    except CopyError as error:
        form.add_error(None, str(error))
        return _drawn(request, conflict, form, status=400)
    messages.success(request, gettext("The operator of the store reads it."))
    return HttpResponseRedirect(_address(conflict.pk))


@require_safe
@members_only
@tells_delays
def copy_passage(
    request: HttpRequest, conflict_id: int, match_id: int, side: str
) -> HttpResponseBase:
    """Half a minute of one of the two, for the two suppliers alone."""
    conflict = _told_or_404(request, conflict_id)
    matches = Match.objects.select_related("conflict__sound", "other")
    match = get_object_or_404(matches, id=match_id, conflict=conflict)
    # What is blocked was delivered by somebody who is no party to this.
    if side not in SIDES or (conflict.holder_id is None and not SIDES[side]):
        raise Http404
    return passage_response(request, match, side)


@require_POST
@members_only
def pair_decide(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Say whether two of one's files are one recording."""
    pair = get_object_or_404(Pair.objects.of_person(user=person_of(request)), id=pair_id)
    try:
        say_pair(
            pair_id=pair.pk,
            is_same=request.POST.get("do") == "same",
            user=person_of(request),
            now=timezone.now(),
        )
    except NotAPartyError as error:
        raise Http404 from error
    messages.success(request, gettext("It is on record."))
    return HttpResponseRedirect(reverse("studio-copies"))


def _drawn(
    request: HttpRequest, conflict: Conflict, form: AnswerForm | None = None, *, status: int = 200
) -> HttpResponse:
    parties = _parties(request, conflict)
    own = {party.pk for party in parties}
    shown = matches_shown(
        conflict,
        address=lambda match_id, side: reverse(
            "studio-copy-passage", args=[conflict.pk, match_id, side]
        ),
        # What is blocked was delivered by somebody who is no party to this.
        hears=SIDES if conflict.holder_id is not None else ["new"],
    )
    context = {
        "conflict": conflict,
        "matches": shown,
        "is_coming": any(each.is_coming for each in shown),
        "title": shown[0].new.named.text if shown else "",
        "state": state_of(conflict),
        "opened": instant_text(conflict.opened_at),
        "is_newcomer": conflict.newcomer_id in own,
        "answers": [each for each in answers_in(conflict) if each.party_id in own],
        "rulings": rulings_shown(each for each in conflict.rulings.all() if not each.closed_at),
        "blocked_reason": conflict.block.reason if conflict.block else "",
        "form": form or AnswerForm(parties=parties),
    }
    return render(request, "studio/copy.html", context, status=status)


def _told_or_404(request: HttpRequest, conflict_id: int) -> Conflict:
    told = with_rulings(Conflict.objects.told_to(user=person_of(request)))
    return get_object_or_404(told, id=conflict_id)


def _parties(request: HttpRequest, conflict: Conflict) -> list[Party]:
    """Those of the two that this person acts for."""
    mine = Party.objects.acted_for_by(user=person_of(request))
    return list(mine.filter(id__in=[conflict.newcomer_id, conflict.holder_id]).order_by("id"))


def _address(conflict_id: int) -> str:
    return reverse("studio-copy", args=[conflict_id])
