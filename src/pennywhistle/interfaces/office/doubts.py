"""Doubts about suppliers' masters: what waits, the evidence of each, and the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.copies.queries import on_shelves
from pennywhistle.apps.intake.doubts.actions import TEXT_CHARS_MAX, DoubtError, decide_doubt
from pennywhistle.apps.intake.doubts.showing import (
    DOUBTS_PER_PAGE,
    decided_doubts,
    finding_of,
    waiting_doubts,
    with_words,
)
from pennywhistle.apps.intake.models import DoubtWord
from pennywhistle.apps.media.evidence import heard
from pennywhistle.interfaces.common.found import drawn, facts_of, spectrum_of
from pennywhistle.interfaces.common.judgement_words import words_of
from pennywhistle.interfaces.office.parties import party_url
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import operator_of, staff_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.intake.models import Doubt

_DIGITS_MAX = 18
_DECISIONS = [
    (DoubtWord.Kind.OVERRULED.value, _("The finding is mistaken: it may be published as checked")),
    (
        DoubtWord.Kind.ACCEPTED.value,
        _("The finding is right, and it may be published, without being called checked"),
    ),
    (DoubtWord.Kind.UPHELD.value, _("Refuse it: a better file may be delivered")),
]


class DecisionForm(forms.Form):
    """What becomes of the file, and why."""

    decision = forms.ChoiceField(
        label=_("Decision"), choices=_DECISIONS, widget=forms.RadioSelect()
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=TEXT_CHARS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The supplier reads it, and it stays on record with your name."),
    )


@staff_only
@require_GET
def doubt_list(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, the oldest first."""
    page = searched(
        request,
        waiting_doubts(after_id=_after(request) or 0),
        most=DOUBTS_PER_PAGE,
        key=lambda each: each.pk,
    )
    context = {"rows": doubt_rows(page.rows), "pager": page.pager, "is_open": True}
    return render(request, "office/doubts.html", context)


@staff_only
@require_GET
def decided_list(request: HttpRequest) -> HttpResponse:
    """What was decided, the newest doubts first, with the reasons."""
    page = searched(
        request,
        decided_doubts(before_id=_after(request)),
        most=DOUBTS_PER_PAGE,
        key=lambda each: each.pk,
    )
    context = {"rows": doubt_rows(page.rows), "pager": page.pager, "is_open": False}
    return render(request, "office/doubts.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def doubt(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was found in a file, what its supplier says, and the decision with its reason."""
    found = get_object_or_404(with_words(), public_id=public_id)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                decide_doubt(
                    doubt_id=found.pk,
                    kind=form.cleaned_data["decision"],
                    reason=form.cleaned_data["reason"],
                    user_id=operator_of(request).pk,
                    now=timezone.now(),
                )
            except DoubtError as error:
                form.add_error(None, str(error))
                status = 409
            else:
                messages.success(request, gettext("Decided, and its supplier reads why."))
                return redirect("office-doubt", public_id)
    return render(request, "office/doubt.html", _context(found, form), status=status)


def _context(found: Doubt, form: DecisionForm) -> dict[str, Any]:
    what = heard(found.sha256)
    return {
        "doubt": found,
        "supplier_url": party_url(found.supplier),
        "is_on_sale": bool(on_shelves([(found.supplier_id, found.sha256)])),
        "found": drawn(finding_of(found), what),
        "facts": facts_of(what) if what else [],
        "spectrum": spectrum_of(what) if what else None,
        "others": [drawn(each, what) for each in what.judgement.findings if each.code != found.code]
        if what
        else [],
        "form": None if found.closed_at is not None else form,
    }


def doubt_rows(doubts: Sequence[Doubt]) -> list[dict[str, Any]]:
    """Doubts as `office/_doubt_rows.html` lists them."""
    return [
        {
            "doubt": each,
            "title": words_of(each.code).title,
            "supplier_url": party_url(each.supplier),
            "is_answered": getattr(each, "last_kind", None) == DoubtWord.Kind.ANSWER,
        }
        for each in doubts
    ]


def _after(request: HttpRequest) -> int | None:
    text = request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else None
