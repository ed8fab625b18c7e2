"""A table of works: one row a share, every cell strict, sums checked where and when they hold."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pennywhistle.engines.works import Right
from pennywhistle.engines.works.tests.csv_tables import HEADER, read, row, rules, table, the_work


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
