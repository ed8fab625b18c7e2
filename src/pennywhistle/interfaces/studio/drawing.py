"""What the studio's templates draw: terms, waterfalls, plots and tills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.common.split_bar import Segment, segments_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from pennywhistle.apps.intake.release_facts import ShareNow, TermsNow
    from pennywhistle.engines.clearance import Verdict
    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Where a price would go if the item were sold now."""

    amount_text: str
    segments: tuple[Segment, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of `parts/_plot_bars.html`."""

    label: str
    value_text: str
    percent: float


@dataclass(frozen=True, slots=True)
class Plot:
    """For `parts/_plot_bars.html`."""

    title: str
    max_text: str
    total_text: str
    first_text: str
    last_text: str
    label_heading: str
    value_heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class TermsText:
    """A grant in words."""

    item: str
    licensor: str
    price: str
    territories: str
    period: str
    split: str
    recorded: str
    ended: str


def waterfall_of(verdict: Verdict) -> Waterfall | None:
    """The exact cut of the price by the verdict's shares; nothing where the sale is refused."""
    price = verdict.price
    if price is None or not verdict.parts:
        return None
    segments = segments_of(verdict, price)
    parts = ", ".join(f"{each.name} {each.amount_text}" for each in segments)
    sentence = gettext("At %(price)s: %(parts)s") % {"price": price_text(price), "parts": parts}
    return Waterfall(price_text(price), segments, sentence)


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


def split_text(shares: Sequence[ShareNow]) -> str:
    """The payees of a grant, on one line."""
    return ", ".join(f"{each.name} {share_text(each.fraction)}" for each in shares)


def period_text(period: Period) -> str:
    """From when until when, both days included."""
    start = date_text(period.starts_at.date()) if period.starts_at else ""
    end = date_text(period.ends_at.date()) if period.ends_at else ""
    if start and end:
        return gettext("from %(start)s, before %(end)s") % {"start": start, "end": end}
    if start:
        return gettext("from %(start)s") % {"start": start}
    if end:
        return gettext("before %(end)s") % {"end": end}
    return gettext("always")


def price_or_none(price: Money | None) -> str:
    """A price, or that there is none."""
    return price_text(price) if price else gettext("not sold by itself")


def terms_text(terms: TermsNow) -> TermsText:
    """A grant in words, for tables."""
    return TermsText(
        item=terms.item,
        licensor=terms.licensor,
        price=price_or_none(terms.price),
        territories=terms.territories.describe(),
        period=period_text(terms.valid),
        split=split_text(terms.shares),
        recorded=f"{terms.recorded_at:%Y-%m-%d %H:%M}",
        ended=f"{terms.closed_at:%Y-%m-%d %H:%M}" if terms.closed_at else "",
    )
