"""Recordings that two suppliers deliver: what waits, both sides of each, and the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from pennywhistle.apps.copies.actions import decide_conflict, say_pair
from pennywhistle.apps.copies.errors import CopyError
from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.copies.limits import ROWS_PER_PAGE
from pennywhistle.apps.copies.models import Conflict, Match, Pair
from pennywhistle.apps.copies.queries import (
    answers_in,
    decided_conflicts,
    transfer_between,
    undecided_conflicts,
    undecided_pairs,
    with_rulings,
)
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
from pennywhistle.interfaces.office.copy_forms import RuleForm
from pennywhistle.interfaces.office.mishaps import EXPECTED, tell
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import operator_of, staff_only

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@staff_only
@require_GET
def copy_list(request: HttpRequest) -> HttpResponse:
    """Conflicts that wait for a decision, the oldest first, and proposals "same recording"."""
    found = undecided_conflicts(after_id=ids_after(request.GET.get("after", "")) or 0)
    page = searched(request, found, most=ROWS_PER_PAGE, key=lambda row: row.pk)
    context = {
        "rows": conflict_lines(page.rows, address=_address),
        "pager": page.pager,
        "pairs": pair_lines(undecided_pairs()),
        "is_open": True,
    }
    return render(request, "office/copies.html", context)


@staff_only
@require_GET
def decided_list(request: HttpRequest) -> HttpResponse:
    """What was decided, the newest first."""
    found = decided_conflicts(before_id=ids_after(request.GET.get("after", "")))
    page = searched(request, found, most=ROWS_PER_PAGE, key=lambda row: row.pk)
    context = {
        "rows": conflict_lines(page.rows, address=_address),
        "pager": page.pager,
        "is_open": False,
    }
    return render(request, "office/copies.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def copy(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Both sides of a conflict, what they say, and who may sell it."""
    conflict = _conflict_or_404(conflict_id)
    is_posted = request.method == "POST"
    form = RuleForm(
        *((request.POST, request.FILES) if is_posted else ()),
        is_blocked=conflict.block is not None,
    )
    if is_posted and form.is_valid() and _is_decided(request, conflict, form):
        return HttpResponseRedirect(_address(conflict.pk))
    status = 400 if is_posted else 200
    return render(request, "office/copy.html", _context(conflict, form), status=status)


def _is_decided(request: HttpRequest, conflict: Conflict, form: RuleForm) -> bool:
    now, operator = timezone.now(), operator_of(request)
    try:
        with transaction.atomic():
            decide_conflict(
                conflict_id=conflict.pk,
                verdict=form.cleaned_data["verdict"],
                reason=form.cleaned_data["reason"],
                user_id=operator.pk,
                now=now,
                evidence_id=form.evidence_id(user_id=operator.pk, now=now),
            )
    except IndexUnavailableError:
        form.add_error(None, gettext("It cannot be listened to now. Try again in a minute."))
        return False
    except (CopyError, *EXPECTED) as error:
        tell(form, error)
        return False
    messages.success(request, gettext("It is decided, and both suppliers are told."))
    return True


def _context(conflict: Conflict, form: RuleForm) -> dict[str, Any]:
    shown = matches_shown(
        conflict,
        address=lambda match_id, side: reverse(
            "office-copy-passage", args=[conflict.pk, match_id, side]
        ),
    )
    return {
        "conflict": conflict,
        "matches": shown,
        "is_coming": any(each.is_coming for each in shown),
        "title": shown[0].new.named.text if shown else "",
        "state": state_of(conflict),
        "opened": instant_text(conflict.opened_at),
        "answers": answers_in(conflict),
        "rulings": rulings_shown(conflict.rulings.all()),
        "has_transfer": transfer_between(conflict),
        "form": form,
    }


@staff_only
@require_safe
@tells_delays
def copy_passage(
    request: HttpRequest, conflict_id: int, match_id: int, side: str
) -> HttpResponseBase:
    """Half a minute of one of the two, from where they are the same."""
    matches = Match.objects.select_related("conflict__sound", "other")
    match = get_object_or_404(matches, id=match_id, conflict=conflict_id)
    if side not in SIDES:
        raise Http404
    return passage_response(request, match, side)


@staff_only
@require_POST
def pair_decide(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Say whether two files of a supplier are one recording."""
    get_object_or_404(Pair, id=pair_id)
    is_same = request.POST.get("do") == "same"
    say_pair(pair_id=pair_id, is_same=is_same, user=operator_of(request), now=timezone.now())
    messages.success(request, gettext("It is on record."))
    return HttpResponseRedirect(reverse("office-copies"))


def _conflict_or_404(conflict_id: int) -> Conflict:
    return get_object_or_404(with_rulings(Conflict.objects.all()), id=conflict_id)


def _address(conflict_id: int) -> str:
    return reverse("office-copy", args=[conflict_id])
