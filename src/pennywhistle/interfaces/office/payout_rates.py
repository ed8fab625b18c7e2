"""Rates of exchange and of withholding tax, and payees' tax forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.payouts.limits import SOURCE_LENGTH_MAX
from pennywhistle.apps.payouts.models import ExchangeRate, TaxForm, WithholdingRate
from pennywhistle.apps.payouts.queries import withheld_totals
from pennywhistle.apps.payouts.terms import (
    FormSaid,
    RateSaid,
    WithholdingSaid,
    record_exchange_rate,
    record_tax_form,
    record_withholding_rate,
)
from pennywhistle.interfaces.common.format import country_name, date_text, percent_text, price_text
from pennywhistle.interfaces.common.territory import is_territory
from pennywhistle.interfaces.office.fields import DocumentForm
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table, document_cell
from pennywhistle.interfaces.office.words import instant_text
from pennywhistle.kernel.currencies import CURRENCIES

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

_SHOWN_MAX = 200
_CURRENCIES = [(code, code) for code in sorted(CURRENCIES)]


def _day(label: str | _StrPromise, *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, required=required)


class TerritoryField(forms.CharField):
    """A territory by its code."""

    def clean(self, value: str) -> str:
        """In capitals; a code of ISO 3166-1, or nothing where that is fine."""
        code = str(super().clean(value)).strip().upper()
        if code and not is_territory(code):
            raise ValidationError(gettext("Write a code such as DE."))
        return code


class ExchangeForm(forms.Form):
    """A rate of a day."""

    of = forms.ChoiceField(label=_("1 unit of"), choices=_CURRENCIES)
    into = forms.ChoiceField(label=_("is worth in"), choices=_CURRENCIES)
    factor = forms.DecimalField(
        label=_("so much"), max_digits=20, decimal_places=10, localize=False, min_value=0
    )
    day = _day(_("On the day"))
    source = forms.CharField(
        label=_("Source"),
        max_length=SOURCE_LENGTH_MAX,
        help_text=_("Whose rate, and where it stands."),
    )


class WithholdingForm(forms.Form):
    """A rate of tax at the source."""

    territory = TerritoryField(label=_("Uses in"), max_length=2)
    residence = TerritoryField(
        label=_("Payees who live in"),
        max_length=2,
        required=False,
        help_text=_("Empty: all without a form that lowers it. With a code: by treaty and form."),
    )
    percent = forms.DecimalField(
        label=_("Percent"), max_digits=7, decimal_places=4, min_value=0, max_value=100
    )
    first_day = _day(_("First day"))
    last_day = _day(_("Last day"), required=False)
    source = forms.CharField(
        label=_("Source"), max_length=SOURCE_LENGTH_MAX, help_text=_("The law or the treaty.")
    )


class PayeeTaxForm(DocumentForm):
    """A form that a payee handed in."""

    name = forms.CharField(label=_("Form"), max_length=60, help_text=_("Such as W-8BEN."))
    territory = TerritoryField(label=_("For the tax office of"), max_length=2)
    residence = TerritoryField(label=_("The payee lives in"), max_length=2)
    first_day = _day(_("First day"))
    last_day = _day(_("Last day"))


@staff_only
@require_GET
def rates(request: HttpRequest) -> HttpResponse:
    """All rates on record, all forms, and what was withheld this year."""
    year = timezone.now().year
    exchange = ExchangeRate.objects.order_by("-day", "of", "into")[:_SHOWN_MAX]
    withholding = WithholdingRate.objects.order_by("territory", "residence", "-first_day", "-id")
    tax_forms = TaxForm.objects.select_related("party", "evidence").order_by("-id")[:_SHOWN_MAX]
    context = {
        "year": str(year),
        "exchange": _exchange(list(exchange)),
        "withholding": _withholding(list(withholding[:_SHOWN_MAX])),
        "forms": _forms(list(tax_forms)),
        "withheld": Table(
            title=gettext("Withheld this year"),
            headings=(gettext("Territory"), gettext("Amount"), gettext("Payouts")),
            rows=tuple(
                Row(
                    (
                        Cell(country_name(territory)),
                        Cell(price_text(amount), is_number=True),
                        Cell(str(count), is_number=True),
                    )
                )
                for territory, amount, count in withheld_totals(year)
            ),
            empty=gettext("Nothing was withheld this year."),
        ),
    }
    return render(request, "office/payout_rates.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def exchange_new(request: HttpRequest) -> HttpResponse:
    """Record a rate of exchange; it stays as it is."""
    data, _files = posted(request)
    form = ExchangeForm(data, initial={"day": timezone.now().date()})

    def record() -> None:
        said = RateSaid(**form.cleaned_data)
        record_exchange_rate(said=said, user_id=operator_of(request).pk, now=timezone.now())

    intro = gettext("What is earned in one currency and paid in another is converted once, by it.")
    return record_page(request, _page(gettext("A rate of exchange"), intro), form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def withholding_new(request: HttpRequest) -> HttpResponse:
    """Record a rate of withholding tax."""
    data, _files = posted(request)
    form = WithholdingForm(data, initial={"first_day": timezone.now().date()})

    def record() -> None:
        said = dict(form.cleaned_data)
        percent = said.pop("percent")
        record_withholding_rate(
            said=WithholdingSaid(rate=percent / 100, **said),
            user_id=operator_of(request).pk,
            now=timezone.now(),
        )

    intro = gettext("It is kept back of what uses in that territory brought, for its tax office.")
    return record_page(request, _page(gettext("A rate of withholding tax"), intro), form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def form_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record a payee's tax form; the one before it for the same office is closed."""
    party = get_object_or_404(Party, public_id=public_id)
    form = PayeeTaxForm(*posted(request))

    def record() -> None:
        said, now, user_id = form.cleaned_data, timezone.now(), operator_of(request).pk
        record_tax_form(
            said=FormSaid(
                party_id=party.pk,
                territory=said["territory"],
                residence=said["residence"],
                name=said["name"],
                first_day=said["first_day"],
                last_day=said["last_day"],
                evidence_id=form.evidence_id(user_id=user_id, now=now),
            ),
            user_id=user_id,
            now=now,
        )

    intro = gettext(
        "While it is valid, the treaty's rate holds. When it has run out, payouts of what that "
        "territory brought wait for a new one."
    )
    title = gettext("A tax form of %(name)s") % {"name": party.name}
    return record_page(request, _page(title, intro), form, record)


