"""Where and when the facts of an item hold: what tells territories and instants apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pennywhistle.engines.clearance.facts import Item, Register
    from pennywhistle.kernel.period import Period

_EVERYWHERE = Territories.worldwide()


def extents_of(item: Item) -> Iterator[tuple[Territories, Period]]:
    """The territories and the period of every row that a decision on the item may look at."""
    for grant in item.grants:
        yield grant.territories, grant.valid
    for track in item.tracks:
        for grant in track.grants:
            yield grant.territories, grant.valid
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
    ends = {end for _, valid in extents_of(item) for end in (valid.starts_at, valid.ends_at)}
    return tuple(sorted(end for end in ends if end is not None))


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
