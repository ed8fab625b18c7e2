"""Prices that were agreed on: what a buyer offers, and who lets them pay less."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pennywhistle.apps.orders.errors import OfferTooHighError
from pennywhistle.apps.payments.limits import round_amount

if TYPE_CHECKING:
    from pennywhistle.apps.rights.refs import ItemRef
    from pennywhistle.engines.clearance import Discount, Question
    from pennywhistle.engines.clearance.verdict import Terms
    from pennywhistle.kernel.money import Money

# Against slips of the hand: no offer is more than so many times the price, or about so many
# dollars, whichever is more.
offered_times_max = 10
offered_units_max = 100


@dataclass(frozen=True, slots=True)
class Agreed:
    """An item at a price of its own: the buyer offers more, or somebody lets them pay less."""

    ref: ItemRef
    offered: Money | None = None
    discount: Discount | None = None

    @property
    def digested(self) -> list[str | int]:
        """What of it tells one purchase from another under the same key."""
        offered = self.offered.micro if self.offered else 0
        discount = f"{self.discount.kind}-{self.discount.id}" if self.discount else ""
        return [self.ref.release_id, self.ref.track_id or 0, offered, discount]

    def asks(self, question: Question) -> Question:
        """Clearance's question about it."""
        return replace(question, offered=self.offered, discount=self.discount)


def most_offered(least: Money) -> Money:
    """The most that may be offered for a thing that costs at least so much."""
    most = round_amount(least.currency, offered_units_max)
    return max(most, type(least)(least.micro * offered_times_max, least.currency))


def require_no_slip(title: str, terms: Terms) -> None:
    """Refuse an offer so large that it must be a slip. Raises OfferTooHighError."""
    most = most_offered(terms.least)
    if terms.is_open and terms.price > most:
        raise OfferTooHighError(
            f"{terms.price} for {title} looks like a slip: the most is {most}. Nothing was bought.",
            most,
        )
