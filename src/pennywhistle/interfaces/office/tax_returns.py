"""Returns of tax by quarter, and buyers whose place is in doubt."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.invoices.doubting import decide_place
from pennywhistle.apps.invoices.models import PlaceDoubt, Settlement, Supply
from pennywhistle.apps.invoices.return_table import return_lines
from pennywhistle.apps.invoices.returns import (
    HOME_THRESHOLD_EUR,
    ONE_CLUE_THRESHOLD_EUR,
    crossing_eur,
    oss_return,
    quarter_totals,
    quarters_known,
)
from pennywhistle.apps.taxes.terms import terms_at
from pennywhistle.engines.tax import ClueKind, Quarter, Treatment
from pennywhistle.interfaces.common.format import country_name, exact_text, price_text
from pennywhistle.interfaces.common.forms import country_choices_with_none
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.interfaces.office.words import instant_text
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.invoices.returns import OssReturn

_SHOWN_MAX = 100
_CENT_MICRO = 10_000
_TREATMENTS = {
    Treatment.DOMESTIC: _("at home"),
    Treatment.OSS: _("one-stop shop"),
    Treatment.REVERSE: _("reverse charge"),
    Treatment.LOCAL: _("where we are registered"),
    Treatment.OUTSIDE: _("no tax of ours"),
}
_KINDS = {
    ClueKind.DECLARED: _("their own word"),
    ClueKind.NETWORK: _("network address"),
    ClueKind.PAYMENT: _("payment"),
    ClueKind.OTHER: _("a decision of ours"),
}


@staff_only
@require_GET
def return_list(request: HttpRequest) -> HttpResponse:
    """The quarters, and how near the thresholds the store is."""
    now = timezone.now()
    terms = terms_at(now)
    years = (now.year, now.year - 1)
    crossing = [(year, crossing_eur(terms, year)) for year in years] if terms else []
    context = {
        "quarters": [str(quarter) for quarter in quarters_known()],
        "crossing": [(year, _euros(euros)) for year, euros in crossing],
        "is_over_home": _is_over(crossing, HOME_THRESHOLD_EUR)
        and terms is not None
        and terms.scheme == "home",
        "is_over_one_clue": _is_over(crossing, ONE_CLUE_THRESHOLD_EUR)
        and terms is not None
        and terms.clues_needed == 1,
        "waiting_count": Settlement.objects.count(),
    }
    return render(request, "office/tax_returns.html", context)


def _is_over(crossing: list[tuple[int, int | None]], threshold: int) -> bool:
    return any(euros is not None and euros > threshold for _year, euros in crossing)


def _euros(euros: int | None) -> str:
    if euros is None:
        return gettext("a rate of exchange is missing")
    return price_text(Money(euros * 1_000_000, "EUR"))


@staff_only
@require_GET
def tax_return(request: HttpRequest, quarter: str) -> HttpResponse:
    """What is owed for a quarter: by the one-stop shop, and everywhere else."""
    found = oss_return(_quarter(quarter))
    context = {
        "found": found,
        "owed": _cents(found.owed_cents),
        "oss": _oss_table(found),
        "corrections": _corrections_table(found),
        "all": _all_table(found.quarter),
    }
    return render(request, "office/tax_return.html", context)


@staff_only
@require_GET
def tax_return_table(request: HttpRequest, quarter: str) -> HttpResponse:
    """The one-stop shop's return as CSV; 409 while a rate of exchange is missing."""
    del request
    found = oss_return(_quarter(quarter))
    if found.missing:
        return HttpResponse("\n".join(found.missing), status=409, content_type="text/plain")
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="oss-{found.quarter}.csv"'},
    )
    csv.writer(response).writerows(return_lines(found))
    return response


def _quarter(text: str) -> Quarter:
    quarter = Quarter.parse(text)
    if quarter is None:
        raise Http404
    return quarter


def _cents(cents: int) -> str:
    return price_text(Money(cents * _CENT_MICRO, "EUR"))


def _oss_table(found: OssReturn) -> Table:
    return Table(
        title=gettext("One-stop shop"),
        headings=(
            gettext("Member state"),
            gettext("Rate"),
            gettext("Without tax"),
            gettext("Tax"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(f"{row.state} {country_name(row.state)}"),
                    Cell(share_text(row.rate), is_number=True),
                    Cell(_cents(row.net_cents), is_number=True),
                    Cell(_cents(row.tax_cents), is_number=True),
                )
            )
            for row in found.rows
        ),
        empty=gettext("Nothing was supplied under it."),
    )


