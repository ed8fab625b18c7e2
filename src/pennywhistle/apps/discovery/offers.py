"""What things cost this visitor here and now: the live verdict of clearance, for any page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.orders.queries import AtTill, Buyer, Owned, buyer_at_till
from pennywhistle.apps.rights.queries import (
    ItemRef,
    StoreNotSetUpError,
    everything_of,
    items_for,
)
from pennywhistle.engines.clearance import Verdict, clear

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pennywhistle.engines.clearance import Item
    from pennywhistle.kernel.money import Money

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
    def is_for_sale(self) -> bool:
        """Whether it can be put in the cart."""
        return self.verdict.allowed and not self.is_owned


def offers_for(
    refs: Sequence[ItemRef], *, shopper: Shopper, is_wide: bool = False
) -> dict[ItemRef, Offer]:
    """The offers of these items, in two queries; what does not exist is left out.

    `is_wide` lets a refusal name licenses that no mandate leads to.
    """
    if not refs:
        return {}
    return _offers(items_for(refs, at=shopper.at, is_wide=is_wide), shopper)


def offers_of_release(release_id: int, *, shopper: Shopper) -> dict[ItemRef, Offer]:
    """The offers of a release and of each of its tracks, in two queries."""
    return _offers(everything_of(release_id=release_id, at=shopper.at), shopper)


def _offers(items: Mapping[ItemRef, Item], shopper: Shopper) -> dict[ItemRef, Offer]:
    release_ids = list({ref.release_id for ref in items})
    buyer = buyer_at_till(AtTill(shopper.user_id, shopper.territory, shopper.at, release_ids))
    if buyer is None:
        raise StoreNotSetUpError("The store is not set up yet; run `pennywhistle setup`.")
    return {ref: _offer(ref, item, buyer) for ref, item in items.items()}


def _offer(ref: ItemRef, item: Item, buyer: Buyer) -> Offer:
    owned = buyer.owned.get(ref.release_id, Owned())
    return Offer(ref, item.title, clear(item, buyer.question(ref)), owned.has(ref), owned)
