"""Who sells and on which terms of tax; rates that a data set proposes."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.taxes.known import accept_proposal, dismiss_proposal
from pennywhistle.apps.taxes.models import RateProposal, SellerTerms
from pennywhistle.apps.taxes.terms import TermsSaid, set_seller_terms
from pennywhistle.interfaces.common.format import country_name, date_text
from pennywhistle.interfaces.common.forms import country_choices_with_none
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.interfaces.office.words import instant_text

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_SHOWN_MAX = 200
_DATE = {"type": "date"}


class TermsForm(forms.Form):
    """What stands on invoices, and how the store is taxed."""

    legal_name = forms.CharField(label=_("Legal name"), max_length=300)
    street = forms.CharField(label=_("Street and number"), max_length=200)
    postcode = forms.CharField(label=_("Postal code"), max_length=20)
    city = forms.CharField(label=_("City"), max_length=100)
    country = forms.ChoiceField(label=_("Country"), choices=country_choices_with_none)
    email = forms.EmailField(label=_("Mail address for questions"))
    vat_number = forms.CharField(label=_("VAT number"), max_length=20, required=False)
    tax_number = forms.CharField(
        label=_("Tax number"), max_length=40, required=False, help_text=_("If there is no other.")
    )
    scheme = forms.ChoiceField(
        label=_("Consumers in other states of the European Union"),
        choices=[
            ("oss", _("by the one-stop shop: taxed where they live")),
            ("home", _("below 10,000 euros a year: taxed as at home")),
            ("none", _("not registered for them")),
        ],
    )
    clues_needed = forms.TypedChoiceField(
        label=_("Evidence of where a buyer lives"),
        coerce=int,
        choices=[
            (2, _("two pieces that agree")),
            (1, _("one piece, below 100,000 euros a year across borders")),
        ],
    )
    vat_point = forms.ChoiceField(
        label=_("A balance is taxed"),
        choices=[
            ("sale", _("when something is bought (multi-purpose voucher)")),
            ("topup", _("when money is paid in (single-purpose voucher)")),
        ],
        help_text=_("Ask a tax adviser. Money that is there already keeps what held for it."),
    )
    first_day = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"),
        required=False,
        help_text=_("Empty: at once. Only the first terms may begin in the past."),
    )


@staff_only
@require_http_methods(["GET", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Record new terms; those before them stay true of what was sold under them."""
    data, _files = posted(request)
    form = TermsForm(data, initial=_initial())

    def record() -> None:
        said = dict(form.cleaned_data)
        first_day = said.pop("first_day")
        now = timezone.now()
        begins = datetime.combine(first_day, time.min, UTC) if first_day else now
        set_seller_terms(said=TermsSaid(**said), valid_from=begins, now=now)

    page = FormPage(
        title=gettext("Who sells"),
        intro=gettext(
            "Nothing is recorded for tax, and no invoice is issued, before this is on record. "
            "What is recorded here stands on every invoice."
        ),
        submit=gettext("Record these terms"),
        done=gettext("The terms are on record."),
        back=reverse("office-taxes"),
        back_label=gettext("Tax rates"),
    )
    return record_page(request, page, form, record)


def _initial() -> dict[str, object]:
    last = SellerTerms.objects.order_by("-valid_from").first()
    if last is None:
        return {"scheme": "oss", "clues_needed": 2, "vat_point": "sale"}
    names = [name for name in TermsForm.base_fields if name != "first_day"]
    return {name: getattr(last, name) for name in names}


def terms_table() -> Table:
    """All terms, the newest first."""
    rows = SellerTerms.objects.order_by("-valid_from")[:_SHOWN_MAX]
    schemes = dict(TermsForm.base_fields["scheme"].choices)  # type: ignore[attr-defined]
    points = dict(TermsForm.base_fields["vat_point"].choices)  # type: ignore[attr-defined]
    return Table(
        title=gettext("Who sells"),
        headings=(
            gettext("Name"),
            gettext("Country"),
            gettext("VAT number"),
            gettext("Scheme"),
            gettext("Evidence"),
            gettext("A balance is taxed"),
            gettext("From"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(each.legal_name),
                    Cell(country_name(each.country)),
                    Cell(each.vat_number or each.tax_number),
                    Cell(str(schemes[each.scheme])),
                    Cell(str(each.clues_needed), is_number=True),
                    Cell(str(points[each.vat_point])),
                    Cell(date_text(each.valid_from.date())),
                ),
                recorded=instant_text(each.recorded_at),
            )
            for each in rows
        ),
        empty=gettext("Nobody said yet who sells: no invoice is issued."),
        new=Cell(gettext("Record new terms"), reverse("office-tax-terms")),
    )


class ProposalForm(forms.Form):
    """Take a proposed rate from a day on, or leave the store's own."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("take", _("Take it from the day below")), ("leave", _("Leave our own rate"))],
        widget=forms.RadioSelect(),
    )
    begins_on = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"),
        help_text=_("The law names it. It begins at midnight there."),
    )

    def clean(self) -> None:
        """A rate that is taken holds from some day on."""
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "take" and not cleaned.get("begins_on"):
            self.add_error("begins_on", gettext("Say from which day on."))


@staff_only
@require_http_methods(["GET", "POST"])
def proposal_decide(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Decide about a rate that the data set has and the store has not."""
    found = get_object_or_404(RateProposal, id=proposal_id, closed_at__isnull=True)
    data, _files = posted(request)
    form = ProposalForm(data)

    def record() -> None:
        if form.cleaned_data["decision"] == "take":
            day = form.cleaned_data["begins_on"]
            accept_proposal(proposal_id=found.pk, begins_on=day, now=timezone.now())
        else:
            dismiss_proposal(proposal_id=found.pk, now=timezone.now())

    page = FormPage(
        title=gettext("%(rate)s in %(country)s?")
        % {"rate": share_text(found.rate), "country": country_name(found.territory)},
        intro=gettext(
            "The data set of %(day)s has this rate and does not say since when. Look at the tax "
            "office's page. Sales that were made meanwhile keep the tax that they were made with."
        )
        % {"day": date_text(found.version)},
        submit=gettext("Decide"),
        done=gettext("Decided."),
        back=reverse("office-taxes"),
        back_label=gettext("Tax rates"),
    )
    return record_page(request, page, form, record)


def proposals_table() -> Table:
    """Rates that wait for a decision."""
    rows = RateProposal.objects.filter(closed_at__isnull=True).order_by("territory")
    return Table(
        title=gettext("Rates that differ from the data set"),
        headings=(gettext("Territory"), gettext("Rate there"), gettext("Seen")),
        rows=tuple(
            Row(
                (
                    Cell(f"{each.territory} {country_name(each.territory)}"),
                    Cell(share_text(each.rate), is_number=True),
                    Cell(date_text(each.version)),
                ),
                recorded=instant_text(each.recorded_at),
                actions=(Cell(gettext("Decide"), reverse("office-tax-proposal", args=[each.pk])),),
            )
            for each in rows
        ),
        empty=gettext("All agree."),
    )
