"""What the studio's templates draw: terms, waterfalls, plots and tills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.apps.catalog.models import Role
from pennywhistle.interfaces.common.format import date_text, exact_text, percent_text, price_text
from pennywhistle.kernel.split import split as split_exactly

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from pennywhistle.apps.intake.release_facts import ShareNow, TermsNow
    from pennywhistle.engines.clearance import Verdict
    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period

_ROLES = dict(Role.choices)


@dataclass(frozen=True, slots=True)
class Segment:
    """A payee's part, for `parts/_split_bar.html`."""

    name: str
    role: str
    amount_text: str
    percent: float
    percent_text: str
    account_number: int


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


def role_text(roles: str) -> str:
    """A role, or several joined by commas, as people read them."""
    return ", ".join(gettext(str(_ROLES.get(role, role))) for role in roles.split(", ") if role)


def waterfall_of(verdict: Verdict) -> Waterfall | None:
    """The exact cut of the price by the verdict's shares; nothing where the sale is refused.

    The last micro-unit of each part is one that could be drawn: at a sale its own id decides it.
    """
    price = verdict.price
    if price is None or not verdict.parts:
        return None
    shares = [part.share for part in verdict.parts]
    amounts = split_exactly(price, shares=shares, seed=verdict.digest)
    segments = tuple(
        Segment(
            name=part.name if part.party_id else gettext("The store"),
            role=role_text(part.role) if part.party_id else gettext("Keeps the shop open"),
            amount_text=exact_text(amount),
            percent=float(part.share * 100),
            percent_text=percent_text(float(part.share)),
            account_number=part.account,
        )
        for part, amount in zip(verdict.parts, amounts, strict=True)
    )
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
