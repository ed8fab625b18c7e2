"""A release's grants as deals: one for all items that are sold alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.write_facts import Sale
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.apps.rights.models import Grant

_MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class PriceMeant:
    """A price that the supplier set itself, under the code that stands for it in the messages."""

    code: str
    price: Money
    wholesale: Money


def price_meant(grant: Grant) -> PriceMeant | None:
    """The price and its code; None where the grant names a code, or the wholesale price only.

    ERN knows what the store owes the supplier, not what the supplier wants the buyer to pay. So
    that price becomes a code, and the code a line of the rate card that comes with the messages.
    """
    if grant.price_micro is None or grant.price_code:
        return None
    price = Money(grant.price_micro, grant.currency)
    wholesale = Money(grant.wholesale_micro, grant.currency)
    least = f"-{_plain(wholesale)}" if wholesale else ""
    return PriceMeant(f"{grant.currency}-{_plain(price)}{least}", price, wholesale)


def sales_of(release: Release, places: Mapping[int, int]) -> tuple[Sale, ...]:
    """What the messages say is sold; nothing of a release that is withdrawn or taken down.

    `places` has the place of each track by its id. A track that is granted within its release only
    has no deal of its own (E9).
    """
    stopped = {stop.track_id for stop in release.stops.all()}
    if release.withdrawn_at is not None or None in stopped:
        return ()
    merged: dict[Sale, list[int | None]] = {}
    for grant in release.grants.all():
        has_left = grant.track_id is not None and grant.track_id not in places
        # A sale ends soon, and its messages would say two prices for one day.
        is_left_out = grant.is_sale or has_left or _is_within_only(grant)
        if grant.track_id in stopped or is_left_out:
            continue
        item = None if grant.track_id is None else places[grant.track_id]
        merged.setdefault(_sale(grant), []).append(item)
    return tuple(replace(sale, items=_in_order(items)) for sale, items in merged.items())


def _is_within_only(grant: Grant) -> bool:
    has_price = grant.price_micro is not None or grant.price_code or grant.is_at_floor
    return grant.track_id is not None and not has_price


def _in_order(items: Sequence[int | None]) -> tuple[int | None, ...]:
    return tuple(sorted(set(items), key=lambda item: -1 if item is None else item))


def _sale(grant: Grant) -> Sale:
    meant = price_meant(grant)
    wholesale = Money(grant.wholesale_micro, grant.currency)
    return Sale(
        (),
        Territories.from_bytes(bytes(grant.territories.mask)),
        # The standard wants a start: before the store knew of the grant nothing was sold by it.
        _start(grant.valid_from or grant.recorded_at, grant),
        _end(grant.valid_until, grant),
        code=meant.code if meant else grant.price_code,
        wholesale=wholesale if grant.is_at_floor else None,
        suggested=meant.price if meant else None,
        is_pre_order=grant.is_pre_order,
    )


def _start(at: datetime, grant: Grant) -> date | datetime:
    """Local times are kept as if they were UTC; at midnight they are a day."""
    if not grant.is_local or grant.valid_from is None:
        return at
    clock = at.astimezone(UTC).replace(tzinfo=None)
    return clock.date() if clock.time() == _MIDNIGHT else clock


def _end(at: datetime | None, grant: Grant) -> date | datetime | None:
    if at is None or not grant.is_local:
        return at
    clock = at.astimezone(UTC).replace(tzinfo=None)
    # The last day counts, and ends with its midnight (E4).
    return clock.date() - timedelta(days=1) if clock.time() == _MIDNIGHT else clock


def _plain(amount: Money) -> str:
    return str(amount).partition(" ")[0]
