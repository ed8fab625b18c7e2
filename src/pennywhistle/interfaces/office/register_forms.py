"""Forms of what a party gives, licenses and agrees to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.engines.clearance.facts import WORK_RIGHTS, Right
from pennywhistle.interfaces.common.extent_form import ExtentForm, PeriodForm
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.party_field import PartyField, rights_field
from pennywhistle.interfaces.office.fields import DocumentForm, uses_field
from pennywhistle.interfaces.office.limits import (
    AMOUNT_MICRO_MAX,
    DUE_DAYS_MAX,
    NOTICE_DAYS_MAX,
)
from pennywhistle.interfaces.office.words import US_SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.rights.models import Repertoire, Tariff

_EXTENT = ("included", "excluded", "first_day", "last_day")


class MandateForm(DocumentForm, ExtentForm):
    """Who may license for a party, and what."""

    to_party = PartyField(label=_("Who may license for it"))
    rights = rights_field(Right)
    uses = uses_field()
    is_exclusive = forms.BooleanField(
        label=_("Exclusive: the party itself may not license this any more"), required=False
    )
    repertoire = forms.TypedChoiceField(
        label=_("For"), required=False, coerce=int, empty_value=None
    )
    notice_days = forms.IntegerField(
        label=_("Days of notice before it can end"),
        min_value=0,
        max_value=NOTICE_DAYS_MAX,
        initial=0,
    )
    field_order = ("to_party", "rights", *_EXTENT, "is_exclusive", "notice_days")

    def __init__(self, *args: Any, repertoires: Iterable[Repertoire], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["rights"].initial = list(WORK_RIGHTS)
        field = self.fields["repertoire"]
        assert isinstance(field, forms.TypedChoiceField)
        listed = ((each.pk, each.name) for each in repertoires)
        field.choices = [("", gettext("all that it has")), *listed]


class RevokeForm(forms.Form):
    """When a mandate ends."""

    effective_day = forms.DateField(
        label=_("It ends at the start of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Days begin at midnight UTC."),
    )
    is_agreed = forms.BooleanField(
        label=_("Who holds it agrees, so that no notice must run"), required=False
    )


class LicenseForm(DocumentForm, ExtentForm):
    """What a licensor licenses to this store, and by which tariff."""

    rights = rights_field(WORK_RIGHTS)
    uses = uses_field()
    tariff = forms.TypedChoiceField(
        label=_("Tariff"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Make the tariff first, with a line that says what it asks."),
    )
    unidentified_by = forms.CharField(
        label=_("Law that widens it to works of unknown owners"),
        required=False,
        max_length=200,
        help_text=_("Only where a law says so, such as § 7a VGG. Otherwise leave it empty."),
    )
    due_days = forms.IntegerField(
        label=_("Days after the end of a period to report and pay"),
        required=False,
        min_value=1,
        max_value=DUE_DAYS_MAX,
    )
    reporting_profile = forms.CharField(
        label=_("Form of the report"), required=False, max_length=40
    )
    field_order = ("rights", "tariff", *_EXTENT, "uses")

    def __init__(self, *args: Any, tariffs: Iterable[Tariff], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        field = self.fields["tariff"]
        assert isinstance(field, forms.TypedChoiceField)
        listed = ((each.pk, each.name) for each in tariffs)
        field.choices = [("", gettext("none: paid within the supplier's split")), *listed]


class AgreementForm(DocumentForm, PeriodForm):
    """A supplier's signed agreement."""

    us_source = forms.ChoiceField(
        label=_("Who licenses the works in the United States"),
        required=False,
        choices=list(US_SOURCES.items()),
    )


class RateForm(DocumentForm, ExtentForm):
    """What a price code means."""

    code = forms.CharField(label=_("Code"), max_length=40)
    field_order = ("code", "price", "wholesale", *_EXTENT)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        for name, label, least in (
            ("price", _("Price"), 1),
            ("wholesale", _("Wholesale price: the least that reaches the payees"), 0),
        ):
            self.fields[name] = MoneyField(
                label=f"{label} ({currency})",
                currency=currency,
                least_micro=least,
                most_micro=AMOUNT_MICRO_MAX,
                in_coins=False,
            )
        self.order_fields([*self.field_order, *DocumentForm.base_fields])


class TransferForm(DocumentForm, PeriodForm):
    """A catalog goes to another supplier."""

    to_party = PartyField(label=_("The supplier who takes it over"))
    field_order = ("to_party",)


class EndForm(forms.Form):
    """When a row of the register ends, or that it never held."""

    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("It holds to the end of that day, UTC."),
    )
    is_mistake = forms.BooleanField(
        label=_("It was recorded by mistake: take it back altogether"), required=False
    )

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned["last_day"]) == cleaned["is_mistake"]:
            self.add_error("last_day", gettext("Say the last day, or that it was a mistake."))
        return cleaned
