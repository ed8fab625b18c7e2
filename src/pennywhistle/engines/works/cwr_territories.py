"""Territories as CWR lists them: one a record, included or excluded, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.works.registration import Collection, Right
from pennywhistle.kernel.territories import Territories, TerritoryUnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from pennywhistle.engines.works.cwr_record import Record
    from pennywhistle.engines.works.findings import Log

_TIS = re.compile(r"[0-9]{2,4}")


@dataclass(frozen=True, slots=True)
class TerritoryLine:
    """A record that takes territories in or out, with the shares that it gives there."""

    record: Record
    is_included: bool
    territories: Territories
    shares: dict[Right, Fraction]


@dataclass(slots=True)
class _Held:
    """What a party collects of a right so far: the records, and what they reach together."""

    right: Right
    lines: list[tuple[TerritoryLine, Territories]] = field(default_factory=list)
    reached: Territories = field(default_factory=Territories.none)

    def include(self, line: TerritoryLine, granted: Territories, log: Log) -> None:
        if twice := granted & self.reached:
            log.refuse(
                line.record,
                "territory",
                rule="territory-twice",
                sentence=f"{twice.describe()} has two {self.right} shares of the same party",
                remedy="Exclude it from the wider territory, then include it with its own share",
            )
        self.lines.append((line, granted))
        self.reached |= granted

    def exclude(self, out: Territories) -> None:
        self.lines = [(line, granted - out) for line, granted in self.lines]
        self.reached -= out


def read_territory(record: Record) -> tuple[bool, Territories]:
    """Read inclusion or exclusion and the TIS number of SPT, SWT, OPT, OWT and TER.

    An inclusion takes what the number covers without doubt, an exclusion all that somebody may
    mean by it. A number that is not known refuses the work: to ignore an exclusion would widen
    what it cuts.
    """
    is_included = record.code("inclusion", ("I", "E")) != "E"
    value = record.text("territory")
    if not value:
        return is_included, Territories.none()
    # ISO codes belong to CSV: a CWR field with letters is damaged.
    number = value if _TIS.fullmatch(value) else f"{value}?"
    try:
        if is_included:
            return True, Territories.parse([number])
        return False, Territories.worldwide() - Territories.parse([], excluded=[number])
    except TerritoryUnknownError as error:
        record.log.refuse(
            record,
            "territory",
            rule="territory-unknown",
            sentence=str(error),
            remedy="Write a number of CISAC's territory list (TIS) that is in force",
        )
        return is_included, Territories.none()


def collections_of(
    lines: Sequence[TerritoryLine], log: Log, *, is_controlled: bool
) -> tuple[Collection, ...]:
    """Read a party's territory records in order, each right by itself.

    An exclusion takes out of everything before it. An inclusion after it gives back what it
    names, if that is no more than was excluded ("world, without 840, then 840 with another
    share"); a wider one does not reach what was excluded.
    """
    held = {right: _Held(right) for right in Right}
    excluded = Territories.none()
    for line in lines:
        if line.is_included:
            granted = _after_exclusions(line, excluded, log)
            excluded -= granted
            for right, share in line.shares.items():
                if share:
                    held[right].include(line, granted, log)
        else:
            excluded |= line.territories
            for one in held.values():
                one.exclude(line.territories)
    return tuple(
        Collection(line.record.line, one.right, line.shares[one.right], granted, is_controlled)
        for one in held.values()
        for line, granted in one.lines
        if granted
    )


def territories_of(lines: Sequence[TerritoryLine], log: Log) -> Territories:
    """Read the territory records of an agreement in order, as `collections_of` does."""
    held = excluded = Territories.none()
    for line in lines:
        if line.is_included:
            granted = _after_exclusions(line, excluded, log)
            held, excluded = held | granted, excluded - granted
        else:
            held, excluded = held - line.territories, excluded | line.territories
    return held


def _after_exclusions(line: TerritoryLine, excluded: Territories, log: Log) -> Territories:
    granted = line.territories
    if not granted & excluded or granted <= excluded:
        return granted
    log.doubt(
        line.record,
        "territory",
        rule="inclusion-after-exclusion",
        sentence=f"{(granted & excluded).describe()} was excluded before and stays excluded",
        remedy="Write inclusions first, then what is excluded from them",
    )
    return granted - excluded