def _page(title: str, intro: str) -> FormPage:
    return FormPage(
        title=title,
        intro=intro,
        submit=gettext("Record it"),
        done=gettext("It is on record."),
        back=reverse("office-payout-rates"),
        back_label=gettext("Rates and forms"),
    )


def _exchange(rows: list[ExchangeRate]) -> Table:
    return Table(
        title=gettext("Rates of exchange"),
        headings=(gettext("Day"), gettext("Rate"), gettext("Source")),
        rows=tuple(
            Row(
                (
                    Cell(date_text(each.day)),
                    Cell(f"1 {each.of} = {each.factor.normalize():f} {each.into}", is_number=True),
                    Cell(each.source),
                )
            )
            for each in rows
        ),
        empty=gettext("None: whoever earned in one currency is paid in it."),
        new=Cell(gettext("Record a rate"), reverse("office-payout-exchange-new")),
    )


def _withholding(rows: list[WithholdingRate]) -> Table:
    return Table(
        title=gettext("Rates of withholding tax"),
        headings=(
            gettext("Uses in"),
            gettext("Payees who live in"),
            gettext("Rate"),
            gettext("When"),
            gettext("Source"),
            gettext("Closed"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(country_name(each.territory)),
                    Cell(country_name(each.residence) if each.residence else gettext("anywhere")),
                    Cell(percent_text(float(each.rate)), is_number=True),
                    Cell(_when(each.first_day, each.last_day)),
                    Cell(each.source),
                    Cell(instant_text(each.closed_at)),
                )
            )
            for each in rows
        ),
        empty=gettext("None: nothing is withheld anywhere."),
        new=Cell(gettext("Record a rate"), reverse("office-payout-withholding-new")),
    )


def _forms(rows: list[TaxForm]) -> Table:
    return Table(
        title=gettext("Tax forms"),
        headings=(
            gettext("Payee"),
            gettext("Form"),
            gettext("For"),
            gettext("Lives in"),
            gettext("When"),
            gettext("Document"),
            gettext("Closed"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(each.party.name, reverse("office-party", args=[each.party.public_id])),
                    Cell(each.name),
                    Cell(country_name(each.territory)),
                    Cell(country_name(each.residence)),
                    Cell(_when(each.first_day, each.last_day)),
                    document_cell(each.evidence),
                    Cell(instant_text(each.closed_at)),
                )
            )
            for each in rows
        ),
        empty=gettext("None. They are recorded at the party's page."),
    )


def _when(first: date, last: date | None) -> str:
    return f"{date_text(first)} \u2013 {date_text(last) if last else ''}".rstrip()
