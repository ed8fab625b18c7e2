"""The form of prices, territories, period and split; what it says becomes a `Sheet`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.intake.offering import Sheet
from pennywhistle.interfaces.common.extent_form import ExtentForm, extent_of
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.studio.limits import PRICE_MICRO_MAX
from pennywhistle.kernel.money import micro_per_minor_unit

if TYPE_CHECKING:
    from pennywhistle.apps.intake.offering import SplitLine
    from pennywhistle.apps.intake.release_facts import TermsNow

Scope = Literal["delivery", "release", "track"]


class TermsForm(ExtentForm):
    """Terms for a delivery's releases, for one release with its tracks, or for one track.

    The currency is the store's and is not a field: nobody can post another one.
    """

    same_for_tracks = forms.BooleanField(
        label=_("Set price and split of every track to what stands below"),
        required=False,
        help_text=_("Otherwise each track keeps its own; territories and days change for all."),
    )

    def __init__(self, *args: Any, currency: str, scope: Scope, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.scope = scope
        self.fields["included"].label = _("Sold in")
        if scope != "track":
            self.fields["album_price"] = self._price(
                _("Price of a whole release"), _("Empty: its tracks are sold one by one only.")
            )
        self.fields["track_price"] = self._price(
            _("Price of a track"), _("Empty: it is sold with its release only.")
        )
        if scope != "release":
            del self.fields["same_for_tracks"]
        self.order_fields(["album_price", "included", "excluded", "first_day", "last_day"])

    def _price(self, label: Any, help_text: Any) -> MoneyField:  # noqa: ANN401 (lazy texts)
        return MoneyField(
            label=f"{label} ({self.currency})",
            currency=self.currency,
            least_micro=micro_per_minor_unit(self.currency),
            most_micro=PRICE_MICRO_MAX,
            required=False,
            help_text=help_text,
        )

    def ask_before_replacing(self) -> None:
        """Let nobody replace the terms of a release message without saying so."""
        self.fields["replaces_message"] = forms.BooleanField(
            label=_("Replace the terms of the release message"),
            help_text=_("Only until the next message about the release: that replaces these."),
            error_messages={"required": _("Say that the message's terms are to be replaced.")},
        )

    @property
    def wants_split(self) -> bool:
        """Whether the lines of the split count."""
        return self.scope != "release" or bool(self.data.get("same_for_tracks"))

    def clean(self) -> dict[str, Any]:
        """What holds between fields."""
        cleaned = super().clean()
        if self.scope == "delivery" and not (
            self.errors or cleaned.get("album_price") or cleaned.get("track_price")
        ):
            raise ValidationError(
                gettext("Give a price for the release, for a track, or for both.")
            )
        return cleaned

    def sheet(self, split: tuple[SplitLine, ...]) -> Sheet:
        """The terms, once everything is valid."""
        cleaned = self.cleaned_data
        return Sheet(
            currency=self.currency,
            territories=self.territories,
            valid=self.period,
            album_price=cleaned.get("album_price"),
            track_price=cleaned["track_price"],
            split=split if self.wants_split else None,
        )


def initial_of(terms: TermsNow | None) -> dict[str, Any]:
    """A form's first values, from a grant as it stands; prices are added by the caller."""
    if terms is None:
        return {}
    return extent_of(terms.territories, terms.valid)
