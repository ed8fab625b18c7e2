"""A form field for an exact part of a whole: 33.33 for percent, or 1/3."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
_PART = re.compile(r"(?P<over>[0-9]{1,9})/(?P<under>[0-9]{1,9})")
_TEXT_LENGTH_MAX = 24


class PartField(forms.CharField):
    """A percentage or a fraction, exact; above nothing unless `is_zero_fine`, and at most all."""

    def __init__(self, *, is_zero_fine: bool = False, **options: Any) -> None:  # noqa: ANN401
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        options.setdefault("widget", forms.TextInput(attrs=attributes))
        super().__init__(max_length=_TEXT_LENGTH_MAX, **options)
        self.is_zero_fine = is_zero_fine

    def clean(self, value: Any) -> Fraction | None:  # noqa: ANN401 (Django's own)
        """The part, or None where nothing is written."""
        text = str(super().clean(value)).removesuffix("%").strip()
        if not text:
            return None
        part = _PART.fullmatch(text)
        if part and int(part["under"]):
            fraction = Fraction(int(part["over"]), int(part["under"]))
        elif _PERCENT.fullmatch(text):
            fraction = Fraction(text) / 100
        else:
            raise ValidationError(gettext("Write a percentage like 33.33, or a part like 1/3."))
        if fraction > 1 or (not fraction and not self.is_zero_fine):
            raise ValidationError(gettext("A share is more than 0 and at most 100 percent."))
        return fraction


def fraction_text(fraction: Fraction) -> str:
    """A share as it would be typed: 33.33 for percent, or 1/3 where decimals never end."""
    percent = fraction * 100
    if (percent * 10**6).denominator == 1:
        return f"{float(percent):.6f}".rstrip("0").rstrip(".")
    return f"{fraction.numerator}/{fraction.denominator}"


def share_text(fraction: Fraction) -> str:
    """A share for reading: 33.33 %, or the fraction itself."""
    text = fraction_text(fraction)
    return text if "/" in text else f"{text} %"
