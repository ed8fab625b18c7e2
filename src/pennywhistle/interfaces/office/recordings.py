"""Recordings: the list, a recording's page, and which works it plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.catalog.actions import link_works
from pennywhistle.apps.catalog.models import Recording, RecordingWork
from pennywhistle.apps.catalog.queries import ROWS_PER_PAGE, find_recordings
from pennywhistle.apps.rights.ownership_areas import ownership_of
from pennywhistle.interfaces.common.format import duration_text
from pennywhistle.interfaces.common.part_field import fraction_text, share_text
from pennywhistle.interfaces.office.catalog_forms import LINES_PREFIX, WorkLines, parts_of
from pennywhistle.interfaces.office.ownership_tables import bar_of, shares_table
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.interfaces.office.works import number_of
from pennywhistle.kernel.identifiers import Isrc

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@staff_only
@require_GET
def recording_list(request: HttpRequest) -> HttpResponse:
    """All recordings by title, or those that a search means."""
    text = request.GET.get("q", "").strip()[:300]
    after = Recording.objects.filter(id=number_of(request.GET.get("after", ""))).first()
    page = searched(
        request,
        find_recordings(text=text, after=after),
        most=ROWS_PER_PAGE,
        key=lambda recording: recording.pk,
    )
    table = Table(
        title=gettext("By title"),
        headings=(gettext("Title"), "ISRC", gettext("Supplier"), gettext("Length")),
        rows=tuple(
            Row(
                (
                    Cell(row.title, reverse("office-recording", args=[row.pk])),
                    Cell(isrc_text(row.isrc)),
                    Cell(row.supplier.name),
                    Cell(duration_text(row.duration_ms), is_number=True),
                )
            )
            for row in page.rows
        ),
        empty=gettext("No recording is found. An ISRC is searched in full, a title also in part."),
    )
    context = {
        "title": gettext("Recordings"),
        "query": text,
        "search_label": gettext("Title or ISRC"),
        "table": table,
        "pager": page.pager,
    }
    return render(request, "office/list.html", context)


@staff_only
@require_GET
def recording(request: HttpRequest, recording_id: int) -> HttpResponse:
    """Who owns a recording, and which works it plays."""
    found = get_object_or_404(Recording.objects.select_related("supplier"), id=recording_id)
    owned = ownership_of(recording_id=found.pk, at=timezone.now())
    context = {
        "recording": found,
        "isrc": isrc_text(found.isrc),
        "length": duration_text(found.duration_ms),
        "bars": [bar_of(area) for area in owned.areas],
        "shares": shares_table(
            owned.shares,
            new_url=reverse("office-recording-shares", args=[found.pk]),
            title=gettext("Shares"),
        ),
        "closed": shares_table(owned.closed, new_url="", title=gettext("What was believed before")),
        "works": [
            (
                each.work.title,
                reverse("office-work", args=[each.work_id]),
                share_text(each.part),
                each.matched_by,
            )
            for each in _links(found)
        ],
    }
    return render(request, "office/recording.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def works_of(request: HttpRequest, recording_id: int) -> HttpResponse:
    """Say which works a recording plays, and how much of it each is."""
    found = get_object_or_404(Recording, id=recording_id)
    form = forms.Form(*posted(request))
    initial = [
        {"work": f"work-{each.work_id}", "percent": fraction_text(each.part)}
        for each in _links(found)
    ]
    lines = WorkLines(*posted(request), prefix=LINES_PREFIX, initial=initial)

    def record() -> None:
        link_works(
            recording_id=found.pk,
            parts=parts_of(lines),
            matched_by=RecordingWork.Matched.OPERATOR,
            now=timezone.now(),
        )

    page = FormPage(
        title=gettext("What %(title)s plays") % {"title": found.title},
        intro=gettext("These lines take the place of what is there. An empty line is no line."),
        submit=gettext("Record these works"),
        done=gettext("The works are on record."),
        back=reverse("office-recording", args=[found.pk]),
        back_label=found.title,
        lines_label=gettext("Works in the recording"),
    )
    return record_page(request, page, form, record, lines)


def isrc_text(isrc: str) -> str:
    """An ISRC as its standard prints it."""
    return Isrc(isrc).display if isrc else ""


def _links(recording: Recording) -> list[RecordingWork]:
    return list(recording.work_links.open().select_related("work").order_by("id"))
