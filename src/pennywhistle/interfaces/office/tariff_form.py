"""The editor of a tariff's line: what it asks, when, and where that stands."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.rights.actions import LineTerms
from pennywhistle.engines.clearance.tariff import Band, Base, DurationBand, Tariff
from pennywhistle.interfaces.common.extent_form import PeriodForm
from pennywhistle.interfaces.common.part_field import PartField, fraction_text
from pennywhistle.interfaces.common.tariff_words import BASES
from pennywhistle.interfaces.office.fields import DocumentForm
from pennywhistle.interfaces.office.limits import BANDS_MAX
from pennywhistle.kernel.currencies import CURRENCIES
from pennywhistle.kernel.money import AmountInvalidError, Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MORE = ("more", "*")
_MINUTES = re.compile(r"(?P<minutes>[0-9]{1,4}):(?P<seconds>[0-5][0-9])")
_FACTOR = re.compile(r"(?P<whole>[0-9]{1,6})(?:\.(?P<part>[0-9]{1,6})|/(?P<under>[0-9]{1,6}))?")
_COUNT_MAX = 100_000
# To read amounts by where the line names no currency; `check_tariff` then refuses them.
_ANY_CURRENCY = "USD"


class AmountField(forms.CharField):
    """An amount in the line's currency, in micro-units; the currency is another field."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (Django's own)
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        options.setdefault("widget", forms.TextInput(attrs=attributes))
        super().__init__(required=False, max_length=40, **options)

    def clean(self, value: Any) -> int | None:  # noqa: ANN401 (Django's own)
        """Micro-units, or None where nothing is written."""
        said = str(super().clean(value)).strip()
        return micro_of(said) if said else None


def micro_of(said: str) -> int:
    """Micro-units of an amount as typed."""
    try:
        return Money.parse(said, currency=_ANY_CURRENCY).micro
    except AmountInvalidError as error:
        sentence = gettext("Write the amount in digits with a point, like 12 or 12.50.")
        raise ValidationError(sentence) from error


