"""Shares of one right over territories and time: do they add up everywhere they hold?

Two rows may hold for different countries and years. Where the same rows meet, the shares are one
division of the right: a *cell*. Each cell is checked and scaled by itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.works.findings import percent, summed
from pennywhistle.engines.works.limits import CSV_DIVISIONS_MAX, CSV_SHARES_OF_RIGHT_MAX
from pennywhistle.kernel.split import SharesInvalidError, scale_shares
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DAY = timedelta(days=1)


class DivisionInvalidError(ValueError):
    """The shares do not divide the right, somewhere or at some time."""

    def __init__(self, rule: str, sentence: str) -> None:
        self.rule = rule
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Stated:
    """A share as a row states it, in its territories, from its first day to its last."""

    share: Fraction
    territories: Territories
    from_on: date | None
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Scaled:
    """A share of row `index` as part of a whole."""

    index: int
    share: Fraction
    territories: Territories
    from_on: date | None
    until_on: date | None


def scale_cells(rows: Sequence[Stated]) -> list[Scaled]:
    """Scale the rows of one right of one work so that each cell adds up to one.

    Raises `DivisionInvalidError` where the shares of a cell are more than 0.06 % beside 100 %, or
    where there are more rows or cells than limits allows.
    """
    if len(rows) > CSV_SHARES_OF_RIGHT_MAX:
        raise DivisionInvalidError(
            "too-many-shares", f"A right has more than {CSV_SHARES_OF_RIGHT_MAX} shares"
        )
    shares: dict[int, dict[int, Fraction]] = {}
    found: dict[tuple[int, Fraction, date, date], int] = defaultdict(int)
    for from_on, until_on, mask, holders in _cells(rows):
        if holders not in shares:
            shares[holders] = _scale(rows, holders, mask, from_on)
            if len(shares) > CSV_DIVISIONS_MAX:
                raise DivisionInvalidError(
                    "too-many-divisions",
                    f"A right is divided in more than {CSV_DIVISIONS_MAX} ways",
                )
        for index, share in shares[holders].items():
            found[index, share, from_on, until_on] |= mask
    return _joined(found)


def _cells(rows: Sequence[Stated]) -> Iterator[tuple[date, date, int, int]]:
    """Give first and last day, territories and the rows that hold there, as bits."""
    parts = _parts(rows)
    for from_on, until_on, holding in _times(rows):
        by_holders: dict[int, int] = defaultdict(int)
        for mask, holders in parts:
            if holders & holding:
                by_holders[holders & holding] |= mask
        for holders, mask in by_holders.items():
            yield from_on, until_on, mask, holders


def _parts(rows: Sequence[Stated]) -> list[tuple[int, int]]:
    parts = [(Territories.worldwide().mask, 0)]
    for index, row in enumerate(rows):
        divided = []
        for mask, holders in parts:
            if inside := mask & row.territories.mask:
                divided.append((inside, holders | 1 << index))
            if outside := mask & ~row.territories.mask:
                divided.append((outside, holders))
        parts = divided
    return parts


def _times(rows: Sequence[Stated]) -> Iterator[tuple[date, date, int]]:
    # Days before which something changes; the last day of time stands for "without end".
    starts = {date.min}
    for row in rows:
        starts.add(row.from_on or date.min)
        if row.until_on is not None and row.until_on < date.max:
            starts.add(row.until_on + _DAY)
    ordered = sorted(starts)
    for place, start in enumerate(ordered):
        last = ordered[place + 1] - _DAY if place + 1 < len(ordered) else date.max
        holding = sum(
            1 << index
            for index, row in enumerate(rows)
            if (row.from_on or date.min) <= start and (row.until_on or date.max) >= last
        )
        if holding:
            yield start, last, holding


def _scale(rows: Sequence[Stated], holders: int, mask: int, from_on: date) -> dict[int, Fraction]:
    indexes = [index for index in range(len(rows)) if holders >> index & 1]
    stated = [rows[index].share for index in indexes]
    try:
        return dict(zip(indexes, scale_shares(stated), strict=True))
    except SharesInvalidError:
        since = "" if from_on == date.min else f" from {from_on}"
        where = Territories(mask).describe()
        raise DivisionInvalidError(
            "ownership-sum",
            f"The shares {summed(stated)} in {where}{since} add up to "
            f"{percent(sum(stated, Fraction(0)))}",
        ) from None


def _joined(found: dict[tuple[int, Fraction, date, date], int]) -> list[Scaled]:
    """Join stretches of time that follow each other with the same share and territories."""
    joined: list[Scaled] = []
    for (index, share, from_on, until_on), mask in sorted(found.items()):
        last = joined[-1] if joined else None
        if (
            last is not None
            and (last.index, last.share, last.territories.mask) == (index, share, mask)
            and last.until_on is not None
            and last.until_on + _DAY == from_on
        ):
            joined.pop()
            from_on = last.from_on or date.min  # noqa: PLW2901
        joined.append(
            Scaled(
                index,
                share,
                Territories(mask),
                None if from_on == date.min else from_on,
                None if until_on == date.max else until_on,
            )
        )
    return joined