def _corrections_table(found: OssReturn) -> Table:
    return Table(
        title=gettext("Corrections of earlier quarters"),
        headings=(gettext("Member state"), gettext("Quarter"), gettext("Tax")),
        rows=tuple(
            Row(
                (
                    Cell(f"{each.state} {country_name(each.state)}"),
                    Cell(str(each.quarter)),
                    Cell(_cents(each.tax_cents), is_number=True),
                )
            )
            for each in found.corrections
        ),
        empty=gettext("None."),
    )


def _all_table(quarter: Quarter) -> Table:
    return Table(
        title=gettext("Everything that was supplied"),
        headings=(
            gettext("Whose tax"),
            gettext("Member state"),
            gettext("Rate"),
            gettext("With tax"),
            gettext("Tax"),
            gettext("How many"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(str(_TREATMENTS[Treatment(each.treatment)])),
                    Cell(f"{each.state} {country_name(each.state)}"),
                    Cell(share_text(each.rate), is_number=True),
                    Cell(exact_text(Money(each.gross_micro, each.currency)), is_number=True),
                    Cell(exact_text(Money(each.tax_micro, each.currency)), is_number=True),
                    Cell(str(each.count), is_number=True),
                )
            )
            for each in quarter_totals(quarter)
        ),
        empty=gettext("Nothing was supplied."),
    )


class PlaceForm(forms.Form):
    """Where a buyer belongs, and why."""

    country = forms.ChoiceField(label=_("They belong to"), choices=country_choices_with_none)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays on record with your name."),
    )


@staff_only
@require_GET
def place_list(request: HttpRequest) -> HttpResponse:
    """Buyers of whom the evidence says different countries."""
    doubts = PlaceDoubt.objects.open().select_related("user")[:_SHOWN_MAX]
    table = Table(
        title=gettext("Waiting"),
        headings=(gettext("Buyer"), gettext("Taxed in"), gettext("Evidence")),
        rows=tuple(
            Row(
                (
                    Cell(each.user.email),
                    Cell(country_name(each.country)),
                    Cell(_evidence(each)),
                ),
                recorded=instant_text(each.recorded_at),
                actions=(Cell(gettext("Decide"), reverse("office-tax-place", args=[each.pk])),),
            )
            for each in doubts
        ),
        empty=gettext("All evidence agrees."),
    )
    return render(request, "office/tax_places.html", {"table": table})


@staff_only
@require_http_methods(["GET", "POST"])
def place_decide(request: HttpRequest, doubt_id: int) -> HttpResponse:
    """Decide where a buyer belongs."""
    doubt = get_object_or_404(PlaceDoubt.objects.open().select_related("user"), id=doubt_id)
    data, _files = posted(request)
    form = PlaceForm(data, initial={"country": doubt.rival or doubt.country})

    def record() -> None:
        decide_place(
            doubt_id=doubt_id,
            country=form.cleaned_data["country"],
            reason=form.cleaned_data["reason"],
            operator_id=operator_of(request).pk,
            now=timezone.now(),
        )

    page = FormPage(
        title=doubt.user.email,
        intro=gettext(
            "Taxed in %(country)s. The evidence: %(evidence)s. Ask the buyer for one more piece, "
            "such as a bill with their address; three pieces outweigh two. If they belong "
            "elsewhere, the account moves there, what they bought is taxed there at the same "
            "price, and the store bears the difference."
        )
        % {"country": country_name(doubt.country), "evidence": _evidence(doubt)},
        submit=gettext("Decide"),
        done=gettext("Decided."),
        back=reverse("office-tax-places"),
        back_label=gettext("Buyers whose place is in doubt"),
    )
    return record_page(request, page, form, record)


def _evidence(doubt: PlaceDoubt) -> str:
    last = (
        Supply.objects.contradicted()
        .filter(user=doubt.user_id, territory=doubt.country)
        .order_by("-id")
        .first()
    )
    return ", ".join(
        f"{_KINDS[ClueKind(kind)]}: {country_name(country)}"
        for kind, country in (last.clues if last else ())
    )