class TariffLineForm(DocumentForm, PeriodForm):
    """What a tariff asks during a time."""

    percent = PartField(
        label=_("Percentage"),
        required=False,
        is_zero_fine=True,
        help_text=_("Such as 9, 8.5 or 1/12. Empty: amounts only."),
    )
    base = forms.ChoiceField(
        label=_("Of"), choices=[(base.value, label) for base, label in BASES.items()]
    )
    currency = forms.CharField(
        label=_("Currency of the amounts"),
        required=False,
        max_length=3,
        help_text=_("Such as EUR. Nothing is converted: it is the currency of the sales."),
    )
    track_minimum = AmountField(label=_("At least, for each track"))
    album_minimum = AmountField(label=_("At least, for an album"))
    album_tracks = forms.IntegerField(
        label=_("Tracks that the album's amount includes"),
        required=False,
        min_value=1,
        max_value=_COUNT_MAX,
    )
    extra_track = AmountField(label=_("For each further track of an album"))
    per_minute = AmountField(
        label=_("For each started minute"), help_text=_("Owed where it is more than the minimum.")
    )
    bands = forms.CharField(
        label=_("Minima in bundles"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "A line for each: up to how many tracks, and the amount: “4 0.045”."
            " The last one may be “more 0.025”."
        ),
    )
    duration_bands = forms.CharField(
        label=_("Factors for long tracks"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "A line for each: up to which length, and the factor of the minimum:"
            " “5:00 1”. The last one may be “more 4/3”."
        ),
    )
    is_per_work = forms.BooleanField(
        label=_("Amounts count for each work in a track, not for each track"), required=False
    )
    is_by_repertoire = forms.BooleanField(
        label=_("Percentage and amounts are owed for the licensed part only"), required=False
    )
    source = forms.CharField(
        label=_("Where it stands"),
        max_length=400,
        help_text=_("The tariff's name and paragraph, or the page where it is published."),
    )
    source_day = forms.DateField(
        label=_("As of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    field_order = (
        *("percent", "base", "currency", "track_minimum", "album_minimum", "album_tracks"),
        *("extra_track", "per_minute", "bands", "duration_bands", "is_per_work"),
        *("is_by_repertoire", "first_day", "last_day", "source", "source_day"),
    )

    def clean_currency(self) -> str | None:
        """In capitals; None for none."""
        said: str = self.cleaned_data["currency"].strip().upper()
        if said and said not in CURRENCIES:
            raise ValidationError(gettext("Write a currency of ISO 4217, such as EUR."))
        return said or None

    def clean_bands(self) -> tuple[Band, ...]:
        """The minima of bundles, as they stand."""
        return tuple(
            Band(None if limit in _MORE else _count(limit), micro_of(amount))
            for limit, amount in _pairs(self.cleaned_data["bands"])
        )

    def clean_duration_bands(self) -> tuple[DurationBand, ...]:
        """The factors of durations, as they stand."""
        return tuple(
            DurationBand(None if limit in _MORE else _length_ms(limit), _factor(factor))
            for limit, factor in _pairs(self.cleaned_data["duration_bands"])
        )

    def rule(self, *, name: str) -> Tariff:
        """The line as clearance computes with it, once it is valid."""
        said = self.cleaned_data
        return Tariff(
            id=0,
            name=name,
            currency=said["currency"],
            base=Base(said["base"]),
            percent=said["percent"] or Fraction(0),
            track_minimum_micro=said["track_minimum"] or 0,
            bands=said["bands"],
            album_minimum_micro=said["album_minimum"],
            album_tracks=said["album_tracks"],
            extra_track_micro=said["extra_track"] or 0,
            per_minute_micro=said["per_minute"] or 0,
            is_per_work=said["is_per_work"],
            duration_bands=said["duration_bands"],
            is_by_repertoire=said["is_by_repertoire"],
        )

    def terms(self, *, name: str) -> LineTerms:
        """The line with its time and source."""
        source = f"{self.cleaned_data['source']}, {self.cleaned_data['source_day']:%Y-%m-%d}"
        return LineTerms(self.rule(name=name), self.period, source)


def initial_of(rule: Tariff) -> Mapping[str, Any]:
    """The editor's first values, from a line as it stands."""
    return {
        "percent": fraction_text(rule.percent) if rule.percent else "",
        "base": rule.base.value,
        "currency": rule.currency or "",
        "track_minimum": _amount_text(rule.track_minimum_micro),
        "album_minimum": _amount_text(rule.album_minimum_micro),
        "album_tracks": rule.album_tracks,
        "extra_track": _amount_text(rule.extra_track_micro),
        "per_minute": _amount_text(rule.per_minute_micro),
        "bands": "\n".join(
            f"{band.tracks_max or _MORE[0]} {_amount_text(band.track_minimum_micro) or 0}"
            for band in rule.bands
        ),
        "duration_bands": "\n".join(
            f"{_length_text(band.up_to_ms)} {band.factor}" for band in rule.duration_bands
        ),
        "is_per_work": rule.is_per_work,
        "is_by_repertoire": rule.is_by_repertoire,
    }


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) > BANDS_MAX:
        raise ValidationError(gettext("At most %(count)d lines.") % {"count": BANDS_MAX})
    for line in lines:
        if len(line) != 2:  # noqa: PLR2004 (a pair)
            raise ValidationError(gettext("Each line has two words: up to what, and how much."))
        yield line[0].lower(), line[1]


def _count(said: str) -> int:
    if said.isascii() and said.isdigit() and len(said) < len(str(_COUNT_MAX)):
        return int(said)
    raise ValidationError(gettext("Write up to how many tracks, or “more”."))


def _length_ms(said: str) -> int:
    match = _MINUTES.fullmatch(said)
    if match is None:
        raise ValidationError(gettext("Write a length like 5:00, or “more”."))
    return (int(match["minutes"]) * 60 + int(match["seconds"])) * 1_000


def _factor(said: str) -> Fraction:
    match = _FACTOR.fullmatch(said)
    if match is None or (match["under"] and not int(match["under"])):
        raise ValidationError(gettext("Write a factor like 1.5, or 4/3."))
    return Fraction(said)


def _length_text(length_ms: int | None) -> str:
    if length_ms is None:
        return _MORE[0]
    minutes, seconds = divmod(length_ms // 1_000, 60)
    return f"{minutes}:{seconds:02}"


def _amount_text(micro: int | None) -> str:
    return str(Money(micro, _ANY_CURRENCY)).partition(" ")[0] if micro else ""
