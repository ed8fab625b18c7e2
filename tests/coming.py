"""Releases that are announced: on the shelves already, granted from a later day on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

from builders import NOON, Shelf, a_shelf, usd
from pennywhistle.apps.rights.actions import GrantTerms, Share, record_all_grants
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

DAY = timedelta(days=1)
# When what `a_coming_shelf` makes may be sold.
RELEASE_DAY = NOON + 7 * DAY


def a_coming_shelf(
    title: str = "Thaw",
    *,
    album_price: str = "0.35",
    from_at: datetime = RELEASE_DAY,
    is_local: bool = False,
) -> Shelf:
    """A release that everybody sees, and nobody may buy before its day."""
    shelf = a_shelf(title, album_price=album_price)
    shelf.release.released_on = date(2026, 11, 28)
    grant_from(shelf, from_at, album_price=album_price, is_local=is_local)
    return shelf


def grant_from(
    shelf: Shelf,
    from_at: datetime,
    *,
    album_price: str = "0.35",
    is_local: bool = False,
    pre_orders: Territories | None = None,
    now: datetime = NOON,
) -> None:
    """Grant the release and its tracks from an instant on; pre-orders in some places until then."""
    period = Period(from_at, None)

    def terms(price: str, shares: tuple[Share, ...] = ()) -> list[GrantTerms]:
        made = [_terms(Territories.worldwide(), period, price, shares, is_local=is_local)]
        if pre_orders is not None:
            before = Period(None, from_at)
            made.append(_terms(pre_orders, before, price, shares, is_pre_order=True))
        return made

    shares = tuple(Share(payee.pk, "MainArtist", Fraction(1, 2)) for payee in shelf.payees)
    everything: dict[int | None, list[GrantTerms]] = {
        track.pk: terms("0.14", shares) for track in shelf.tracks
    }
    everything[None] = terms(album_price)
    record_all_grants(
        licensor_id=shelf.release.supplier_id,
        release_id=shelf.release.pk,
        terms=everything,
        now=now,
    )


def _terms(
    where: Territories,
    period: Period,
    price: str,
    shares: tuple[Share, ...],
    *,
    is_local: bool = False,
    is_pre_order: bool = False,
) -> GrantTerms:
    return GrantTerms(
        territories=where,
        valid=period,
        currency="USD",
        price=usd(price),
        wholesale=Money.zero("USD"),
        shares=shares,
        is_local=is_local,
        is_pre_order=is_pre_order,
    )
