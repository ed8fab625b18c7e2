"""What things cost this visitor here and now: lists by availability, the rest cleared live."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.orders.queries import AtTill, Buyer, Owned, buyer_at_till
from pennywhistle.apps.rights.models import Availability
from pennywhistle.apps.rights.queries import (
    ItemRef,
    StoreNotSetUpError,
    everything_of,
    items_for,
)
from pennywhistle.engines.clearance import Verdict, clear
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.orders.agreed import Agreed
    from pennywhistle.engines.clearance import Item

NOTHING_AGREED: Mapping[ItemRef, Agreed] = MappingProxyType({})
# No account has it: a guest owns nothing.
GUEST = 0


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who looks at a page, from where, and when; `user_id` is GUEST for who is not signed in."""

    user_id: int
    territory: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """An item as this visitor may have it: theirs already, for a price, or not, with reasons."""

    ref: ItemRef
    title: str
    verdict: Verdict
    is_owned: bool
    owned: Owned

    @property
    def price(self) -> Money | None:
        """What it costs now; nothing where it is refused or owned."""
        return None if self.is_owned else self.verdict.price

    @property
    def is_open(self) -> bool:
        """Whether the visitor names the price, from this one on."""
        return self.verdict.terms is not None and self.verdict.terms.is_open

    @property
    def is_for_sale(self) -> bool:
        """Whether it can be put in the cart."""
        return self.verdict.allowed and not self.is_owned


@dataclass(frozen=True, slots=True)
class Listed:
    """An item in a list: what it costs here, if it is sold here, and whether it is theirs.

    `is_open`: it costs at least so much, and the buyer names the price.
    """

    price: Money | None
    is_owned: bool
    is_open: bool = False


def prices_for(refs: Collection[ItemRef], *, territory: str) -> dict[ItemRef, Money]:
    """What those of the items that are sold in a territory cost there, at least, in one query."""
    return {ref: price for ref, (price, _) in _listed_prices(refs, territory).items()}


def _listed_prices(refs: Collection[ItemRef], territory: str) -> dict[ItemRef, tuple[Money, bool]]:
    """What items cost, and whether the buyer names the price, from availability; checkout clears.

    Where an area has two rows, which may be while they are replaced, the last is as good.
    """
    track_ids = [ref.track_id for ref in refs if ref.track_id is not None]
    rows = (
        Availability.objects.sellable(territory=territory)
        .filter(release__in={ref.release_id for ref in refs})
        .filter(Q(track__isnull=True) | Q(track__in=track_ids))
        .values_list("release_id", "track_id", "price_micro", "currency", "is_open")
    )
    found = {ItemRef(row[0], row[1]): (Money(row[2], row[3]), row[4]) for row in rows}
    return {ref: found[ref] for ref in refs if ref in found}


def listed_for(refs: Collection[ItemRef], *, shopper: Shopper) -> dict[ItemRef, Listed]:
    """How a list shows the items: one query, and one more for who is signed in."""
    if not refs:
        return {}
    prices = _listed_prices(refs, shopper.territory)
    owned = _owned_by(shopper, {ref.release_id for ref in refs})
    return {ref: _listed(prices.get(ref), owned.get(ref.release_id), ref) for ref in refs}


def _listed(price: tuple[Money, bool] | None, owned: Owned | None, ref: ItemRef) -> Listed:
    is_owned = owned is not None and owned.has(ref)
    return (
        Listed(None, is_owned=is_owned)
        if is_owned or price is None
        else Listed(price[0], is_owned=False, is_open=price[1])
    )


def _owned_by(shopper: Shopper, release_ids: Collection[int]) -> dict[int, Owned]:
    if shopper.user_id == GUEST:
        return {}
    buyer = buyer_at_till(AtTill(shopper.user_id, shopper.territory, shopper.at, release_ids))
    return buyer.owned if buyer else {}


def offers_for(
    refs: Sequence[ItemRef],
    *,
    shopper: Shopper,
    is_wide: bool = False,
    agreed: Mapping[ItemRef, Agreed] = NOTHING_AGREED,
) -> dict[ItemRef, Offer]:
    """The offers of these items, in two queries; what does not exist is left out.

    `is_wide` lets a refusal name licenses that no mandate leads to. `agreed` are prices that the
    visitor offers, or that somebody lets them pay.
    """
    if not refs:
        return {}
    return _offers(items_for(refs, at=shopper.at, is_wide=is_wide), shopper, agreed)


def offers_of_release(release_id: int, *, shopper: Shopper) -> dict[ItemRef, Offer]:
    """The offers of a release and of each of its tracks, in two queries."""
    return _offers(everything_of(release_id=release_id, at=shopper.at), shopper)


def _offers(
    items: Mapping[ItemRef, Item],
    shopper: Shopper,
    agreed: Mapping[ItemRef, Agreed] = NOTHING_AGREED,
) -> dict[ItemRef, Offer]:
    release_ids = list({ref.release_id for ref in items})
    buyer = buyer_at_till(AtTill(shopper.user_id, shopper.territory, shopper.at, release_ids))
    if buyer is None:
        raise StoreNotSetUpError("The store is not set up yet; run `pennywhistle setup`.")
    return {ref: _offer(ref, item, buyer, agreed.get(ref)) for ref, item in items.items()}


def _offer(ref: ItemRef, item: Item, buyer: Buyer, agreed: Agreed | None) -> Offer:
    owned = buyer.owned.get(ref.release_id, Owned())
    question = buyer.question(ref)
    verdict = clear(item, agreed.asks(question) if agreed else question)
    return Offer(ref, item.title, verdict, owned.has(ref), owned)
