"""VAT numbers that buyers state, and what an operator found in a register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.taxes.models import VatNumber
from pennywhistle.apps.taxes.numbers import is_confirmed, vouch_for_vat_number
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.interfaces.office.words import instant_text, yes_text

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_SHOWN_MAX = 200


class VouchForm(forms.Form):
    """What an operator found in a register."""

    is_valid_number = forms.ChoiceField(
        label=_("Is the number valid, and this business's?"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        widget=forms.RadioSelect(),
    )
    reason = forms.CharField(
        label=_("Where you looked, and what stood there"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is kept as evidence with your name and the time."),
    )


@staff_only
@require_GET
def number_list(request: HttpRequest) -> HttpResponse:
    """VAT numbers that buyers state, those that are not confirmed first."""
    rows = VatNumber.objects.open().select_related("user").prefetch_related("answers")
    now = timezone.now()
    numbers = sorted(rows.order_by("-id")[:_SHOWN_MAX], key=lambda each: is_confirmed(each, now))
    table = Table(
        title=gettext("Numbers"),
        headings=(
            gettext("Number"),
            gettext("Buyer"),
            gettext("Business"),
            gettext("Valid?"),
            gettext("Theirs?"),
            gettext("Says who"),
        ),
        rows=tuple(_number_row(each) for each in numbers),
        empty=gettext("No buyer states a VAT number."),
    )
    return render(request, "office/tax_numbers.html", {"table": table})


def _number_row(number: VatNumber) -> Row:
    last = next(iter(reversed(number.answers.all())), None)
    said = f"{last.by}, {instant_text(last.asked_at)}" if last else gettext("nobody yet")
    return Row(
        (
            Cell(number.number),
            Cell(number.user.email),
            Cell(number.business_name),
            Cell(yes_text(last.is_valid) if last else ""),
            Cell(yes_text(is_confirmed(number, timezone.now())) if last else ""),
            Cell(said),
        ),
        recorded=instant_text(number.recorded_at),
        actions=(Cell(gettext("Say what it is"), reverse("office-tax-number", args=[number.pk])),),
    )


def _intro(number: VatNumber) -> str:
    """Whose it is by their own word and by a register's, and what a yes means."""
    owner = number.business
    last = next((each for each in reversed(number.answers.all()) if not each.by_operator), None)
    told = [str((last.document if last else {}).get(part) or "") for part in ("name", "address")]
    return gettext(
        "The buyer says: %(business)s. The register says: %(told)s. From a yes on, which is that "
        "the number is valid and this business's, they owe the tax of purchases themselves."
    ) % {
        "business": f"{owner.name}, {owner.street}, {owner.postcode} {owner.city}",
        "told": ", ".join(part for part in told if part.strip("-")) or gettext("nothing"),
    }


@staff_only
@require_http_methods(["GET", "POST"])
def number_vouch(request: HttpRequest, number_id: int) -> HttpResponse:
    """Say of a number what a register says, where VIES was not asked or has none of that state."""
    number = VatNumber.objects.open().filter(id=number_id).first()
    if number is None:
        raise Http404
    data, _files = posted(request)
    form = VouchForm(data)

    def record() -> None:
        vouch_for_vat_number(
            number_id=number_id,
            is_valid=form.cleaned_data["is_valid_number"] == "yes",
            reason=form.cleaned_data["reason"],
            operator_id=operator_of(request).pk,
            now=timezone.now(),
        )

    page = FormPage(
        title=number.number,
        intro=_intro(number),
        submit=gettext("Record it"),
        done=gettext("It is on record."),
        back=reverse("office-tax-numbers"),
        back_label=gettext("VAT numbers of buyers"),
    )
    return record_page(request, page, form, record)
