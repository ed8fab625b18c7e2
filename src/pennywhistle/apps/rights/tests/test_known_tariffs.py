"""Rates that come along as data: read with their sources, recorded when somebody asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from builders import NOON
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.actions import record_tariff
from pennywhistle.apps.rights.known_tariffs import (
    COLUMNS,
    TariffFileError,
    known_lines,
    read_lines,
    record_known,
)
from pennywhistle.apps.rights.models import Tariff, TariffLine
from pennywhistle.engines.clearance.tariff import Band, Piece, fee_on

if TYPE_CHECKING:
    from pennywhistle.engines.clearance.tariff import Tariff as Rule

US = "US permanent downloads (17 USC 115)"
NET = 140_000


def rule_of(tariff: str, at: datetime) -> Rule:
    """The known rule that holds at an instant, recorded and read again."""
    licensor = ensure_party(name="Licensor")
    kept = record_tariff(licensor_id=licensor.pk, name=tariff, now=NOON)
    lines = [line for line in known_lines() if line.tariff == tariff]
    record_known(tariff_id=kept.pk, lines=lines, now=NOON)
    found = TariffLine.objects.open().filter(tariff=kept)
    return next(line.rule for line in found if at in line.valid)


def due_micro(rule: Rule, *, length: str = "3:30", works: int = 1, net: int = NET) -> Fraction:
    minutes, seconds = map(int, length.split(":"))
    piece = Piece((60 * minutes + seconds) * 1_000, works=(None,) * works)
    return fee_on(rule, [piece], is_album=False).due(net=net, gross=net, ppd=net)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("length", "works", "due"),
    [
        ("3:30", 1, 131_000),
        ("5:00", 1, 131_000),
        ("5:01", 1, 151_200),
        ("6:10", 1, 176_400),
        ("3:30", 2, 262_000),
    ],
)
def test_the_american_rate_of_2026_asks_for_minutes_and_works(
    length: str, works: int, due: int
) -> None:
    """T6."""
    rule = rule_of(US, NOON)

    assert due_micro(rule, length=length, works=works) == due


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tariff", "at", "break_even"),
    [
        ("SACEM unit downloads", NOON, Fraction(7, 9)),
        ("SABAM downloads 2016", datetime(2016, 6, 1, tzinfo=UTC), Fraction(7, 8)),
    ],
)
def test_european_minima_are_owed_up_to_the_price_where_the_percentage_begins_to_count(
    tariff: str, at: datetime, break_even: Fraction
) -> None:
    """T7; the British tariff is not in the file."""
    rule = rule_of(tariff, at)

    assert due_micro(rule) == 70_000
    price = int(break_even * 1_000_000)
    assert due_micro(rule, net=price) == 70_000
    assert due_micro(rule, net=price + 2) > 70_000


@pytest.mark.django_db
def test_a_year_without_a_confirmed_rate_has_none() -> None:
    rule_of(US, NOON)

    for year in (2024, 2025, 2027):
        at = datetime(year, 6, 1, tzinfo=UTC)
        assert not [line for line in TariffLine.objects.open() if at in line.valid]


@pytest.mark.django_db
def test_nothing_is_recorded_by_reading_and_once_by_recording_twice() -> None:
    assert known_lines()
    assert not Tariff.objects.exists()

    rule_of(US, NOON)
    rule_of(US, NOON)

    assert TariffLine.objects.count() == 2
    assert all("87 FR 76942" in line.source for line in TariffLine.objects.all())


def test_every_known_line_says_where_it_stands() -> None:
    assert all(line.terms.source and line.where for line in known_lines())
    assert "PRS" not in " ".join(line.tariff for line in known_lines())


def a_table(**changes: str) -> str:
    row = {
        "tariff": "Band 3",
        "where": "GB",
        "currency": "GBP",
        "base": "net",
        "percent": "8",
        "track_minimum": "0.05",
        "per_work": "no",
        "by_repertoire": "no",
        "source": "A page",
        **changes,
    }
    return f"{','.join(COLUMNS)}\n{','.join(row.get(name, '') for name in COLUMNS)}\n"


def test_bands_are_read_by_size() -> None:
    (line,) = read_lines(a_table(bands="4 0.045; more 0.04"))

    assert line.terms.rule.bands == (Band(4, 45_000), Band(None, 40_000))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tariff,source\nA,B\n",
        f"{','.join(COLUMNS)}\n",
        a_table(source=""),
        a_table(currency="XXX1"),
        a_table(percent="9/0"),
        a_table(percent="101"),
        a_table(base="moon"),
        a_table(track_minimum="much"),
        a_table(first_day="2026-13-01"),
        a_table(first_day="2026-02-01", last_day="2026-01-01"),
        a_table(last_day="9999-12-31"),
        a_table(bands="4"),
        a_table(per_work="perhaps"),
        a_table(note="one,too,many"),
        a_table()[:-1].rpartition(",by")[0],
    ],
)
def test_a_table_that_is_none_of_tariffs_is_refused(text: str) -> None:
    with pytest.raises(TariffFileError):
        read_lines(text)
