"""What an item cost before a sale: the lowest price of the thirty days before it began.

Directive 98/6/EC, article 6a: who announces a lower price also says the lowest that applied in the
thirty days before. Where that is not known for certain, nothing is struck through.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.rights.models import Grant
from pennywhistle.engines.clearance import DOWNLOAD
from pennywhistle.kernel.local_time import instants_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.rights.refs import ItemRef
    from pennywhistle.engines import clearance

prior_days = 30


@dataclass(frozen=True, slots=True)
class _Stood:
    """A grant as it stood in a territory: when it counted here, and what it asked."""

    grant: Grant
    counts: Period

    @property
    def precedence(self) -> tuple[bool, bool, int]:
        """As clearance chooses among those of one supplier (engines.clearance.masters)."""
        return self.is_sold_alone, self.grant.is_sale, self.grant.pk

    @property
    def is_sold_alone(self) -> bool:
        """Whether it says a price, in money or otherwise."""
        grant = self.grant
        return grant.price_micro is not None or bool(grant.price_code) or grant.is_at_floor


def price_before(ref: ItemRef, *, sale: clearance.Grant, territory: str) -> Money | None:
    """The lowest price of an item in a territory in the thirty days before a sale.

    None where it was not for sale then, or where nobody can say at which price it was.
    """
    rows = Grant.objects.of_item(release_id=ref.release_id, track_id=ref.track_id).filter(
        licensor=sale.licensor_id, uses=DOWNLOAD, is_pre_order=False
    )
    grants = [each for each in rows.select_related("territories") if _is_here(each, territory)]
    mine = next((each for each in grants if each.pk == sale.id), None)
    release = Release.objects.filter(id=ref.release_id).first()
    if mine is None or release is None or release.published_at is None:
        return None
    valid = _valid(mine, territory)
    begins = max(filter(None, (mine.recorded_at, valid.starts_at if valid else None)))
    window = _window(begins, release.published_at)
    if window is None:
        return None
    stood = [
        _Stood(each, counts)
        for each in grants
        if (counts := _counts(each, territory, window)) is not None
    ]
    return _lowest(stood, window)


def _window(begins: datetime, published_at: datetime) -> Period | None:
    first = max(begins - timedelta(days=prior_days), published_at)
    return Period(first, begins) if first < begins else None


def _is_here(grant: Grant, territory: str) -> bool:
    return territory in Territories.from_bytes(bytes(grant.territories.mask))


def _valid(grant: Grant, territory: str) -> Period | None:
    valid = Period(grant.valid_from, grant.valid_until)
    return instants_of(valid, territory) if grant.is_local else valid


def _counts(grant: Grant, territory: str, window: Period) -> Period | None:
    """When in the window the store went by the grant, and it held."""
    if grant.closed_at is not None and grant.closed_at <= grant.recorded_at:
        return None
    valid = _valid(grant, territory)
    known = Period(grant.recorded_at, grant.closed_at).intersection(window)
    return None if valid is None or known is None else known.intersection(valid)


def _lowest(stood: list[_Stood], window: Period) -> Money | None:
    """The lowest of the prices that applied; None where one of them is no amount of money."""
    ends = {end for each in stood for end in (each.counts.starts_at, each.counts.ends_at)}
    prices = []
    for at in sorted(end for end in ends if end is not None and end in window):
        here = [each for each in stood if at in each.counts]
        if not here:
            continue
        grant = max(here, key=lambda each: each.precedence).grant
        if grant.price_micro is not None:
            prices.append(Money(grant.price_micro, grant.currency))
        elif grant.price_code or grant.is_at_floor:
            return None
    return min(prices, default=None)
