"""Published rates that come along as data: shown with their sources, recorded once checked."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.rights.known_tariffs import KnownLine, known_lines, record_known
from pennywhistle.apps.rights.models import Tariff
from pennywhistle.interfaces.common.format import period_text
from pennywhistle.interfaces.common.tariff_words import asks
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse


class KnownRatesForm(forms.Form):
    """Which published tariff it is, and that somebody looked."""

    known = forms.ChoiceField(label=_("Published tariff"), widget=forms.RadioSelect)
    is_checked = forms.BooleanField(
        label=_("I looked up what holds today, and these rates are it"),
        help_text=_("They are a copy with its source, not advice: check before relying on it."),
    )

    def __init__(self, *data: Any, names: Sequence[str]) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(*data)
        self.fields["known"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


@staff_only
@require_http_methods(["GET", "POST"])
def known_rates(request: HttpRequest, tariff_id: int) -> HttpResponse:
    """Show each published rate with its source; posted, record those of one for this tariff."""
    found = get_object_or_404(Tariff.objects.open().select_related("licensor"), id=tariff_id)
    by_name = {
        name: list(lines) for name, lines in groupby(known_lines(), key=lambda line: line.tariff)
    }
    form = KnownRatesForm(*posted(request), names=list(by_name))
    back = reverse("office-tariff", args=[found.pk])
    page = FormPage(
        title=gettext("Published rates for %(name)s") % {"name": found.name},
        submit=gettext("Record these rates"),
        done=gettext("The rates are on record. They count once a license names the tariff."),
        back=back,
        back_label=found.name,
    )
    if request.method == "POST":
        return record_page(request, page, form, lambda: _record(form, by_name, found))
    tables = [_table(name, lines) for name, lines in by_name.items()]
    context = {"page": page, "form": form, "action": request.path, "tables": tables}
    return render(request, "office/known_rates.html", context)


def _record(form: KnownRatesForm, by_name: dict[str, list[KnownLine]], tariff: Tariff) -> None:
    lines = by_name[form.cleaned_data["known"]]
    record_known(tariff_id=tariff.pk, lines=lines, now=timezone.now())


def _table(name: str, lines: Sequence[KnownLine]) -> Table:
    return Table(
        title=name,
        headings=(gettext("Where"), gettext("When"), gettext("What it asks"), gettext("Source")),
        rows=tuple(
            Row(
                (
                    Cell(line.where),
                    Cell(period_text(line.terms.valid)),
                    Cell("; ".join(asks(line.terms.rule))),
                    Cell(line.terms.source),
                )
            )
            for line in lines
        ),
    )
