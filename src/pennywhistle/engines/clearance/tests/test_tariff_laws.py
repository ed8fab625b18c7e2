"""Laws of every fee: it grows with the price, and pro rata of the repertoire is in proportion."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.clearance.tariff import (
    Band,
    Base,
    DurationBand,
    Piece,
    Tariff,
    fee_on,
)
from pennywhistle.engines.clearance.tests.registers import PATIENT

amounts = st.integers(0, 2_000_000)
parts = st.fractions(0, 1, max_denominator=10_000)
lengths = st.integers(1, 3_600_000)


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    sizes = sorted(draw(st.sets(st.integers(1, 30), max_size=3)))
    has_album = draw(st.booleans())
    return Tariff(
        id=1,
        name="any",
        currency="EUR",
        base=draw(st.sampled_from(Base)),
        percent=draw(parts),
        track_minimum_micro=draw(amounts),
        bands=tuple(Band(size, draw(amounts)) for size in sizes),
        album_minimum_micro=draw(amounts) if has_album else None,
        album_tracks=draw(st.integers(1, 20)) if has_album else None,
        extra_track_micro=draw(amounts) if has_album else 0,
        per_minute_micro=draw(amounts),
        is_per_work=draw(st.booleans()),
        duration_bands=(DurationBand(300_000, draw(st.fractions(0, 3, max_denominator=100))),),
        is_by_repertoire=draw(st.booleans()),
    )


@st.composite
def bundles(draw: st.DrawFn) -> list[Piece]:
    weights = draw(st.lists(st.integers(0, 1_000), min_size=1, max_size=20).filter(any))
    bundle = []
    for weight in weights:
        works = draw(st.lists(st.tuples(st.none() | lengths, parts), min_size=1, max_size=3))
        has_parts = draw(st.booleans())
        bundle.append(
            Piece(
                duration_ms=draw(lengths),
                works=tuple(length_ms for length_ms, _ in works),
                covered=sum((part for _, part in works), Fraction(0)) / len(works),
                weight=Fraction(weight, sum(weights)),
                works_covered=tuple(part for _, part in works) if has_parts else (),
            )
        )
    return bundle


def covered_to(part: Fraction, pieces: list[Piece]) -> list[Piece]:
    """The tracks with so much of each, and of each of their works, licensed."""
    return [
        replace(piece, covered=part, works_covered=(part,) * len(piece.works_covered))
        for piece in pieces
    ]


prices = st.integers(0, 10**12)


@PATIENT
@given(tariff=tariffs(), pieces=bundles(), is_album=st.booleans(), one=prices, other=prices)
def test_a_higher_price_never_lowers_the_fee(
    *,
    tariff: Tariff,
    pieces: list[Piece],
    is_album: bool,
    one: int,
    other: int,
) -> None:
    fee = fee_on(tariff, pieces, is_album=is_album)
    low, high = sorted((one, other))
    due = fee.due(net=high, gross=high, ppd=high)

    assert fee.least_micro <= fee.due(net=low, gross=low, ppd=low) <= due
    assert due == max(fee.least_micro, fee.percent * high)


@PATIENT
@given(tariff=tariffs(), pieces=bundles(), is_album=st.booleans(), net=prices)
def test_pro_rata_of_the_repertoire_is_never_more_than_the_full_fee(
    *,
    tariff: Tariff,
    pieces: list[Piece],
    is_album: bool,
    net: int,
) -> None:
    pro_rata = fee_on(replace(tariff, is_by_repertoire=True), pieces, is_album=is_album)
    full = fee_on(replace(tariff, is_by_repertoire=False), pieces, is_album=is_album)
    whole = covered_to(Fraction(1), pieces)

    assert pro_rata.percent <= full.percent <= tariff.percent
    assert pro_rata.least_micro <= full.least_micro
    assert pro_rata.due(net, net, net) <= full.due(net, net, net)
    assert fee_on(replace(tariff, is_by_repertoire=True), whole, is_album=is_album) == fee_on(
        replace(tariff, is_by_repertoire=False), whole, is_album=is_album
    )


@PATIENT
@given(tariffs(), bundles(), st.fractions(0, 1, max_denominator=1_000))
def test_pro_rata_is_in_proportion(tariff: Tariff, pieces: list[Piece], part: Fraction) -> None:
    tariff = replace(tariff, is_by_repertoire=True)
    partly = fee_on(tariff, covered_to(part, pieces), is_album=True)
    whole = fee_on(tariff, covered_to(Fraction(1), pieces), is_album=True)

    assert partly.percent == whole.percent * part
    assert partly.least_micro == whole.least_micro * part
