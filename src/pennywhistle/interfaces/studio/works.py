"""Sending files of works and shares: first the report, then one's word, then the register."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.intake.actions import (
    NotRecordableError,
    confirm_works_file,
    take_works_file,
)
from pennywhistle.apps.intake.works.matching.queries import readiness_of
from pennywhistle.apps.intake.works.queries import works_file, works_files
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import EvidenceEmptyError
from pennywhistle.apps.statements.csv_file import cell_of_text
from pennywhistle.interfaces.common.format import date_text, size_text
from pennywhistle.interfaces.studio.limits import DELIVERIES_SHOWN_MAX
from pennywhistle.interfaces.studio.person import is_partial, members_only, person_of
from pennywhistle.interfaces.studio.receiving import UploadHandler
from pennywhistle.machine.storage import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest, HttpResponseBase

    from pennywhistle.apps.intake.works.queries import ShownFile
    from pennywhistle.apps.intake.works.report import ImportReport

_NAME_LENGTH_MAX = 300
_CSV_HEADINGS = ("level", "line", "record", "work", "field", "value", "rule", "seen", "to_do")


class WorksForm(forms.Form):
    """Which file is sent, and whose word it is."""

    submitter = forms.ChoiceField(label=_("For"))
    works = forms.FileField(
        label=_("File of works"), max_length=_NAME_LENGTH_MAX, allow_empty_file=True
    )

    def __init__(self, *args: Any, parties: Sequence[Party], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        field = self.fields["submitter"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(party.public_id, party.name) for party in parties]
        if len(parties) == 1:
            field.widget = forms.HiddenInput()
            self.initial.setdefault("submitter", parties[0].public_id)
        self.fields["works"].help_text = gettext(
            "CWR 2.1 or 2.2, or a table (CSV) with one row for each share. Up to %(most)s."
        ) % {"most": size_text(settings.WORKS_FILE_BYTES_MAX)}


@csrf_exempt
def works(request: HttpRequest) -> HttpResponseBase:
    """Set what takes the file before anything reads the request; its check comes after."""
    handler = UploadHandler(request, file_bytes_max=settings.WORKS_FILE_BYTES_MAX)
    if request.method == "POST":
        request.upload_handlers = [handler]
    return _works(request, handler)


@csrf_protect
@require_http_methods(["GET", "POST"])
@members_only
def _works(request: HttpRequest, handler: UploadHandler) -> HttpResponse:
    """Choose a file and have it checked; recording is asked for on the report's page."""
    parties = list(Party.objects.acted_for_by(user=person_of(request)).order_by("name", "id"))
    if request.method == "GET":
        return _page(request, WorksForm(parties=parties))
    form = WorksForm(request.POST, request.FILES, parties=parties)
    if handler.refusal:
        form.is_valid()
        form.add_error(None, handler.refusal)
        return _page(request, form, status=413)
    submitter = next((p for p in parties if p.public_id == request.POST.get("submitter")), None)
    if submitter is None:
        raise Http404
    if not form.is_valid():
        return _page(request, form, status=400)
    file = cast("UploadedFile[Any]", form.cleaned_data["works"])
    try:
        taken = take_works_file(
            submitter_id=submitter.pk,
            source_name=str(file.name),
            chunks=file.chunks(),
            now=timezone.now(),
            user_id=person_of(request).pk,
        )
    except EvidenceEmptyError:
        form.add_error("works", gettext("The file is empty. Nothing was kept."))
        return _page(request, form, status=400)
    except TooLargeError:
        form.add_error("works", gettext("A table may have 50 MB at most. Send it in parts."))
        return _page(request, form, status=413)
    return redirect("studio-works-file", taken.public_id)


def _page(request: HttpRequest, form: WorksForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "action": reverse("studio-works"),
        "readiness": readiness_of(user=person_of(request)),
        "files": works_files(user=person_of(request), count_max=DELIVERIES_SHOWN_MAX),
    }
    return render(request, "studio/works.html", context, status=status)


@require_GET
@members_only
def works_report(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far the file is; its report; and the button that has it recorded."""
    mine = _mine(request, public_id)
    here = reverse("studio-works-file", args=[public_id])
    is_recording = mine.state == "recording"
    context: dict[str, Any] = {
        "file": mine,
        "sent_on": date_text(mine.created_at.date()),
        "record_url": reverse("studio-works-record", args=[public_id]),
        "csv_url": reverse("studio-works-csv", args=[public_id]),
        "progress": {
            "label": gettext("Recording the works")
            if is_recording
            else gettext("Reading the file from its first line to its last"),
            "done": mine.works_done,
            "total": mine.works_total,
            "poll_url": here,
            "page_url": here,
        },
    }
    if mine.report is not None:
        context |= {"report": mine.report, "counts": _counts(mine.report)}
    name = "studio/_works_state.html" if is_partial(request) else "studio/works_file.html"
    return render(request, name, context)


def _counts(report: ImportReport) -> list[tuple[str, int]]:
    """What the file comes to, in words; what is nothing is left out."""
    told = [
        (gettext("Works that can be recorded"), report.works),
        (gettext("Works refused"), report.works_refused),
        (gettext("Shares told"), report.shares),
        (gettext("Shares of others, not claimed"), report.shares_not_claimed),
        (gettext("Answers of societies, not recorded"), report.works_answers),
        (gettext("Works of which a newer file told"), report.works_older),
        (gettext("Works that were new"), report.works_made),
        (gettext("People and companies that were new"), report.parties_made),
        (gettext("Shares recorded"), report.shares_recorded),
        (gettext("Shares that stood already"), report.shares_kept),
        (gettext("Shares closed"), report.shares_closed),
        (gettext("Shares of others that contradict"), report.shares_contradicted),
        (gettext("Mandates recorded"), report.mandates_recorded),
        (gettext("Mandates closed"), report.mandates_closed),
        (gettext("Recordings tied to their works"), report.recordings_linked),
        (gettext("Recordings that play another work"), report.recordings_otherwise),
        (gettext("Recordings of other suppliers, not tied"), report.recordings_proposed),
    ]
    return [(words, count) for words, count in told if count]


@require_POST
@members_only
def record(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say that the file is one's word: what it tells goes into the register."""
    mine = _mine(request, public_id)
    try:
        confirm_works_file(works_file_id=mine.id, now=timezone.now())
    except NotRecordableError as error:
        messages.error(request, str(error))
    return redirect("studio-works-file", public_id)


@require_GET
@members_only
def report_csv(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was found, as a table; no cell of it is a formula."""
    mine = _mine(request, public_id)
    if mine.report is None:
        raise Http404
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(_CSV_HEADINGS)
    for each in mine.report.remarks:
        cells = (each.record, each.work, each.field, each.value, each.rule)
        words = [cell_of_text(text) for text in (*cells, each.sentence, each.remedy)]
        writer.writerow([each.level, each.line, *words])
    response = HttpResponse(sheet.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="works-{public_id}.csv"'
    return response


def _mine(request: HttpRequest, public_id: str) -> ShownFile:
    mine = works_file(user=person_of(request), public_id=public_id)
    if mine is None:
        raise Http404
    return mine
