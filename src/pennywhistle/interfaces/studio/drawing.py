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
