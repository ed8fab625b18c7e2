"""Tariffs: the list, one with its lines over time, and the editor with “what if”."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.orders.what_if import what_if
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import record_tariff, record_tariff_line
from pennywhistle.apps.rights.models import Tariff, TariffLine
from pennywhistle.apps.rights.tariff_book import TARIFFS_PER_PAGE, find_tariffs, tariff_page
from pennywhistle.engines.clearance.tariff_check import check_tariff
from pennywhistle.interfaces.common.format import period_text
from pennywhistle.interfaces.common.tariff_words import asks
from pennywhistle.interfaces.office.limits import LAST_QUARTER
from pennywhistle.interfaces.office.mishaps import EXPECTED, tell
from pennywhistle.interfaces.office.parties import party_url
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table, document_cell, kept_row
from pennywhistle.interfaces.office.tariff_form import TariffLineForm, initial_of
from pennywhistle.interfaces.office.what_if_drawing import Drawn, drawn
from pennywhistle.interfaces.office.works import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse


_ABOUT_THE_SOURCE = ("source", "source_day")


class TariffForm(forms.Form):
    """A new tariff."""

    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("As the licensor calls it: VR-OD 8.")
    )


@dataclass(frozen=True, slots=True)
class EditorPage(FormPage):
    """The editor can also try a line without recording it."""

    try_label: str = ""


@staff_only
@require_GET
def tariff_list(request: HttpRequest) -> HttpResponse:
    """All tariffs by licensor."""
    text = request.GET.get("q", "").strip()[:300]
    after_id = number_of(request.GET.get("after", ""))
    after = Tariff.objects.select_related("licensor").filter(id=after_id).first()
    page = searched(
        request,
        find_tariffs(text=text, after=after),
        most=TARIFFS_PER_PAGE,
        key=lambda tariff: tariff.pk,
    )
    table = Table(
        title=gettext("By licensor"),
        headings=(gettext("Licensor"), gettext("Tariff")),
        rows=tuple(
            Row(
                (
                    Cell(row.licensor.name, party_url(row.licensor)),
                    Cell(row.name, reverse("office-tariff", args=[row.pk])),
                )
            )
            for row in page.rows
        ),
        empty=gettext("No tariff is found. A tariff is made on the page of its licensor."),
    )
    context = {
        "title": gettext("Tariffs"),
        "query": text,
        "search_label": gettext("Licensor or tariff"),
        "table": table,
        "pager": page.pager,
    }
    return render(request, "office/list.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def tariff_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a tariff of a licensor; the same name again is the same tariff."""
    party = get_object_or_404(Party, public_id=public_id)
    form = TariffForm(*posted(request))
    page = FormPage(
        title=gettext("A tariff of %(name)s") % {"name": party.name},
        intro=gettext("Its lines say what it asks when. It counts once a license names it."),
        submit=gettext("Make this tariff"),
        done=gettext("The tariff is on record. Give it a line."),
        back=f"{reverse('office-tariffs')}",
        back_label=gettext("Tariffs"),
    )
    return record_page(
        request,
        page,
        form,
        lambda: record_tariff(
            licensor_id=party.pk, name=form.cleaned_data["name"], now=timezone.now()
        ),
    )


@staff_only
@require_GET
def tariff(request: HttpRequest, tariff_id: int) -> HttpResponse:
    """A tariff's lines over time, and the licenses that name it."""
    found = tariff_page(tariff_id=tariff_id)
    if found is None:
        raise Http404
    context = {
        "tariff": found.tariff,
        "licensor": found.tariff.licensor,
        "lines": _lines(gettext("What it asks"), found.lines, tariff_id),
        "closed": _lines(gettext("What was believed before"), found.closed, None),
        "licenses": [(each.territories.text, period_text(each.valid)) for each in found.licenses],
    }
    return render(request, "office/tariff.html", context)


def _lines(title: str, lines: Sequence[TariffLine], tariff_id: int | None) -> Table:
    new = reverse("office-tariff-line-new", args=[tariff_id]) if tariff_id else ""
    return Table(
        title=title,
        headings=(gettext("When"), gettext("What it asks"), gettext("Source"), gettext("Document")),
        rows=tuple(
            kept_row(
                line,
                period_text(line.valid),
                "; ".join(asks(line.rule)),
                line.source,
                document_cell(line.evidence),
                actions=(
                    Cell(gettext("Change"), f"{new}?like={line.pk}"),
                    Cell(gettext("End"), reverse("office-end", args=["tariff-line", line.pk])),
                ),
            )
            for line in lines
        ),
        empty=gettext("It asks nothing yet: without a line its licenses license nothing."),
        new=Cell(gettext("New line"), new) if new else None,
        id="lines",
    )


@staff_only
@require_http_methods(["GET", "POST"])
def line_new(request: HttpRequest, tariff_id: int) -> HttpResponse:
    """Write a new line, see what it would have asked of the last quarter, and record it."""
    found = get_object_or_404(Tariff.objects.open(), id=tariff_id)
    form = TariffLineForm(*posted(request), initial=_like(request, found))
    page = EditorPage(
        title=gettext("A line of %(name)s") % {"name": found.name},
        intro=gettext("What the tariff asked during that time before gives way to it."),
        submit=gettext("Record this line"),
        try_label=gettext("What if, on the sales of the last 92 days?"),
        done=gettext("The line is on record."),
        back=reverse("office-tariff", args=[found.pk]),
        back_label=found.name,
    )
    if request.method == "POST" and request.POST.get("do") == "try":
        return _tried(request, page, form, found)

    def record() -> None:
        now = timezone.now()
        record_tariff_line(
            tariff_id=found.pk,
            terms=form.terms(name=found.name),
            now=now,
            evidence_id=form.evidence_id(user_id=operator_of(request).pk, now=now),
        )

    return record_page(request, page, form, record)


def _tried(
    request: HttpRequest, page: EditorPage, form: TariffLineForm, found: Tariff
) -> HttpResponse:
    """The same page with what the line would have asked; nothing is recorded."""
    result: Drawn | None = None
    # Where it stands and since when does not change what it asks.
    for name in _ABOUT_THE_SOURCE:
        form.fields[name].required = False
    is_valid = form.is_valid()
    for name in _ABOUT_THE_SOURCE:
        form.fields[name].required = True
    if is_valid:
        rule = form.rule(name=found.name)
        try:
            check_tariff(rule)
        except EXPECTED as error:
            tell(form, error)
        else:
            answer = what_if(
                tariff_id=found.pk, rule=rule, now=timezone.now(), lasting=LAST_QUARTER
            )
            result = drawn(answer)
    context = {
        "page": page,
        "form": form,
        "action": request.get_full_path(),
        "result": result,
        "asks": asks(form.rule(name=found.name)) if result else [],
    }
    status = 200 if result else 400
    return render(request, "office/tariff_tried.html", context, status=status)


def _like(request: HttpRequest, tariff: Tariff) -> dict[str, object]:
    """A line that stands, as a start for the next one."""
    line_id = number_of(request.GET.get("like", ""))
    line = TariffLine.objects.filter(tariff=tariff, id=line_id).select_related("tariff").first()
    return dict(initial_of(line.rule)) if line else {}
