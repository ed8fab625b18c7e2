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
    from collections.abc import Sequence

    from pennywhistle.apps.intake.offering import SplitLine
    from pennywhistle.apps.intake.release_facts import TermsNow

_TIER_LABELS = {"album": _("Tier of a whole release"), "track": _("Tier of a track")}
_OPEN_LABELS = {
    "album": _("Buyers of the release name their price"),
    "track": _("Buyers of a track name their price"),
}
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

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        currency: str,
        scope: Scope,
        tiers: Sequence[str] = (),
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
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
        if scope != "delivery":
            self._open_prices(tiers)
        if scope != "release":
            del self.fields["same_for_tracks"]
        self.order_fields(
            [
                *("album_tier", "album_price", "album_is_open", "album_suggested"),
                *("included", "excluded", "first_day", "last_day"),
                *("same_for_tracks", "track_tier", "track_price", "track_is_open"),
                *("track_suggested", "rate"),
            ]
        )

    def _open_prices(self, tiers: Sequence[str]) -> None:
        """Fields of tiers, and of prices from which on the buyer names theirs."""
        kinds = ["track"] if self.scope == "track" else ["album", "track"]
        self.fields["rate"] = MoneyField(
            label=f"{gettext('By size: price of a megabyte')} ({self.currency})",
            currency=self.currency,
            most_micro=PRICE_MICRO_MAX,
            in_coins=False,
            required=False,
            help_text=_(
                "Instead of prices: each track costs by its size as an MP3 of 320 kbit/s, up to "
                "the next coin, and so does the release; buyers get every form all the same."
            ),
        )
        for kind in kinds:
            if tiers:
                self.fields[f"{kind}_tier"] = forms.ChoiceField(
                    label=_TIER_LABELS[kind],
                    choices=[
                        ("", gettext("A price of its own")),
                        *((each, each) for each in tiers),
                    ],
                    required=False,
                    help_text=_("A tier stands for its price: change that, and it changes here."),
                )
            self.fields[f"{kind}_is_open"] = forms.BooleanField(
                label=_OPEN_LABELS[kind],
                required=False,
                help_text=_(
                    "The price is the least then. What they give above it is divided alike."
                ),
            )
            self.fields[f"{kind}_suggested"] = self._price(
                _("Suggested to them"), _("Not less than the price; empty: nothing is suggested.")
            )

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
        for kind in ("album", "track"):
            self._check_open(kind, cleaned)
        has_price = cleaned.get("track_price") or cleaned.get("track_tier")
        if cleaned.get("rate") and has_price and self.wants_split:
            self.add_error("rate", gettext("Give tracks a price, or a price by size; not both."))
        return cleaned

    def _check_open(self, kind: str, cleaned: dict[str, Any]) -> None:
        """A tier or a price, not both; suggestions where the price is open, and not below it."""
        price, hoped = cleaned.get(f"{kind}_price"), cleaned.get(f"{kind}_suggested")
        tier, is_open = cleaned.get(f"{kind}_tier"), cleaned.get(f"{kind}_is_open")
        if price and tier:
            self.add_error(f"{kind}_tier", gettext("Choose a tier, or write a price; not both."))
        if is_open and not (price or tier or cleaned.get("rate")):
            self.add_error(f"{kind}_is_open", gettext("Without a price there is no least one."))
        if hoped and not is_open:
            self.add_error(
                f"{kind}_suggested", gettext("Only who names the price is told what to give.")
            )
        elif hoped and price and hoped < price:
            self.add_error(f"{kind}_suggested", gettext("Suggest the price or more."))

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
            album_code=cleaned.get("album_tier") or "",
            track_code=cleaned.get("track_tier") or "",
            album_is_open=bool(cleaned.get("album_is_open")),
            track_is_open=bool(cleaned.get("track_is_open")),
            album_suggested=cleaned.get("album_suggested"),
            track_suggested=cleaned.get("track_suggested"),
            rate=cleaned.get("rate") if self.wants_split else None,
        )


def initial_price(kind: str, terms: TermsNow | None) -> dict[str, Any]:
    """A form's first values of a price, from a grant as it stands."""
    if terms is None:
        return {f"{kind}_price": None}
    return {
        f"{kind}_price": terms.price,
        f"{kind}_tier": terms.price_code,
        f"{kind}_is_open": terms.is_minimum,
        f"{kind}_suggested": terms.suggested,
    }


def initial_of(terms: TermsNow | None) -> dict[str, Any]:
    """A form's first values, from a grant as it stands; prices are added by the caller."""
    if terms is None:
        return {}
    return extent_of(terms.territories, terms.valid)
