"""Rates of tax: all that hold, and recording one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.apps.taxes.models import TaxRate
from pennywhistle.interfaces.common.extent_form import PeriodForm
from pennywhistle.interfaces.common.format import country_name, period_text
from pennywhistle.interfaces.common.part_field import PartField, share_text
from pennywhistle.interfaces.common.territory import is_territory
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.interfaces.office.tax_terms import proposals_table, terms_table
from pennywhistle.interfaces.office.words import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

_CLOSED_SHOWN_MAX = 200


class TaxForm(PeriodForm):
    """A rate of tax in a territory."""

    territory = forms.CharField(
        label=_("Territory"), max_length=2, help_text=_("Its code, such as DE.")
    )
    rate = PartField(
        label=_("Rate"), is_zero_fine=True, help_text=_("Percent of the price without tax: 19.")
    )
    source = forms.CharField(
        label=_("Source"), max_length=300, help_text=_("A law, or an office's page and its day.")
    )
    field_order = ("territory", "rate", "first_day", "last_day", "source")

    def clean_territory(self) -> str:
        """A code of ISO 3166-1."""
        code: str = self.cleaned_data["territory"].strip().upper()
        if not is_territory(code):
            raise ValidationError(gettext("Write a code such as DE."))
        return code


@staff_only
@require_GET
def tax_list(request: HttpRequest) -> HttpResponse:
    """All rates that are believed, and what was believed before."""
    rates = TaxRate.objects.order_by("territory", "valid_from")
    closed = rates.filter(closed_at__isnull=False).order_by("-closed_at", "-id")
    context = {
        "terms": terms_table(),
        "proposals": proposals_table(),
        "rates": _table(gettext("Rates"), rates.open(), is_new=True),
        "closed": _table(gettext("What was believed before"), closed[:_CLOSED_SHOWN_MAX]),
    }
    return render(request, "office/taxes.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def tax_new(request: HttpRequest) -> HttpResponse:
    """Record a rate; what held there and then before gives way to it."""
    form = TaxForm(*posted(request))

    def record() -> None:
        said = form.cleaned_data
        set_tax_rate(
            territory=said["territory"],
            rate=said["rate"],
            valid=form.period,
            source=said["source"],
            now=timezone.now(),
        )

    page = FormPage(
        title=gettext("A rate of tax"),
        intro=gettext(
            "Prices include their tax: the store keeps it apart from the first sale under the rate."
        ),
        submit=gettext("Record this rate"),
        done=gettext("The rate is on record."),
        back=reverse("office-taxes"),
        back_label=gettext("Tax rates"),
    )
    return record_page(request, page, form, record)


def _table(title: str, rates: Iterable[TaxRate], *, is_new: bool = False) -> Table:
    return Table(
        title=title,
        headings=(gettext("Territory"), gettext("Rate"), gettext("When"), gettext("Source")),
        rows=tuple(
            Row(
                (
                    Cell(f"{each.territory} {country_name(each.territory)}"),
                    Cell(share_text(each.rate), is_number=True),
                    Cell(period_text(each.period)),
                    Cell(each.source),
                ),
                recorded=instant_text(each.recorded_at),
                closed=instant_text(each.closed_at),
            )
            for each in rates
        ),
        empty=gettext("No rate: no price includes tax, anywhere."),
        new=Cell(gettext("Record a rate"), reverse("office-tax-new")) if is_new else None,
    )
