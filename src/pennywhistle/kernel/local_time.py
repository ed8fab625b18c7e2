"""When a time on the wall comes in each territory, by the zones of the IANA time zone database.

A release message says "from 1 April", and means the local time of each territory (rights.md, E4).
A territory may live by several zones. A period that is local begins there when it has begun in
all of them and is over as soon as it has ended in one: nothing is sold a minute too early or too
late, whatever the zone of the buyer is. Where a territory has no zone, as nobody lives there, it
may be any from UTC-12 to UTC+14.

The zones are those of the pinned package tzdata, not of the machine, so that every process of a
store and everyone who recomputes a decision finds the same.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from itertools import accumulate
from operator import or_
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import TERRITORY_CODES, Territories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo

    _Choice = Callable[[list[datetime]], datetime]

# What a store meets: the first and last days of the deals that are in force.
dates_kept_max = 4_096

_ANY_ZONE = (timezone(timedelta(hours=14)), timezone(-timedelta(hours=12)))
# ISO 3166 has no code for Kosovo, so zone.tab has no line for it; IANA has it live by Belgrade.
_NOT_LISTED = {"XK": ("Europe/Belgrade",)}
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Dawn:
    """How a time on the wall reaches the world: at `instants`, in order, more and more of it.

    `reached[n]` are the territories, as a mask, that the first `n` instants have reached.
    """

    instants: tuple[datetime, ...]
    reached: tuple[int, ...]

    def at(self, instant: datetime) -> int:
        """The territories that it has reached at an instant, as a mask."""
        return self.reached[bisect_right(self.instants, instant)]

    def in_any(self, mask: int) -> Iterator[datetime]:
        """The instants at which it reaches a territory of the mask, in order."""
        for place, instant in enumerate(self.instants):
            if (self.reached[place + 1] & ~self.reached[place]) & mask:
                yield instant


@cache
def zones_of(code: str) -> tuple[tzinfo, ...]:
    """The zones by which a territory lives; two that enclose all others where it has none."""
    names = _NOT_LISTED.get(code) or _names_by_code().get(code, ())
    return tuple(_zone(name) for name in names) or _ANY_ZONE


@lru_cache(maxsize=dates_kept_max)
def beginning(clock: datetime) -> Dawn:
    """When a period that begins at this time on the wall has begun in all zones of a territory.

    `clock` is the time on the wall, written as if it were UTC. Of an hour that comes twice it is
    the second, and one that is left out comes after it would have.
    """
    return _dawn(clock, max)


@lru_cache(maxsize=dates_kept_max)
def ending(clock: datetime) -> Dawn:
    """When a period that ends at this time on the wall is over in one zone of a territory."""
    return _dawn(clock, min)


def instants_of(valid: Period, code: str) -> Period | None:
    """The instants of a local period in a territory; None if nothing is left of it there.

    `valid` holds times on the wall, written as if they were UTC.
    """
    starts_at = None if valid.starts_at is None else _located(valid.starts_at, code, max)
    ends_at = None if valid.ends_at is None else _located(valid.ends_at, code, min)
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        return None
    return Period(starts_at, ends_at)


def holding_at(valid: Period, instant: datetime) -> int:
    """The territories in which a local period holds at an instant, as a mask."""
    mask = _WORLD if valid.starts_at is None else beginning(valid.starts_at).at(instant)
    return mask if valid.ends_at is None else mask & ~ending(valid.ends_at).at(instant)


def boundaries_in(valid: Period, territories: Territories) -> Iterator[datetime]:
    """The instants at which a local period begins or ends somewhere in these territories."""
    if valid.starts_at is not None:
        yield from beginning(valid.starts_at).in_any(territories.mask)
    if valid.ends_at is not None:
        yield from ending(valid.ends_at).in_any(territories.mask)


_WORLD = Territories.worldwide().mask


def _dawn(clock: datetime, choose: _Choice) -> Dawn:
    clocks = (clock, clock.replace(fold=1))
    instants: dict[tzinfo, datetime] = {}
    masks: dict[datetime, int] = {}
    for zones, mask in _masks_by_zones().items():
        for zone in zones:
            if zone not in instants:
                instants[zone] = choose([_in_utc(each, zone) for each in clocks])
        instant = choose([instants[zone] for zone in zones])
        masks[instant] = masks.get(instant, 0) | mask
    ordered = tuple(sorted(masks))
    return Dawn(ordered, tuple(accumulate((masks[each] for each in ordered), or_, initial=0)))


def _located(clock: datetime, code: str, choose: _Choice) -> datetime:
    clocks = (clock, clock.replace(fold=1))
    return choose([_in_utc(each, zone) for zone in zones_of(code) for each in clocks])


def _in_utc(clock: datetime, zone: tzinfo) -> datetime:
    """The instant at which it is this time on the wall in a zone."""
    offset = zone.utcoffset(clock)
    assert offset is not None, "zones of the database have an offset at any time"
    try:
        return (clock - offset).replace(fold=0)
    except OverflowError:
        # In the first or the last hours of the calendar.
        return _EARLIEST if clock.year == _EARLIEST.year else _LATEST


@cache
def _masks_by_zones() -> dict[frozenset[tzinfo], int]:
    """The territories that live by the same zones, as masks; two hundred live by few of them."""
    masks: dict[frozenset[tzinfo], int] = {}
    for code in TERRITORY_CODES:
        zones = frozenset(zones_of(code))
        masks[zones] = masks.get(zones, 0) | Territories.of(code).mask
    return masks


@cache
def _names_by_code() -> dict[str, tuple[str, ...]]:
    """Names of zones by territory, as the pinned zone.tab lists them."""
    names: dict[str, tuple[str, ...]] = {}
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            code, _, name, *_ = line.split("\t")
            names[code] = (*names.get(code, ()), name)
    return names


@cache
def _zone(name: str) -> ZoneInfo:
    return _zone_of(resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes())


@cache
def _zone_of(rules: bytes) -> ZoneInfo:
    """One object for all names of the same rules: half of the names are only other names."""
    return ZoneInfo.from_file(BytesIO(rules))
