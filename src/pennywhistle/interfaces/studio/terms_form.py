"""The form of prices, territories, period and split; what it says becomes a `Sheet`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.intake.offering import Sheet
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.studio.limits import PRICE_MICRO_MAX
from pennywhistle.kernel.money import micro_per_minor_unit
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories, TerritoryUnknownError

if TYPE_CHECKING:
    from pennywhistle.apps.intake.offering import SplitLine
    from pennywhistle.apps.intake.release_facts import TermsNow

Scope = Literal["delivery", "release", "track"]
_CODES = re.compile(r"[\s,;]+")
_CODES_LENGTH_MAX = 1_200
_DAY = timedelta(days=1)


class TermsForm(forms.Form):
    """Terms for a delivery's releases, for one release with its tracks, or for one track.

    The currency is the store's and is not a field: nobody can post another one.
    """

    included = forms.CharField(
        label=_("Sold in"),
        required=False,
        max_length=_CODES_LENGTH_MAX,
        help_text=_(
            "Country codes such as DE, FR, or TIS numbers such as 2136. Empty: everywhere."
        ),
    )
    excluded = forms.CharField(label=_("But not in"), required=False, max_length=_CODES_LENGTH_MAX)
    first_day = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Days begin at midnight UTC. Empty: at once."),
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: until further notice."),
    )
    same_for_tracks = forms.BooleanField(
        label=_("Set price and split of every track to what stands below"),
        required=False,
        help_text=_("Otherwise each track keeps its own; territories and days change for all."),
    )

    def __init__(self, *args: Any, currency: str, scope: Scope, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.scope = scope
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

    @property
    def wants_split(self) -> bool:
        """Whether the lines of the split count."""
        return self.scope != "release" or bool(self.data.get("same_for_tracks"))

    def clean_included(self) -> Territories:
        """The territories named; none named is everywhere."""
        return _territories(self.cleaned_data["included"]) or Territories.worldwide()

    def clean_excluded(self) -> Territories:
        """The territories left out; where a TIS number leaves a doubt, more of them."""
        codes = _words(self.cleaned_data["excluded"])
        try:
            return Territories.worldwide() - Territories.parse(["Worldwide"], excluded=codes)
        except TerritoryUnknownError as error:
            raise _unknown_territory(error) from error

    def clean(self) -> dict[str, Any]:
        """What holds between fields."""
        cleaned = super().clean() or {}
        if self.scope == "delivery" and not (
            self.errors or cleaned.get("album_price") or cleaned.get("track_price")
        ):
            raise ValidationError(
                gettext("Give a price for the release, for a track, or for both.")
            )
        included, excluded = cleaned.get("included"), cleaned.get("excluded")
        if included is not None and excluded is not None and not included - excluded:
            self.add_error("excluded", gettext("This leaves no country to sell in."))
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", gettext("The last day is before the first."))
        return cleaned

    def sheet(self, split: tuple[SplitLine, ...]) -> Sheet:
        """The terms, once everything is valid."""
        cleaned = self.cleaned_data
        return Sheet(
            currency=self.currency,
            territories=cleaned["included"] - cleaned["excluded"],
            valid=Period(_midnight(cleaned["first_day"]), _midnight(cleaned["last_day"], _DAY)),
            album_price=cleaned.get("album_price"),
            track_price=cleaned["track_price"],
            split=split if self.wants_split else None,
        )


def initial_of(terms: TermsNow | None) -> dict[str, Any]:
    """A form's first values, from a grant as it stands; prices are added by the caller."""
    if terms is None:
        return {}
    missing = Territories.worldwide() - terms.territories
    is_mostly_all = len(missing) < len(terms.territories)
    start, end = terms.valid.starts_at, terms.valid.ends_at
    return {
        "included": "" if is_mostly_all else ", ".join(terms.territories),
        "excluded": ", ".join(missing) if is_mostly_all else "",
        "first_day": start.date() if start else None,
        "last_day": (end - timedelta(microseconds=1)).date() if end else None,
    }


def _words(text: str) -> list[str]:
    return [word for word in _CODES.split(text.strip()) if word]


def _territories(text: str) -> Territories:
    try:
        return Territories.parse(_words(text))
    except TerritoryUnknownError as error:
        raise _unknown_territory(error) from error


def _unknown_territory(error: TerritoryUnknownError) -> ValidationError:
    sentence = gettext("%(what)s Write codes such as DE, FR, US.") % {"what": f"{error}."}
    return ValidationError(sentence, code="territory-unknown")


def _midnight(day: date | None, later: timedelta = timedelta(0)) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, UTC) + later
