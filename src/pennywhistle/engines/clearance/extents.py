"""Where and when the facts of an item hold: what tells territories and instants apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.kernel import local_time
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pennywhistle.engines.clearance.facts import Grant, Item, Register
    from pennywhistle.kernel.period import Period

_EVERYWHERE = Territories.worldwide()


def grants_of(item: Item) -> Iterator[Grant]:
    """The grants of the item and of its tracks."""
    yield from item.grants
    for track in item.tracks:
        yield from track.grants


def extents_of(item: Item) -> Iterator[tuple[Territories, Period]]:
    """The territories and the period of every other row that a decision may look at."""
    for track in item.tracks:
        for share in track.recording.shares:
            yield share.territories, share.valid
        for work in track.recording.works:
            for share in work.shares:
                yield share.territories, share.valid
            for free in work.public_domain:
                yield free.territories, free.valid
    yield from _of_register(item.register)


def boundaries_of(item: Item) -> tuple[datetime, ...]:
    """The instants at which something that a decision may look at begins or ends, in order."""
    periods = [valid for _, valid in extents_of(item)]
    ends: set[datetime | None] = set()
    for grant in grants_of(item):
        if grant.is_local:
            ends.update(local_time.boundaries_in(grant.valid, grant.territories))
        else:
            periods.append(grant.valid)
    ends.update(end for valid in periods for end in (valid.starts_at, valid.ends_at))
    return tuple(sorted(end for end in ends if end is not None))


def masks_of(item: Item, at: datetime) -> set[int]:
    """Sets of territories that rows tell apart from the others at an instant, as masks."""
    masks = {territories.mask for territories, _ in extents_of(item)}
    for grant in grants_of(item):
        masks.add(grant.territories.mask)
        if grant.is_local:
            masks |= {grant.territories.mask & mask for mask in _local_masks(grant.valid, at)}
    return masks


def _local_masks(valid: Period, at: datetime) -> Iterator[int]:
    """Where a local period has begun, and where it is over."""
    if valid.starts_at is not None:
        yield local_time.beginning(valid.starts_at).at(at)
    if valid.ends_at is not None:
        yield local_time.ending(valid.ends_at).at(at)


def _of_register(register: Register) -> Iterator[tuple[Territories, Period]]:
    for mandates in register.mandates.values():
        for mandate in mandates:
            yield mandate.territories, mandate.valid
    for licenses in register.licenses.values():
        for license_ in licenses:
            yield license_.territories, license_.valid
    for rates in register.rates.values():
        for rate in rates:
            yield rate.territories, rate.valid
    for agreements in register.agreements.values():
        for agreement in agreements:
            yield _EVERYWHERE, agreement.valid
    for transfer in register.transfers:
        yield _EVERYWHERE, transfer.valid
