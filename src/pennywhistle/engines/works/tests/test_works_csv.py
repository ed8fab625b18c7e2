"""A table of works: one row a share, every cell strict, sums checked where and when they hold."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.works import FileReport, Right, WorkRegistration, read_works_csv
from pennywhistle.engines.works.limits import CSV_DIVISIONS_MAX, CSV_SHARES_OF_RIGHT_MAX
from pennywhistle.engines.works.share_cells import Stated, scale_cells
from pennywhistle.kernel.territories import Territories

HEADER = (
    "work_title,iswc,isrc,party_name,ipi,role,right,share_percent,territories,society,from,until"
)
ROW = {
    "work_title": "Rain",
    "iswc": "T-034.524.680-1",
    "isrc": "AA6Q72000047",
    "party_name": "Ada Ohm",
    "ipi": "00014107338",
    "role": "composer-author",
    "right": "mechanical",
    "share_percent": "100",
    "territories": "Worldwide",
    "society": "GEMA",
    "from": "",
    "until": "",
}


def row(**changes: str) -> str:
    return ",".join((ROW | changes).values())


def table(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def read(text: str | bytes) -> tuple[list[WorkRegistration], FileReport]:
    *works, report = read_works_csv(text)
    assert isinstance(report, FileReport)
    assert all(isinstance(work, WorkRegistration) for work in works)
    return works, report  # type: ignore[return-value]


def the_work(*rows: str) -> WorkRegistration:
    works, report = read(table(*rows))
    assert not report.findings
    assert len(works) == 1
    return works[0]


def rules(*rows: str) -> set[str]:
    return {one.rule for one in the_work(*rows).findings}


def test_a_row_is_a_share() -> None:
    work = the_work(
        row(share_percent="50"),
        row(right="performing"),
        row(
            party_name="Tin Roof Songs",
            ipi="00000000199",
            role="publisher",
            share_percent="50.00",
            society="044",
        ),
    )

    assert not work.findings
    assert (work.transaction, work.title, str(work.iswc)) == ("CSV", "Rain", "T-034.524.680-1")
    assert [one.isrc.value for one in work.recordings if one.isrc] == ["AA6Q72000047"]
    (ada,), (tin_roof,) = work.writers, work.publishers
    assert (ada.line, ada.party.name, ada.role) == (2, "Ada Ohm", "CA")
    assert {one.right: one.share for one in ada.ownership} == {
        Right.MECHANICAL: Fraction(1, 2),
        Right.PERFORMING: 1,
    }
    assert {(one.right, one.society) for one in ada.societies} == {
        (Right.MECHANICAL, "035"),
        (Right.PERFORMING, "035"),
    }
    assert (tin_roof.role, tin_roof.societies[0].society) == ("E", "044")


@pytest.mark.parametrize(
    ("shares", "ok"),
    [
        (["100"], True),
        (["33.33", "33.33", "33.33"], True),
        (["33.333333", "33.333333", "33.333334"], True),
        (["50", "50.06"], True),
        (["99.94"], True),
        (["99.90"], False),
        (["50", "50.10"], False),
        (["99.93"], False),
        (["50"], False),
        (["60", "60"], False),
        (["0"], False),
    ],
)
def test_shares_add_up_or_are_refused_with_the_numbers(shares: list[str], ok: bool) -> None:  # noqa: FBT001
    work = the_work(
        *(
            row(share_percent=share, party_name=f"Ada {place}", ipi="")
            for place, share in enumerate(shares)
        )
    )
    owned = [one.share for writer in work.writers for one in writer.ownership]

    if ok:
        assert not work.findings
        assert sum(owned) == 1
    else:
        (found,) = work.findings
        assert (found.rule, found.line, found.field) == ("ownership-sum", 2, "share_percent")
        assert shares[0].rstrip("0").rstrip(".") in found.sentence or shares == ["0"]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("work_title", "", "missing"),
        ("iswc", "T-034.524.680-2", "check-digit"),
        ("iswc", "X", "identifier-form-wrong"),
        ("isrc", "AA6Q7200004", "identifier-form-wrong"),
        ("party_name", "", "missing"),
        ("ipi", "00014107339", "check-digit"),
        ("ipi", "Ada", "identifier-form-wrong"),
        ("role", "singer", "code-unknown"),
        ("role", "", "code-unknown"),
        ("right", "", "code-unknown"),
        ("right", "mechanical performing", "code-unknown"),
        ("share_percent", "", "share-invalid"),
        ("share_percent", '"1,20"', "share-invalid"),
        ("share_percent", "NaN", "share-invalid"),
        ("share_percent", "1e309", "share-invalid"),
        ("share_percent", "1e1", "share-invalid"),
        ("share_percent", "inf", "share-invalid"),
        ("share_percent", "-5", "share-invalid"),
        ("share_percent", "100.01", "share-invalid"),
        ("share_percent", "100 %", "share-invalid"),
        ("share_percent", "33.3333333", "share-invalid"),
        ("share_percent", "\u0661", "share-invalid"),
        ("share_percent", "1/3", "share-invalid"),
        ("share_percent", "=1+1", "share-invalid"),
        ("territories", "", "missing"),
        ("territories", "DE -DE", "missing"),
        ("territories", "Atlantis", "territory-unknown"),
        ("territories", "Worldwide -Atlantis", "territory-unknown"),
        ("society", "GEMMA", "society-invalid"),
        ("society", "35", "society-invalid"),
        ("from", "01.01.2020", "date-invalid"),
        ("from", "2023-02-29", "date-invalid"),
        ("until", "20231231", "date-invalid"),
    ],
)
def test_a_wrong_cell_refuses_its_work(column: str, value: str, rule: str) -> None:
    works, report = read(table(row(**{column: value}), row(work_title="Sun", iswc="")))

    refused, sun = works
    (found,) = refused.findings
    assert (found.level, found.line, found.field, found.rule) == ("error", 2, column, rule)
    assert found.value == value.strip('"')
    assert not sun.is_refused
    assert (report.works, report.works_refused, report.is_refused) == (2, 1, False)


def test_an_end_before_the_start_is_refused() -> None:
    assert rules(row(**{"from": "2020-01-02", "until": "2020-01-01"})) == {"dates"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"work_title": "Snow"}, {"work-differs"}),
        ({"isrc": ""}, {"work-differs"}),
    ],
)
def test_rows_of_a_work_say_the_same_of_it(changes: dict[str, str], expected: set[str]) -> None:
    assert rules(row(share_percent="50"), row(share_percent="50", **changes)) == expected


def test_rows_are_put_together_by_number_then_iswc_then_title() -> None:
    header = f"{HEADER},work_number"
    works, _ = read(
        table(
            f"{row()},W1",
            f"{row(iswc='', isrc='')},W2",
            f"{row(iswc='', isrc='')},",
            f"{row(iswc='', isrc='', right='performing')},",
            header=header,
        )
    )

    assert [(one.submitter_work_number, len(one.interests)) for one in works] == [
        ("W1", 1), ("W2", 1), ("", 1),
    ]  # fmt: skip
    assert [one.is_refused for one in works] == [False] * 3


def test_shares_hold_where_and_when_they_say() -> None:
    work = the_work(
        row(share_percent="50"),
        row(party_name="Bo", ipi="", share_percent="50", territories="Worldwide -US"),
        row(party_name="Cy", ipi="", share_percent="50", territories="US", until="2025-12-31"),
        row(
            party_name="Di",
            ipi="",
            share_percent="49.98",
            territories="US",
            **{"from": "2026-01-01"},
        ),
    )

    assert not work.findings
    ada, _, cy, di = work.writers
    told = [(one.share, str(one.territories), one.from_on, one.until_on) for one in ada.ownership]
    # Only where Di comes in, 99.98 % is scaled.
    assert told == [
        (Fraction(1, 2), "Worldwide", None, date(2025, 12, 31)),
        (Fraction(1, 2), "Worldwide except US", date(2026, 1, 1), None),
        (Fraction(5000, 9998), "US", date(2026, 1, 1), None),
    ]
    assert di.ownership[0].share == Fraction(4998, 9998)
    assert di.ownership[0].stated == Fraction(4998, 10000)
    assert cy.ownership[0].until_on == date(2025, 12, 31)


def test_a_gap_somewhere_is_refused_with_place_and_time() -> None:
    work = the_work(
        row(share_percent="50"),
        row(party_name="Bo", ipi="", share_percent="50", until="2025-12-31"),
    )

    (found,) = work.findings
    assert found.sentence == (
        "mechanical: The shares 50 % in Worldwide from 2026-01-01 add up to 50 %"
    )


@pytest.mark.parametrize(
    "text",
    [
        table(row()).replace(",", ";"),
        table(row()).replace(",", "\t"),
        "\ufeff" + table(row()),
        table(row()).replace("\n", "\r\n"),
        table(row(), ""),
        table(row()).encode("utf-8-sig"),
        table(row(party_name='"Ohm, Ada"')),
        table(row()).replace("work_title,", '"work_title",'),
    ],
)
def test_the_usual_ways_of_writing_csv_are_read(text: str | bytes) -> None:
    works, report = read(text)

    assert not report.findings
    assert len(works) == 1
    assert not works[0].findings


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "columns"),
        (table(row()).replace("right,", "rights,"), "columns"),
        (table(row()).replace("iswc,", "iswc;", 1), "columns"),
        (table(f"{row()},1", header=f"{HEADER},iswc"), "column-twice"),
        (table(row(), "Rain,100"), "cell-count"),
        (table(f"{row()},more"), "cell-count"),
        (table(row(party_name='"Ada')), "csv-form"),
        (table(row(party_name='"Ada\nOhm"')), "cell-text"),
        (table(row(party_name="Ada\x00Ohm")), "cell-text"),
        (table(row(party_name="A" * 1001)), "cell-text"),
        (table(row(party_name="A" * 200_000)), "csv-form"),
        (table(row()).encode("utf-16"), "character-set"),
    ],
)
def test_what_cannot_be_told_apart_refuses_the_file(text: str | bytes, rule: str) -> None:
    _, report = read(text)

    assert [one.rule for one in report.findings] == [rule]
    assert report.is_refused


def test_a_column_that_is_not_known_is_told() -> None:
    _, report = read(table(f"{row()},blue", header=f"{HEADER},mood"))

    assert report.not_kept == (("header", "mood", 1),)
    assert not report.is_refused


def test_a_right_has_a_limit_of_shares() -> None:
    rows = [
        row(party_name=f"Ada {n}", ipi="", share_percent="0.9")
        for n in range(CSV_SHARES_OF_RIGHT_MAX + 1)
    ]

    assert rules(*rows) == {"too-many-shares"}


def test_a_right_has_a_limit_of_divisions() -> None:
    # Every country has another pair of owners.
    pairs = list(combinations(range(CSV_SHARES_OF_RIGHT_MAX), 2))
    codes = Territories.worldwide().codes
    rows = [
        row(
            party_name=f"Ada {n}",
            ipi="",
            share_percent="50",
            territories=" ".join(
                code for code, pair in zip(codes, pairs, strict=False) if n in pair
            ),
        )
        for n in range(CSV_SHARES_OF_RIGHT_MAX)
        if any(n in pair for pair in pairs[: len(codes)])
    ]

    assert len(codes) > CSV_DIVISIONS_MAX
    assert rules(*rows) == {"too-many-divisions"}


TERRITORIES = st.sets(st.sampled_from(["DE", "AT", "US", "JP"]), min_size=1).map(
    lambda codes: Territories.of(*codes)
)
DAYS = st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 9))


@given(
    st.lists(st.tuples(TERRITORIES, DAYS, DAYS), min_size=1, max_size=6),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_every_cell_adds_up_to_one_and_nothing_is_lost(
    grounds: list[tuple[Territories, date | None, date | None]], weights: list[int]
) -> None:
    # The same division everywhere adds up, however the ground is laid out, if grounds do not meet.
    territories, from_on, until_on = grounds[0]
    if from_on and until_on and until_on < from_on:
        from_on, until_on = until_on, from_on
    total = sum(weights)
    rows = [Stated(Fraction(weight, total), territories, from_on, until_on) for weight in weights]
    elsewhere = Territories.worldwide() - territories
    rows.append(Stated(Fraction(9995, 10_000), elsewhere, None, None))

    scaled = scale_cells(rows)

    for code, day in [(code, date(2020, 1, day)) for code in territories for day in (1, 5, 9)]:
        held = [
            one.share
            for one in scaled
            if code in one.territories
            and (one.from_on or date.min) <= day <= (one.until_on or date.max)
        ]
        is_inside = (from_on or date.min) <= day <= (until_on or date.max)
        assert sum(held) == int(is_inside)
    assert [(one.share, one.territories) for one in scaled if one.index == len(rows) - 1] == [
        (Fraction(1), elsewhere)
    ]
