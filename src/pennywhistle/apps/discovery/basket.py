"""Several items at the price of now: what the cart and the checkout show and add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.discovery.offers import NOTHING_AGREED, Offer, offers_for
from pennywhistle.apps.discovery.queries import release_lines, track_lines
from pennywhistle.apps.orders.agreed import most_offered
from pennywhistle.apps.rights.queries import store_terms
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pennywhistle.apps.discovery.offers import Shopper
    from pennywhistle.apps.orders.agreed import Agreed
    from pennywhistle.apps.rights.queries import ItemRef


@dataclass(frozen=True, slots=True)
class BasketLine:
    """An item with its live offer; `kind` and `public_id` are its name in forms and addresses."""

    ref: ItemRef
    kind: str
    public_id: str
    slug: str
    title: str
    artist_line: str
    offer: Offer

    @property
    def most(self) -> Money | None:
        """The most that may be offered, where so much is that it must be a slip of the hand."""
        terms = self.offer.verdict.terms
        if terms is None or not terms.is_open:
            return None
        most = most_offered(terms.least)
        return most if terms.price > most else None

    @property
    def is_for_sale(self) -> bool:
        """Whether it can be paid as it stands here."""
        return self.offer.is_for_sale and self.most is None


@dataclass(frozen=True, slots=True)
class Basket:
    """What can be bought and what it costs together; and what cannot be bought now."""

    lines: tuple[BasketLine, ...]
    refused: tuple[BasketLine, ...]
    total: Money

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all in it."""
        return not (self.lines or self.refused)


def basket_of(
    refs: Sequence[ItemRef],
    *,
    shopper: Shopper,
    agreed: Mapping[ItemRef, Agreed] = NOTHING_AGREED,
) -> Basket:
    """The items in their order, at most six queries however many; unknown items are left out.

    `agreed` are prices that the visitor offers, or that somebody lets them pay.
    """
    offers = offers_for(refs, shopper=shopper, agreed=agreed)
    releases = release_lines(ref.release_id for ref in refs if ref.track_id is None)
    tracks = track_lines(ref.track_id for ref in refs if ref.track_id is not None)
    lines = []
    for ref in refs:
        kind = "release" if ref.track_id is None else "track"
        thing = releases.get(ref.release_id) if ref.track_id is None else tracks.get(ref.track_id)
        if thing is not None and ref in offers:
            names = (kind, thing.public_id, thing.slug, thing.title, thing.artist_line)
            lines.append(BasketLine(ref, *names, offers[ref]))
    prices = [line.offer.price for line in lines if line.is_for_sale and line.offer.price]
    currency = prices[0].currency if prices else store_terms().currency
    return Basket(
        lines=tuple(line for line in lines if line.is_for_sale),
        refused=tuple(line for line in lines if not line.is_for_sale),
        total=sum(prices, Money.zero(currency)),
    )
