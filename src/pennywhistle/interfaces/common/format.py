"""Prices, dates and durations as people read them, by Babel, in the visitor's language."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency
from django.utils.translation import get_language, gettext, pgettext

from pennywhistle.kernel.money import micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period

_MINUTE_S = 60
_HOUR_S = 3_600


# Few prices stand on many pages, and Babel takes its time.
_AMOUNTS_KEPT_MAX = 8_192


def _locale() -> Locale:
    return _locale_of(get_language() or "en")


@lru_cache
def _locale_of(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


def price_text(money: Money) -> str:
    """A price with the decimals it needs, and at least the currency's own: $0.14, $0.0215."""
    return _price_text(money, get_language() or "en")


@lru_cache(_AMOUNTS_KEPT_MAX)
def _price_text(money: Money, language: str) -> str:
    locale = _locale_of(language)
    if money.micro % micro_per_minor_unit(money.currency) == 0:
        return str(format_currency(money.decimal, money.currency, locale=locale))
    return _by_pattern(money, locale, "0.00####")


def exact_text(money: Money) -> str:
    """An amount to the micro-unit, for what can be checked: statements, receipts, splits."""
    return _exact_text(money, get_language() or "en")


@lru_cache(_AMOUNTS_KEPT_MAX)
def _exact_text(money: Money, language: str) -> str:
    return _by_pattern(money, _locale_of(language), "0.000000")


def _by_pattern(money: Money, locale: Locale, digits: str) -> str:
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", digits)
    return str(
        format_currency(
            money.decimal, money.currency, pattern, locale=locale, currency_digits=False
        )
    )


def date_text(day: date) -> str:
    """A day: 21 Nov 2026."""
    return str(format_date(day, format="medium", locale=_locale()))


def period_text(period: Period) -> str:
    """From when until when; the end is the first instant after it."""
    start = date_text(period.starts_at.date()) if period.starts_at else ""
    end = date_text(period.ends_at.date()) if period.ends_at else ""
    if start and end:
        return gettext("from %(start)s, before %(end)s") % {"start": start, "end": end}
    if start:
        return gettext("from %(start)s") % {"start": start}
    if end:
        return gettext("before %(end)s") % {"end": end}
    return gettext("always")


def duration_text(duration_ms: int) -> str:
    """A playing time: 3:45, 1:02:03."""
    seconds = round(duration_ms / 1000)
    minutes, rest = divmod(seconds % _HOUR_S, _MINUTE_S)
    hours = seconds // _HOUR_S
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size_text(size_bytes: int) -> str:
    """A file's size in decimal units: 31.2 MB."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004 (a unit's thousand)
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


def country_name(code: str) -> str:
    """A territory's name in the visitor's language."""
    return str(_locale().territories.get(code, code))


def list_text(items: Iterable[str]) -> str:
    """Names beside each other, with the comma of the visitor's language."""
    return pgettext("list", ", ").join(items)


def percent_text(share: float) -> str:
    """A share of a price: 12.5 %."""
    return f"{share * 100:.4g} %"
