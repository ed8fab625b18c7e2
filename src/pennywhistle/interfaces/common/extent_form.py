"""Where and when something holds, as a person types it: territories with and without, and days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories, TerritoryUnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence

_CODES = re.compile(r"[\s,;]+")
_CODES_LENGTH_MAX = 1_200
_DAY = timedelta(days=1)


class PeriodForm(forms.Form):
    """The first and the last day on which something holds; both may be open."""

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

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", gettext("The last day is before the first."))
        return cleaned

    @property
    def period(self) -> Period:
        """From the first instant of the first day to the end of the last, once it is valid."""
        cleaned = self.cleaned_data
        return Period(midnight(cleaned["first_day"]), midnight(cleaned["last_day"], _DAY))


class ExtentForm(PeriodForm):
    """Territories, those left out, and days."""

    included = forms.CharField(
        label=_("Territories"),
        required=False,
        max_length=_CODES_LENGTH_MAX,
        help_text=_(
            "Country codes such as DE, FR, or TIS numbers such as 2136. Empty: everywhere."
        ),
    )
    excluded = forms.CharField(label=_("But not in"), required=False, max_length=_CODES_LENGTH_MAX)
    field_order: Sequence[str] = ["included", "excluded", "first_day", "last_day"]

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
        """Something is left."""
        cleaned = super().clean()
        included, excluded = cleaned.get("included"), cleaned.get("excluded")
        if included is not None and excluded is not None and not included - excluded:
            self.add_error("excluded", gettext("This leaves no country."))
        return cleaned

    @property
    def territories(self) -> Territories:
        """Where it holds, once it is valid."""
        left: Territories = self.cleaned_data["included"] - self.cleaned_data["excluded"]
        return left


def extent_of(territories: Territories, valid: Period) -> dict[str, Any]:
    """The form's first values, from what holds now."""
    missing = Territories.worldwide() - territories
    is_mostly_all = len(missing) < len(territories)
    start, end = valid.starts_at, valid.ends_at
    return {
        "included": "" if is_mostly_all else ", ".join(territories),
        "excluded": ", ".join(missing) if is_mostly_all else "",
        "first_day": start.date() if start else None,
        "last_day": (end - timedelta(microseconds=1)).date() if end else None,
    }


def midnight(day: date | None, later: timedelta = timedelta(0)) -> datetime | None:
    """The first instant of a day in UTC, or so much later; None for none."""
    return None if day is None else datetime.combine(day, time.min, UTC) + later


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
