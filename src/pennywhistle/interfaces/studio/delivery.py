"""A delivery's page: progress while it is checked, then its report, then publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.intake.actions import NotPublishableError
from pennywhistle.apps.intake.advance import advance_by_folder, advance_by_release
from pennywhistle.apps.intake.doubts.queries import UPHELD
from pennywhistle.apps.intake.doubts.showing import files_of
from pennywhistle.apps.intake.offering import publish_on
from pennywhistle.apps.intake.queries import delivery_report
from pennywhistle.apps.parties.models import Party
from pennywhistle.interfaces.common.extra_words import extra_text
from pennywhistle.interfaces.common.format import date_text, duration_text
from pennywhistle.interfaces.common.judgement_words import words_of
from pennywhistle.interfaces.studio.files import advance_text, album_texts, file_row
from pennywhistle.interfaces.studio.person import is_partial, members_only, person_of
from pennywhistle.interfaces.studio.terms import all_to, forms_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.intake.advance import Advance
    from pennywhistle.apps.intake.doubts.queries import Standing
    from pennywhistle.apps.intake.queries import DeliveryReport
    from pennywhistle.apps.intake.report import Finding, PlannedRelease, Report


@require_GET
@members_only
def delivery(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far the check is; then what was found, and what would be published."""
    mine = _mine(request, public_id)
    here = reverse("studio-delivery", args=[public_id])
    lines = files_of(delivery_id=mine.id, supplier_id=mine.supplier_id)
    context: dict[str, Any] = {
        "delivery": mine,
        "here": here,
        "sent_on": date_text(mine.created_at.date()),
        "publish_url": reverse("studio-publish", args=[public_id]),
        "progress": {
            "label": gettext("Listening to every file from end to end"),
            "done": mine.files_checked,
            "total": mine.files_total,
            "page_url": here,
        },
        "files": [file_row(line) for line in lines],
    }
    if mine.report is not None and mine.standing is not None:
        context |= _report(mine.report, mine.standing, advance_by_release(mine.report, lines))
    else:
        context["folders"] = [
            {"title": each.title or mine.source_name, "text": advance_text(each)}
            for each in advance_by_folder(lines)
        ]
    name = "studio/_delivery_state.html" if is_partial(request) else "studio/delivery.html"
    return render(request, name, context)


def _report(report: Report, standing: Standing, advance: list[Advance]) -> dict[str, Any]:
    return {
        "releases": [
            _release(report, index, standing)
            | {"advance": advance_text(advance[index]), "album": album}
            for index, album in enumerate(album_texts(report))
        ],
        "findings": [_finding(report, finding) for finding in report.findings],
        "counts": {
            "errors": len(report.of("error")),
            "warnings": len(report.of("warning")),
            "notes": len(report.of("note")),
        },
        "publishable_count": len(standing.open),
        "held_count": len(standing.held),
    }


def _release(report: Report, index: int, standing: Standing) -> dict[str, Any]:
    release: PlannedRelease = report.releases[index]
    holds = standing.held.get(index, ())
    return {
        "release": release,
        "released_on": date_text(release.released_on),
        "may_publish": index in standing.open,
        "is_published": index in standing.published,
        "holds": list(dict.fromkeys(words_of(each.code).title for each in holds)),
        "is_refused": any(each.state == UPHELD for each in holds),
        "length": duration_text(sum(track.duration_ms for track in release.tracks)),
        "extras": [extra_text(each) for each in release.extras or ()],
        "tracks": [
            {"track": track, "length": duration_text(track.duration_ms)} for track in release.tracks
        ],
    }


def _finding(report: Report, finding: Finding) -> dict[str, Any]:
    level_text = {
        "error": gettext("Error"),
        "warning": gettext("Warning"),
        "note": gettext("Note"),
    }[finding.level]
    about = finding.file
    if not about and finding.release is not None:
        about = report.releases[finding.release].title
    return {"finding": finding, "level_text": level_text, "about": about}


@require_http_methods(["GET", "POST"])
@members_only
def publish(request: HttpRequest, public_id: str) -> HttpResponse:
    """Set the terms, and publish what nothing speaks against."""
    mine = _mine(request, public_id)
    if not mine.may_publish or mine.report is None or mine.standing is None:
        return redirect("studio-delivery", public_id)
    supplier = Party.objects.acted_for_by(user=person_of(request)).get(id=mine.supplier_id)
    lines = [all_to(supplier.name, supplier.public_id)]
    forms = forms_of(request, scope="delivery", initial={}, lines=lines)
    status = 200
    if request.method == "POST":
        status = 400
        if forms.are_valid():
            try:
                publish_on(delivery_id=mine.id, sheet=forms.sheet(), now=timezone.now())
            except NotPublishableError as error:
                forms.terms.add_error(None, str(error))
                status = 409
            else:
                messages.success(request, gettext("Published. It is on the shelves now."))
                return redirect("studio-releases")
    context = {
        "delivery": mine,
        "releases": [mine.report.releases[index] for index in mine.standing.open],
        "held_back": len(mine.report.releases)
        - len(mine.standing.open)
        - len(mine.standing.published),
        "form": forms.terms,
        "split": forms.split,
        "action": reverse("studio-publish", args=[public_id]),
        "back": reverse("studio-delivery", args=[public_id]),
    }
    return render(request, "studio/publish.html", context, status=status)


def _mine(request: HttpRequest, public_id: str) -> DeliveryReport:
    mine = delivery_report(user=person_of(request), public_id=public_id)
    if mine is None:
        raise Http404
    return mine
