"""Tariffs: the worked fees of docs/algorithms/tariffs.md, and tariffs that are refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pennywhistle.engines.clearance.tariff import (
    Band,
    Base,
    DurationBand,
    Fee,
    Piece,
    Tariff,
    fee_on,
)
from pennywhistle.engines.clearance.tariff_check import TariffInvalidError, check_tariff
from worked_tables import micro_of, page_text, part_of, worked_table

SONG_MS = 210_000
PAGE = "tariffs.md"


def tariffs_of_the_page() -> dict[str, Tariff]:
    bands = [
        Band(
            None if row["Tracks up to"] == "any" else int(row["Tracks up to"]),
            micro_of(row["Per track"]),
        )
        for row in worked_table(PAGE, "Bands of PRS/MCPS OML")
    ]
    tariffs = {}
    for number, row in enumerate(worked_table(PAGE, "Some tariffs, as they were found")):
        name = row["Tariff"]
        tariffs[name] = Tariff(
            id=number,
            name=name,
            currency=row["Currency"],
            base=Base(row["Base"]),
            percent=part_of(row["Percent"]),
            track_minimum_micro=micro_of(row["Per track"]),
            bands=tuple(bands) if name == "PRS/MCPS OML" else (),
            album_minimum_micro=micro_of(row["Per album"]) or None,
            album_tracks=int(part_of(row["Titles included"])) or None,
            extra_track_micro=micro_of(row["Further title"]),
            per_minute_micro=micro_of(row["Per minute"]),
            is_per_work=row["Per work"] == "yes",
        )
        assert row["Source"], "a rate without a source"
    tariffs["SACEM by repertoire"] = replace(tariffs["SACEM"], is_by_repertoire=True)
    return tariffs


def ms_of(cell: str) -> int:
    minutes, _, seconds = cell.partition(":")
    return (int(minutes) * 60 + int(seconds)) * 1_000


def rounded(micro: Fraction) -> int:
    return round(micro)


def test_the_tariffs_of_the_page_make_sense() -> None:
    for tariff in tariffs_of_the_page().values():
        check_tariff(tariff)


def test_the_worked_fees_are_right() -> None:  # T6, T7, T8, T9
    tariffs = tariffs_of_the_page()
    rows = worked_table(PAGE, "Worked fees")

    assert len(rows) == 13
    for row in rows:
        count = int(row["Tracks"])
        piece = Piece(
            ms_of(row["Length"]),
            works=(None,) * int(row["Works"]),
            covered=part_of(row["Licensed"]),
            weight=Fraction(1, count),
        )
        above, _, below = row["Net"].partition("/")
        net = Fraction(micro_of(above)) / part_of(below or "1")

        fee = fee_on(tariffs[row["Tariff"]], [piece] * count, is_album=row["Album"] == "yes")

        assert rounded(fee.percent * net) == micro_of(row["Percentage"]), row
        assert rounded(fee.least_micro) == micro_of(row["Least"]), row
        assert rounded(fee.due(net=net, gross=0, ppd=0)) == micro_of(row["Due"]), row


def test_the_percentage_begins_to_count_where_the_page_says() -> None:  # T7
    tariffs = tariffs_of_the_page()
    rows = worked_table(PAGE, "Where the percentage begins to count")

    assert len(rows) == 3
    for row in rows:
        fee = fee_on(tariffs[row["Tariff"]], [Piece(SONG_MS)], is_album=False)
        even = fee.break_even_micro
        assert even is not None
        assert round(even, -2) == micro_of(row["Net price"])
        assert fee.percent * even == fee.least_micro


def test_a_fixed_amount_never_yields_to_a_percentage() -> None:
    fee = fee_on(tariffs_of_the_page()["US 2026"], [Piece(SONG_MS)], is_album=False)
    assert fee.break_even_micro is None


@pytest.mark.parametrize(
    ("base", "due_micro"), [(Base.NET, 8_000), (Base.GROSS, 9_600), (Base.PPD, 4_000)]
)
def test_the_percentage_is_of_its_base(base: Base, due_micro: int) -> None:
    tariff = Tariff(1, "8 %", base=base, percent=Fraction(8, 100))

    fee = fee_on(tariff, [Piece(SONG_MS)], is_album=False)

    assert fee == Fee(base, 2, 0, 25)
    assert fee.due(net=100_000, gross=120_000, ppd=50_000) == due_micro


@pytest.mark.parametrize(
    ("works", "least_micro"),
    [
        ((None,), 176_400),
        ((None, None), 352_800),
        ((370_000,), 176_400),
        ((70_000, 300_000), 262_000),
        ((9_999, 360_001), 131_000 + 176_400),
        ((60_000, 60_000, 250_000), 393_000),
    ],
)
def test_each_work_of_a_medley_counts_with_its_own_length(
    works: tuple[int | None, ...], least_micro: int
) -> None:  # T6
    tariff = tariffs_of_the_page()["US 2026"]
    fee = fee_on(tariff, [Piece(370_000, works=works)], is_album=False)
    assert fee.least_micro == least_micro


@pytest.mark.parametrize(
    ("count", "least_micro"),
    [
        (1, 50_000),
        (2, 90_000),
        (4, 180_000),
        (5, 200_000),
        (12, 420_000),
        (13, 390_000),
        (29, 725_000),
        (30, 600_000),
    ],
)
def test_the_band_is_chosen_by_the_size_of_the_bundle(count: int, least_micro: int) -> None:
    tariff = tariffs_of_the_page()["PRS/MCPS OML"]
    pieces = [Piece(SONG_MS, weight=Fraction(1, count))] * count
    assert fee_on(tariff, pieces, is_album=False).least_micro == least_micro


def test_a_bundle_beyond_the_last_band_pays_per_track() -> None:
    tariff = Tariff(1, "banded", "GBP", track_minimum_micro=50_000, bands=(Band(4, 45_000),))
    five = [Piece(SONG_MS, weight=Fraction(1, 5))] * 5
    assert fee_on(tariff, five, is_album=False).least_micro == 250_000


@pytest.mark.parametrize(
    ("duration_ms", "least_micro"),
    [(299_999, 50_000), (300_000, 50_000), (300_001, 60_000), (600_001, 75_000)],
)
def test_longer_tracks_have_a_larger_minimum(duration_ms: int, least_micro: int) -> None:
    bands = (
        DurationBand(300_000, Fraction(1)),
        DurationBand(600_000, Fraction(6, 5)),
        DurationBand(None, Fraction(3, 2)),
    )
    tariff = Tariff(1, "by length", "GBP", track_minimum_micro=50_000, duration_bands=bands)
    assert fee_on(tariff, [Piece(duration_ms)], is_album=False).least_micro == least_micro


@pytest.mark.parametrize(
    ("count", "is_album", "least_micro"),
    [
        (1, True, 70_000),
        (2, True, 700_000),
        (15, True, 700_000),
        (16, True, 743_500),
        (15, False, 1_050_000),
    ],
)
def test_all_tracks_of_a_release_are_an_album_but_one_track_is_none(
    *,
    count: int,
    is_album: bool,
    least_micro: int,
) -> None:
    pieces = [Piece(SONG_MS, weight=Fraction(1, count))] * count
    fee = fee_on(tariffs_of_the_page()["SACEM"], pieces, is_album=is_album)
    assert fee.least_micro == least_micro


def test_a_track_with_nothing_licensed_owes_nothing_but_counts_for_the_band() -> None:
    tariff = tariffs_of_the_page()["PRS/MCPS OML"]
    ours, free = (
        Piece(SONG_MS, weight=Fraction(1, 3)),
        Piece(SONG_MS, covered=Fraction(0), weight=Fraction(2, 3)),
    )

    fee = fee_on(tariff, [ours, free], is_album=False)
    nothing = fee_on(tariff, [free, free], is_album=True)

    assert [fee.percent, fee.least_micro] == [Fraction(8, 300), 45_000]
    assert [nothing.percent, nothing.least_micro] == [0, 0]


GOOD = Tariff(1, "good", "EUR", percent=Fraction(9, 100), track_minimum_micro=70_000)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": None}, "tariff-currency"),
        ({"currency": "EURO"}, "tariff-currency"),
        ({"percent": Fraction(-1, 100)}, "tariff-percent"),
        ({"percent": Fraction(9)}, "tariff-percent"),
        ({"track_minimum_micro": -1}, "tariff-negative"),
        ({"album_minimum_micro": -1}, "tariff-negative"),
        ({"per_minute_micro": -1}, "tariff-negative"),
        ({"bands": (Band(4, -1),)}, "tariff-negative"),
        ({"duration_bands": (DurationBand(1, Fraction(-1)),)}, "tariff-negative"),
        ({"album_minimum_micro": 1, "album_tracks": 0}, "tariff-negative"),
        ({"bands": (Band(8, 1), Band(4, 1))}, "tariff-bands"),
        ({"bands": (Band(4, 1), Band(4, 1))}, "tariff-bands"),
        ({"bands": (Band(0, 1),)}, "tariff-bands"),
        ({"bands": (Band(None, 1), Band(4, 1))}, "tariff-bands"),
        ({"duration_bands": (DurationBand(9, Fraction(1)),) * 2}, "tariff-bands"),
        ({"album_tracks": 15}, "tariff-album"),
        ({"extra_track_micro": 43_500}, "tariff-album"),
        ({"album_minimum_micro": 700_000, "extra_track_micro": 43_500}, "tariff-album"),
        ({"percent": Fraction(0), "track_minimum_micro": 0}, "tariff-empty"),
    ],
)
def test_a_tariff_that_contradicts_itself_is_refused(changes: dict[str, object], code: str) -> None:
    check_tariff(GOOD)
    with pytest.raises(TariffInvalidError) as refused:
        check_tariff(replace(GOOD, **changes))  # type: ignore[arg-type]

    assert refused.value.code == code
    assert f"`{code}`" in page_text(PAGE)


def test_a_percentage_alone_needs_no_currency() -> None:
    check_tariff(Tariff(1, "a part of the price", percent=Fraction(15, 100)))
