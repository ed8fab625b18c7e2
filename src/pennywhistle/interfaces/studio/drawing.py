"""What the studio's templates draw: terms and waterfalls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.interfaces.common.format import period_text, price_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.split_bar import Segment, segments_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pennywhistle.apps.intake.release_facts import ShareNow, TermsNow
    from pennywhistle.engines.clearance import Verdict
    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.purse import Purse


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Where a price would go if the item were sold now."""

    amount_text: str
    segments: tuple[Segment, ...]
    sentence: str


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


def waterfall_of(verdict: Verdict, accounts: Mapping[Purse, int]) -> Waterfall | None:
    """The exact cut of the price by the verdict's shares; nothing where the sale is refused."""
    price = verdict.price
    if price is None or not verdict.parts:
        return None
    segments = segments_of(verdict, price, accounts)
    parts = ", ".join(f"{each.name} {each.amount_text}" for each in segments)
    sentence = gettext("At %(price)s: %(parts)s") % {"price": price_text(price), "parts": parts}
    return Waterfall(price_text(price), segments, sentence)


def split_text(shares: Sequence[ShareNow]) -> str:
    """The payees of a grant, on one line."""
    return ", ".join(f"{each.name} {share_text(each.fraction)}" for each in shares)


def price_or_none(price: Money | None) -> str:
    """A price, or that there is none."""
    return price_text(price) if price else gettext("not sold by itself")


def price_of_terms(terms: TermsNow) -> str:
    """What a grant says of the price: an amount, a code, or the least that pays everybody."""
    if terms.price_code:
        price = gettext("price code %(code)s") % {"code": terms.price_code}
    elif terms.is_at_floor:
        price = gettext("the least that pays everybody")
    else:
        price = price_or_none(terms.price)
    if terms.is_minimum:
        price = gettext("from %(price)s, named by the buyer") % {"price": price}
    if terms.is_sale:
        price = gettext("%(price)s, in a sale") % {"price": price}
    return f"{price} ({gettext('pre-order')})" if terms.is_pre_order else price


def price_of_item(standing: Sequence[TermsNow]) -> str:
    """The price of an item of which these grants stand."""
    prices = tuple(dict.fromkeys(price_of_terms(each) for each in standing))
    return prices[0] if len(prices) == 1 else gettext("several prices")


def _period(terms: TermsNow) -> str:
    period = period_text(terms.valid)
    has_days = terms.valid.starts_at is not None or terms.valid.ends_at is not None
    if not (terms.is_local and has_days):
        return period
    return gettext("%(period)s, in local time") % {"period": period}


def terms_text(terms: TermsNow) -> TermsText:
    """A grant in words, for tables."""
    return TermsText(
        item=terms.item,
        licensor=terms.licensor,
        price=price_of_terms(terms),
        territories=terms.territories.describe(),
        period=_period(terms),
        split=split_text(terms.shares),
        recorded=f"{terms.recorded_at:%Y-%m-%d %H:%M}",
        ended=f"{terms.closed_at:%Y-%m-%d %H:%M}" if terms.closed_at else "",
    )
