"""What an item cost before a sale: the lowest price of the thirty days before it began.

Directive 98/6/EC, article 6a: who announces a lower price also says the lowest that applied in the
thirty days before. Where that is not known for certain, nothing is struck through.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.rights.models import Grant, RateCardLine
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
    def precedence(self) -> tuple[bool, int]:
        """As clearance chooses among those of one supplier (engines.clearance.masters)."""
        grant = self.grant
        is_priced = grant.price_micro is not None or bool(grant.price_code) or grant.is_at_floor
        return is_priced, grant.pk


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a price code meant in a territory, and when."""

    line: RateCardLine
    counts: Period


class _UnknownError(Exception):
    """Nobody can say at which price something was sold."""


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
    try:
        return _lowest(stood, _meant(stood, territory, window), window, mine.currency)
    except _UnknownError:
        return None


def _window(begins: datetime, published_at: datetime) -> Period | None:
    first = max(begins - timedelta(days=prior_days), published_at)
    return Period(first, begins) if first < begins else None


def _is_here(row: Grant | RateCardLine, territory: str) -> bool:
    return territory in Territories.from_bytes(bytes(row.territories.mask))


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


def _meant(stood: list[_Stood], territory: str, window: Period) -> list[_Meant]:
    """What the grants' price codes meant in the window: the rate card, as it stood."""
    codes = {each.grant.price_code for each in stood if each.grant.price_code}
    if not codes:
        return []
    lines = RateCardLine.objects.filter(supplier=stood[0].grant.licensor_id, code__in=codes)
    return [
        _Meant(line, counts)
        for line in lines.select_related("territories")
        if _is_here(line, territory)
        and (known := Period(line.recorded_at, line.closed_at).intersection(window)) is not None
        and (counts := known.intersection(line.valid)) is not None
    ]


def _lowest(
    stood: list[_Stood], meant: list[_Meant], window: Period, currency: str
) -> Money | None:
    """The lowest of the prices that applied; None where it was for sale at none."""
    counts = [each.counts for each in stood] + [each.counts for each in meant]
    ends = {end for each in counts for end in (each.starts_at, each.ends_at)}
    prices = [
        price
        for at in sorted(end for end in ends if end is not None and end in window)
        if (price := _price_at(at, stood, meant, currency)) is not None
    ]
    return min(prices, default=None)


def _price_at(
    at: datetime, stood: list[_Stood], meant: list[_Meant], currency: str
) -> Money | None:
    """The price at an instant: that of a sale, or the standing one, if that is lower."""
    here = [each for each in stood if at in each.counts]
    sale = max((each for each in here if each.grant.is_sale), key=_precedence, default=None)
    standing = max((each for each in here if not each.grant.is_sale), key=_precedence, default=None)
    chosen = [each.grant for each in (sale, standing) if each is not None]
    prices = [_price_of(grant, at, meant, currency) for grant in chosen]
    if sale is None and standing is not None and standing.grant.is_at_floor:
        raise _UnknownError
    return min((price for price in prices if price is not None), default=None)


def _precedence(stood: _Stood) -> tuple[bool, int]:
    return stood.precedence


def _price_of(grant: Grant, at: datetime, meant: list[_Meant], currency: str) -> Money | None:
    """A grant's price in the sale's currency; None where nothing was sold under it."""
    if grant.price_micro is not None:
        return Money(grant.price_micro, currency) if grant.currency == currency else None
    lines = [
        each.line
        for each in meant
        if grant.price_code == each.line.code
        and at in each.counts
        and each.line.currency == currency
    ]
    newest = max(lines, key=lambda line: line.pk, default=None)
    return None if newest is None else Money(newest.price_micro, currency)
