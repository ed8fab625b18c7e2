"""Tariffs: what the authors of the works in a sale are owed (docs/algorithms/tariffs.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MS_PER_MINUTE = 60_000


class Base(StrEnum):
    """Of what a tariff's percentage is taken."""

    NET = "net"
    """The price without tax."""
    GROSS = "gross"
    """What the buyer pays, tax included."""
    PPD = "ppd"
    """The supplier's wholesale price (published price to dealers)."""


@dataclass(frozen=True, slots=True)
class Band:
    """The least per track in a bundle of up to `tracks_max` tracks; None: of any size."""

    tracks_max: int | None
    track_minimum_micro: int


@dataclass(frozen=True, slots=True)
class DurationBand:
    """The minimum of a track that lasts up to `up_to_ms` (None: any longer one) times `factor`."""

    up_to_ms: int | None
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a licensor asks for a sale: a percentage, but at least an amount.

    All amounts are micro-units of `currency`, which is None only where no amount is named.
    `check_tariff` says whether one makes sense; everything else trusts that it was asked.
    """

    id: int
    name: str
    currency: str | None = None
    base: Base = Base.NET
    percent: Fraction = Fraction(0)
    track_minimum_micro: int = 0
    bands: tuple[Band, ...] = ()
    album_minimum_micro: int | None = None
    # How many titles the album's minimum includes, and what each further one adds.
    album_tracks: int | None = None
    extra_track_micro: int = 0
    # For each started minute; owed where it is more than the track's minimum.
    per_minute_micro: int = 0
    # Amounts count for each work that a track embodies, not for each track (17 USC 115).
    is_per_work: bool = False
    duration_bands: tuple[DurationBand, ...] = ()
    # Percentage and amounts are owed for the licensed part only.
    is_by_repertoire: bool = False

    @property
    def names_amounts(self) -> bool:
        """Whether any amount of money is in it, so that it holds in one currency only."""
        return any(amount for _, amount in self.amounts())

    def amounts(self) -> list[tuple[str, int]]:
        """Return every amount in it, in micro-units, with what it is for."""
        return [
            ("least per track", self.track_minimum_micro),
            ("least per album", self.album_minimum_micro or 0),
            ("amount per further track", self.extra_track_micro),
            ("amount per minute", self.per_minute_micro),
            *[("least per track of a band", band.track_minimum_micro) for band in self.bands],
        ]


@dataclass(frozen=True, slots=True)
class Piece:
    """One track of a sale as a tariff sees it.

    `works` has one entry for each work in the track under the license: its own duration in ms,
    or None where that is not known. `covered` is the part of both rights in all works of the track
    that is licensed under the tariff, `works_covered` the same of each of `works`, in their order;
    empty: as much of each as of the track. `weight` is the track's part of the price; the weights
    of a sale sum to one.
    """

    duration_ms: int
    works: tuple[int | None, ...] = (None,)
    covered: Fraction = Fraction(1)
    weight: Fraction = Fraction(1)
    works_covered: tuple[Fraction, ...] = ()


@dataclass(frozen=True, slots=True)
class Fee:
    """What a tariff asks for one sale: max(percent · base, least), whatever the price will be.

    Both numbers are whole numerators over one `denominator`, in lowest terms; `least` in
    micro-units. The tariff's licensed part is in both already.
    """

    base: Base
    percent_numerator: int
    least_numerator: int
    denominator: int

    @property
    def percent(self) -> Fraction:
        """The part of the base that is asked."""
        return Fraction(self.percent_numerator, self.denominator)

    @property
    def least_micro(self) -> Fraction:
        """What is owed at any price, in micro-units."""
        return Fraction(self.least_numerator, self.denominator)

    @property
    def break_even_micro(self) -> Fraction | None:
        """From which base on the percentage is what counts; None if it never does."""
        if not self.percent_numerator:
            return None
        return Fraction(self.least_numerator, self.percent_numerator)

    def due(self, net: Fraction | int, gross: Fraction | int, ppd: Fraction | int) -> Fraction:
        """Return the exact fee in micro-units for a price without tax, with tax, and wholesale."""
        base = {Base.NET: net, Base.GROSS: gross, Base.PPD: ppd}[self.base]
        return max(self.percent * base, self.least_micro)


def fee_on(tariff: Tariff, pieces: Sequence[Piece], *, is_album: bool) -> Fee:
    """Return what `tariff` asks for a sale of `pieces`.

    `is_album` says that these are all the tracks of a release: then the album's minimum, if the
    tariff has one, takes the place of the tracks' minima. One track is no album. A track with
    nothing licensed under the tariff owes nothing, but counts for the size of the bundle.
    """
    assert pieces, "a sale has at least one track"
    parts = [_licensed_part(tariff, piece) for piece in pieces]
    is_whole = not [part for part in parts if part[0] != part[1]]
    percent = tariff.percent.numerator, tariff.percent.denominator
    if not is_whole:
        percent = _times(
            percent,
            _sum(
                [
                    _times(part, _pair(piece.weight))
                    for part, piece in zip(parts, pieces, strict=True)
                ]
            ),
        )
    if is_album and tariff.album_minimum_micro is not None and len(pieces) > 1:
        least = _album_least(tariff, parts)
    else:
        least = _tracks_least(tariff, pieces, parts)
    return _fee(tariff.base, percent, least)


# An exact number on its way: numerator and denominator, not yet in lowest terms. Fractions of the
# standard library reduce after every step, which is most of what they cost.
_Pair = tuple[int, int]


def _licensed_part(tariff: Tariff, piece: Piece) -> _Pair:
    """Which part of a track the tariff counts: what is licensed, or all if it is not pro rata."""
    if tariff.is_by_repertoire:
        return _pair(piece.covered)
    return (1, 1) if piece.covered else (0, 1)


def _album_least(tariff: Tariff, parts: Sequence[_Pair]) -> _Pair:
    amount_micro = tariff.album_minimum_micro or 0
    if tariff.album_tracks is not None:
        amount_micro += tariff.extra_track_micro * max(0, len(parts) - tariff.album_tracks)
    if not tariff.is_by_repertoire:
        return (amount_micro, 1) if any(above for above, _ in parts) else (0, 1)
    # Pro rata of an album counts its titles alike, as its minimum does.
    above, below = _sum(parts)
    return amount_micro * above, below * len(parts)


def _tracks_least(tariff: Tariff, pieces: Sequence[Piece], parts: Sequence[_Pair]) -> _Pair:
    minimum_micro = tariff.track_minimum_micro
    for band in tariff.bands:
        if band.tracks_max is None or len(pieces) <= band.tracks_max:
            minimum_micro = band.track_minimum_micro
            break
    return _sum(
        [
            _track_least(tariff, piece, minimum_micro, part)
            for part, piece in zip(parts, pieces, strict=True)
            if part[0]
        ]
    )


def _track_least(tariff: Tariff, piece: Piece, minimum_micro: int, part: _Pair) -> _Pair:
    """The larger of the minimum and the price of the started minutes, once or for each work.

    Of this only the licensed part: that of the track, or of each work its own.
    """
    above, below = minimum_micro, 1
    for band in tariff.duration_bands:
        if band.up_to_ms is None or piece.duration_ms <= band.up_to_ms:
            above, below = minimum_micro * band.factor.numerator, band.factor.denominator
            break
    if not tariff.is_per_work:
        minutes = -(-piece.duration_ms // _MS_PER_MINUTE)
        return _times(part, (max(above, tariff.per_minute_micro * minutes * below), below))
    leasts = []
    for work_ms in piece.works:
        # A work whose part of a medley is not known counts with the whole track: too much can
        # be claimed back, too little is an unlicensed sale.
        minutes = -(-(piece.duration_ms if work_ms is None else work_ms) // _MS_PER_MINUTE)
        leasts.append(max(above, tariff.per_minute_micro * minutes * below))
    if not (tariff.is_by_repertoire and piece.works_covered):
        return _times(part, (sum(leasts), below))
    each = zip(piece.works_covered, leasts, strict=True)
    return _sum([_times(_pair(covered), (least, below)) for covered, least in each])


def _fee(base: Base, percent: _Pair, least: _Pair) -> Fee:
    denominator = math.lcm(percent[1], least[1])
    percent_numerator = percent[0] * (denominator // percent[1])
    least_numerator = least[0] * (denominator // least[1])
    divisor = math.gcd(percent_numerator, least_numerator, denominator)
    return Fee(
        base, percent_numerator // divisor, least_numerator // divisor, denominator // divisor
    )


def _pair(number: Fraction) -> _Pair:
    return number.numerator, number.denominator


def _times(one: _Pair, other: _Pair) -> _Pair:
    return one[0] * other[0], one[1] * other[1]


def _sum(numbers: Sequence[_Pair]) -> _Pair:
    if len(numbers) == 1:
        return numbers[0]
    denominator = math.lcm(*[below for _, below in numbers])
    return sum([above * (denominator // below) for above, below in numbers]), denominator
