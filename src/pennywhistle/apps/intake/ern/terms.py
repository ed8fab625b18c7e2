"""The deals of a message as the grants of a release and its tracks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Role
from pennywhistle.apps.rights.actions import GrantTerms, Share
from pennywhistle.engines.ddex import due_price
from pennywhistle.engines.ddex.moments import Meaning
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pennywhistle.engines.ddex import Offers, SaleGrant
    from pennywhistle.engines.ddex.moments import Moment, Span

_CODE_CHARS_MAX = 40
# The first and the last of the world's clocks, seen from UTC.
_FIRST_CLOCK, _LAST_CLOCK = timedelta(hours=14), timedelta(hours=-12)


@dataclass(frozen=True, slots=True)
class Seller:
    """Whose deals they are, in which currency the store sells, and whose price codes hold.

    `namespaces`: the DPIDs of those between whom a code means what the supplier's card says.
    """

    supplier_id: int
    currency: str
    namespaces: frozenset[str] = frozenset()

    @property
    def shares(self) -> tuple[Share, ...]:
        """All of a track's money goes to the supplier, who pays whom it owes."""
        return (Share(self.supplier_id, Role.LABEL, Fraction(1)),)


def terms_of(
    offers: Offers, *, main: str, tracks: Mapping[int, Sequence[str]], seller: Seller
) -> dict[int | None, list[GrantTerms]]:
    """The terms of the release (None) and of each of its tracks, by the track's id.

    `main` is the main release's reference within the message; `tracks` has the references of the
    track releases of each track. A track is sold by itself only where a deal of its own says so
    (E9); where the release is sold it is granted as a part of that.
    """
    whole = [term for grant in offers.grants.get(main, ()) for term in _terms(grant, seller)]
    within = _parts_of(whole, seller)
    found: dict[int | None, list[GrantTerms]] = {None: whole}
    for track_id, references in tracks.items():
        own = [
            replace(term, shares=seller.shares)
            for reference in references
            for grant in offers.grants.get(reference, ())
            for term in _terms(grant, seller)
        ]
        found[track_id] = [*own, *_not_covered(within, own)]
    return found


def narrowed(
    standing: Mapping[int | None, Sequence[GrantTerms]],
    wanted: Mapping[int | None, Sequence[GrantTerms]],
) -> dict[int | None, list[GrantTerms]]:
    """What is left of standing terms where the wanted ones say the same of place, time and money.

    Nothing is opened by it, and whatever the wanted ones do not say any more is closed.
    """
    return {
        item: [
            kept
            for term in terms
            for other in wanted.get(item, ())
            if (kept := _common(term, other)) is not None
        ]
        for item, terms in standing.items()
    }


def _common(term: GrantTerms, other: GrantTerms) -> GrantTerms | None:
    territories = term.territories & other.territories
    valid = term.valid.intersection(other.valid)
    if not territories or valid is None:
        return None
    other_alike = replace(other, territories=term.territories, valid=term.valid, shares=term.shares)
    return replace(term, territories=territories, valid=valid) if other_alike == term else None


def _terms(grant: SaleGrant, seller: Seller) -> Iterator[GrantTerms]:
    price = due_price(grant)
    if price is not None and price.namespace not in {"", *seller.namespaces}:
        # A code of somebody else's list means something else than that of the supplier's card.
        price = None
    base = GrantTerms(
        territories=grant.territories,
        valid=Period.always(),
        currency=seller.currency,
        price=None,
        wholesale=Money.zero(seller.currency),
        is_pre_order=grant.is_pre_order,
    )
    if price is not None and 0 < len(price.code) <= _CODE_CHARS_MAX:
        base = replace(base, price_code=price.code)
    elif price is not None and price.money is not None:
        currency = price.money.currency
        base = replace(base, currency=currency, wholesale=price.money, is_at_floor=True)
    for span in grant.spans:
        valid, is_local = _valid(span)
        if valid is not None:
            yield replace(base, valid=valid, is_local=is_local)


def _valid(span: Span) -> tuple[Period | None, bool]:
    """A span as a period, and whether its times are on the walls of each territory (E4).

    None where nothing is left of it for certain.

    Where one end is an instant and the other is local, the instant becomes the clock that shows
    the least: of a start the first clock of the world, of an end the last.
    """
    is_local = any(_is_local(moment) for moment in (span.starts, span.ends))
    starts_at = _start(span.starts, is_local=is_local)
    ends_at = _end(span.ends, is_local=is_local)
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        # Where the two ends are of different kinds, or what holds it back comes after its end.
        return None, is_local
    return Period(starts_at, ends_at), is_local


def _is_local(moment: Moment | None) -> bool:
    return moment is not None and moment.meaning is not Meaning.INSTANT


def _start(moment: Moment | None, *, is_local: bool) -> datetime | None:
    if moment is None or moment.clock is None:
        return None
    if _is_local(moment):
        return moment.clock.replace(tzinfo=UTC)
    return _shifted(moment.starts_at(UTC), _FIRST_CLOCK if is_local else timedelta())


def _end(moment: Moment | None, *, is_local: bool) -> datetime | None:
    if moment is None:
        return None
    if _is_local(moment):
        clock = moment.end_clock
        return None if clock is None else clock.replace(tzinfo=UTC)
    return _shifted(moment.ends_at(UTC), _LAST_CLOCK if is_local else timedelta())


def _shifted(instant: datetime | None, by: timedelta) -> datetime | None:
    try:
        return None if instant is None else instant + by
    except OverflowError:
        return instant


def _parts_of(whole: Iterable[GrantTerms], seller: Seller) -> list[GrantTerms]:
    """Terms by which tracks are sold with their release and not by themselves, one per period."""
    found: dict[tuple[Period, bool, bool], GrantTerms] = {}
    for term in whole:
        key = (term.valid, term.is_local, term.is_pre_order)
        known = found.get(key)
        where = term.territories | (known.territories if known else Territories.none())
        found[key] = GrantTerms(
            territories=where,
            valid=term.valid,
            currency=seller.currency,
            price=None,
            wholesale=Money.zero(seller.currency),
            shares=seller.shares,
            is_local=term.is_local,
            is_pre_order=term.is_pre_order,
        )
    return list(found.values())


def _not_covered(within: Iterable[GrantTerms], own: Sequence[GrantTerms]) -> Iterator[GrantTerms]:
    """The terms within the release, without the places and times of a track's own."""
    for term in within:
        left = term.territories
        for each in own:
            if (each.valid, each.is_local, each.is_pre_order) == (
                *(term.valid, term.is_local),
                term.is_pre_order,
            ):
                left -= each.territories
        if left:
            yield replace(term, territories=left)
