"""Forms of a supplier's offers; each names the supplier, of whom a person may act for several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.offers.models import Bundle
from pennywhistle.apps.parties.models import Party
from pennywhistle.interfaces.common.extent_form import PeriodForm
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.offer_forms import PartForm
from pennywhistle.interfaces.common.part_field import PartField
from pennywhistle.interfaces.studio.limits import PRICE_MICRO_MAX
from pennywhistle.kernel.money import micro_per_minor_unit

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from pennywhistle.apps.catalog.models import Release

_CODE_LENGTH_MAX = 40
_TITLE_LENGTH_MAX = 120


def supplier_field(suppliers: QuerySet[Party]) -> forms.ModelChoiceField:  # type: ignore[type-arg]
    """Who makes the offer; nothing to choose where it can be one only."""
    first = suppliers.first()
    is_one = suppliers.count() == 1
    return forms.ModelChoiceField(
        suppliers,
        label=_("Offered by"),
        empty_label=None,
        initial=first,
        widget=forms.HiddenInput() if is_one else forms.Select(),
    )


def releases_field(
    releases: QuerySet[Release],
    help_text: Any,  # noqa: ANN401 (lazy)
) -> forms.ModelMultipleChoiceField:  # type: ignore[type-arg]
    """Releases to tick."""
    return forms.ModelMultipleChoiceField(
        releases.order_by("title", "id"),
        label=_("Releases"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


class CampaignForm(PartForm):
    """A campaign of a supplier."""

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        suppliers: QuerySet[Party],
        releases: QuerySet[Release],
    ) -> None:
        super().__init__(*args)
        self.fields["supplier"] = supplier_field(suppliers)
        self.fields["releases"] = releases_field(
            releases, _("None ticked: all of them, those to come too.")
        )
        self.order_fields([*self.field_order, "releases"])


class BundleForm(PeriodForm):
    """A bundle of ticked releases, or of all of an artist or a label."""

    title = forms.CharField(label=_("Name"), max_length=_TITLE_LENGTH_MAX)
    party = forms.ModelChoiceField(
        Party.objects.none(),
        label=_("All of an artist or a label"),
        required=False,
        empty_label=_("Only what is ticked below"),
        help_text=_("Releases to come join it by themselves."),
    )
    part = PartField(
        label=_("Percent off each"), required=False, help_text=_("Either this, or one price.")
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        suppliers: QuerySet[Party],
        releases: QuerySet[Release],
        currency: str,
    ) -> None:
        super().__init__(*args)
        self.fields["supplier"] = supplier_field(suppliers)
        self.fields["releases"] = releases_field(releases, _("Two or more."))
        self.fields["price"] = MoneyField(
            label=f"{gettext('One price for all')} ({currency})",
            currency=currency,
            least_micro=micro_per_minor_unit(currency),
            most_micro=PRICE_MICRO_MAX,
            required=False,
            help_text=_("It is divided by what the releases cost by themselves."),
        )
        named = Party.objects.filter(releaseartist__release__in=releases.values("id"))
        labels = Party.objects.filter(id__in=releases.values("label"))
        parties = Party.objects.filter(id__in=named.values("id")) | labels
        self.fields["party"].queryset = parties.distinct().order_by("name", "id")  # type: ignore[attr-defined]
        self.labels = set(labels.values_list("id", flat=True))
        self.order_fields(
            [
                *("supplier", "title", "party", "releases", "part", "price"),
                *("first_day", "last_day"),
            ]
        )

    def clean(self) -> dict[str, Any]:
        """A price or a part; ticked releases, or a name."""
        cleaned = super().clean()
        if bool(cleaned.get("part")) == bool(cleaned.get("price")) and not self.errors:
            raise ValidationError(gettext("Give one price for all, or a percentage off each."))
        if cleaned.get("party") and cleaned.get("releases"):
            self.add_error("releases", gettext("Tick releases, or choose a name; not both."))
        return cleaned

    @property
    def kind(self) -> str:
        """What kind of bundle it is, once it is valid."""
        party = self.cleaned_data["party"]
        if party is None:
            return Bundle.Kind.LIST
        return Bundle.Kind.LABEL if party.pk in self.labels else Bundle.Kind.ARTIST


class TierForm(forms.Form):
    """A name for a price."""

    name = forms.CharField(label=_("Name"), max_length=_CODE_LENGTH_MAX)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        suppliers: QuerySet[Party],
        currency: str,
    ) -> None:
        super().__init__(*args)
        self.fields["supplier"] = supplier_field(suppliers)
        self.fields["price"] = MoneyField(
            label=f"{gettext('Price')} ({currency})",
            currency=currency,
            least_micro=micro_per_minor_unit(currency),
            most_micro=PRICE_MICRO_MAX,
        )
        self.order_fields(["supplier", "name", "price"])


class SaleForm(PeriodForm):
    """What is taken off until which day."""

    part = PartField(label=_("Percent off"))
    field_order = ("part", "first_day", "last_day")

    def __init__(self, *args: Any) -> None:  # noqa: ANN401
        super().__init__(*args)
        last = self.fields["last_day"]
        last.required = True
        last.help_text = _("The sale ends with it, at midnight UTC.")
