"""Works: the list, a work's page, and where it is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.catalog.models import RecordingWork, Work
from pennywhistle.apps.catalog.queries import ROWS_PER_PAGE, find_works
from pennywhistle.apps.rights.actions import record_public_domain
from pennywhistle.apps.rights.ownership_areas import free_of, ownership_of
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.split_bar import role_text
from pennywhistle.interfaces.office.catalog_forms import FreeForm
from pennywhistle.interfaces.office.ownership_tables import bar_of, free_table, shares_table
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.kernel.identifiers import Iswc

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_RECORDINGS_SHOWN_MAX = 200
_NUMBER_LENGTH_MAX = 18


@staff_only
@require_GET
def work_list(request: HttpRequest) -> HttpResponse:
    """All works by title, or those that a search means."""
    text = request.GET.get("q", "").strip()[:300]
    after = Work.objects.filter(id=number_of(request.GET.get("after", ""))).first()
    page = searched(
        request, find_works(text=text, after=after), most=ROWS_PER_PAGE, key=lambda work: work.pk
    )
    table = Table(
        title=gettext("By title"),
        headings=(gettext("Title"), "ISWC", gettext("Number")),
        rows=tuple(
            Row(
                (
                    Cell(work.title, reverse("office-work", args=[work.pk])),
                    Cell(iswc_text(work.iswc)),
                    Cell(f"work-{work.pk}"),
                )
            )
            for work in page.rows
        ),
        empty=gettext("No work is found. An ISWC is searched in full, a title also in part."),
    )
    context = {
        "title": gettext("Works"),
        "query": text,
        "search_label": gettext("Title or ISWC"),
        "table": table,
        "pager": page.pager,
    }
    return render(request, "office/list.html", context)


@staff_only
@require_GET
def work(request: HttpRequest, work_id: int) -> HttpResponse:
    """Who owns a work, where it is free, and which recordings play it."""
    found = get_object_or_404(Work.objects.prefetch_related("credits__party"), id=work_id)
    owned = ownership_of(work_id=found.pk, at=timezone.now())
    links = (
        RecordingWork.objects.open()
        .filter(work=found)
        .select_related("recording")
        .order_by("recording__title", "id")[:_RECORDINGS_SHOWN_MAX]
    )
    context = {
        "work": found,
        "iswc": iswc_text(found.iswc),
        "writers": [
            (each.party, role_text(each.get_role_display())) for each in found.credits.all()
        ],
        "bars": [bar_of(area) for area in owned.areas],
        "shares": shares_table(
            owned.shares,
            new_url=reverse("office-work-shares", args=[found.pk]),
            title=gettext("Shares"),
        ),
        "free": free_table(free_of(work_id=found.pk), work_id=found.pk),
        "closed": shares_table(owned.closed, new_url="", title=gettext("What was believed before")),
        "recordings": [
            (
                each.recording.title,
                reverse("office-recording", args=[each.recording_id]),
                share_text(each.part),
                each.matched_by,
            )
            for each in links
        ],
    }
    return render(request, "office/work.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def free_new(request: HttpRequest, work_id: int) -> HttpResponse:
    """Record where a work is free."""
    found = get_object_or_404(Work, id=work_id)
    form = FreeForm(*posted(request))

    def record() -> None:
        now = timezone.now()
        record_public_domain(
            work_id=found.pk,
            territories=form.territories,
            valid=form.period,
            now=now,
            evidence_id=form.evidence_id(user_id=operator_of(request).pk, now=now),
        )

    page = FormPage(
        title=gettext("Where %(title)s is free") % {"title": found.title},
        intro=gettext("Nobody's license is needed there, and nothing is paid for the work."),
        submit=gettext("Record it as free"),
        done=gettext("It is on record as free there."),
        back=reverse("office-work", args=[found.pk]),
        back_label=found.title,
    )
    return record_page(request, page, form, record)


def iswc_text(iswc: str) -> str:
    """An ISWC as its standard prints it."""
    return Iswc(iswc).display if iswc else ""


def number_of(text: str) -> int:
    """A row's number from an address; 0, which no row has, for anything else."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _NUMBER_LENGTH_MAX
    return int(text) if is_number else 0
