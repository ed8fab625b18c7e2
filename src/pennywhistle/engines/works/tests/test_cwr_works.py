"""What a CWR file says of works is read exactly, and what is not kept is told."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise

import pytest

from pennywhistle.engines.works import (
    CwrItem,
    FileReport,
    Header,
    Interest,
    Right,
    WorkRegistration,
    read_cwr,
)
from pennywhistle.engines.works.cwr_layout import LAYOUTS
from pennywhistle.engines.works.tests import cwr_files as cwr
from pennywhistle.kernel.territories import Territories

HALF = Fraction(1, 2)
WORLD = Territories.worldwide()


def items(file: cwr.CwrFile) -> list[CwrItem]:
    """Everything that the reader gives."""
    return list(read_cwr(file.data()))


def the_work(*details: cwr.Detail, version: str = "02.10") -> WorkRegistration:
    """The only work of a file."""
    found = [
        item
        for item in items(cwr.CwrFile(version=version).group(details))
        if isinstance(item, WorkRegistration)
    ]
    assert len(found) == 1
    return found[0]


def owned(interest: Interest) -> dict[str, Fraction]:
    """The shares of a party by right."""
    return {str(one.right): one.share for one in interest.ownership}


def collected(interest: Interest, right: Right) -> dict[Fraction, str]:
    """Where a party collects what of a right, in words."""
    return {one.share: str(one.territories) for one in interest.collection if one.right is right}


def test_the_columns_of_every_record_follow_each_other_without_a_gap() -> None:
    for kind, layout in LAYOUTS.items():
        fields = sorted(layout.fields.values(), key=lambda one: one.start)

        assert fields[0].start == 3, kind
        assert all(a.start + a.size == b.start for a, b in pairwise(fields)), kind


def test_a_work_is_read_with_all_who_have_a_part_in_it() -> None:
    header, work, report = items(cwr.CwrFile().group(cwr.GOOD_WORK))

    assert isinstance(header, Header)
    assert (header.sender_type, header.sender_id) == ("PB", "00000000199")
    assert header.created_at == datetime(2026, 11, 22, 9, 30)  # noqa: DTZ001
    assert isinstance(work, WorkRegistration)
    assert not work.findings
    assert (work.source_line, work.transaction, work.title) == (3, "NWR", "RAIN ON THE ROOF")
    assert (work.submitter_work_number, str(work.iswc)) == ("W1", "T-034.524.680-1")
    assert (work.version_type, work.category, work.duration_s) == ("ORI", "POP", 210)
    assert [title.text for title in work.alternative_titles] == ["RAIN SONG"]
    (ada,), (tin_roof,) = work.writers, work.publishers
    assert (ada.party.name, ada.party.first_name, ada.role) == ("OHM", "ADA", "CA")
    assert str(ada.party.ipi_name) == "00014107338"
    assert owned(ada) == {"performing": HALF}
    assert owned(tin_roof) == {"performing": HALF, "mechanical": 1, "synchronization": 1}
    assert [(one.right, one.society) for one in ada.societies] == [
        (Right.PERFORMING, "035"),
        (Right.MECHANICAL, "035"),
    ]
    assert ada.publishers[0].publisher_number == tin_roof.party.number == "P1"
    assert (ada.publishers[0].agreement, ada.publishers[0].society_agreement) == ("AGR1", "S-77")
    assert isinstance(report, FileReport)
    assert not report.is_refused
    assert (report.records, report.transactions, report.works) == (13, 1, 1)


def test_recordings_and_performers_are_read() -> None:
    work = the_work(*cwr.GOOD_WORK[:-1], cwr.recording(long=True), version="02.20")

    (found,) = work.recordings
    assert found.isrc is not None
    assert (found.isrc.value, found.title, found.version_title) == (
        "AA6Q72000047",
        "RAIN ON THE ROOF",
        "LIVE",
    )
    assert (found.artist, found.label, found.number) == ("ADA OHM", "TIN ROOF RECORDS", "R1")
    assert (found.album_title, found.catalog_number) == ("TIN WEATHER", "TR-1")
    assert (found.released_on, found.duration_s) == (date(2024, 2, 29), 225)
    assert found.gtin is not None
    assert found.gtin.display == "4006381333931"
    assert [one.name for one in work.performers] == ["OHM"]


def test_a_field_of_22_in_a_file_of_21_is_told_and_not_read() -> None:
    work = the_work(*cwr.GOOD_WORK[:-1], cwr.recording(long=True), version="02.10")

    assert work.recordings[0].title == ""
    assert any(one.field == "from column 267" for one in work.not_kept)


def test_related_works_references_and_notes_are_read() -> None:
    work = the_work(
        *cwr.GOOD_WORK[:6],
        cwr.original(),
        cwr.note(),
        cwr.other_identifier(),
        version="02.20",
    )

    assert [(one.relation, one.title, one.number) for one in work.related_works] == [
        ("version-of", "OLD RAIN", "W0")
    ]
    assert [one.name for one in work.related_works[0].writers] == ["REED"]
    assert [(one.organization, one.identifier) for one in work.other_identifiers] == [
        ("052", "0012345AB")
    ]
    assert [(one.society, one.text) for one in work.notes] == [("035", "Free text")]


def test_what_the_store_does_not_keep_is_told_field_by_field() -> None:
    file = cwr.CwrFile().group((*cwr.GOOD_WORK, cwr.origin()))
    _, work, report = items(file)

    assert isinstance(work, WorkRegistration)
    told = {(one.line, one.record, one.field, one.value) for one in work.not_kept}
    assert (12, "ORN", "production_title", "THE LONG RAIN") in told
    assert (3, "NWR", "is_recorded", "Y") in told
    assert isinstance(report, FileReport)
    assert ("ORN", "purpose", 1) in report.not_kept


def test_nothing_that_stands_in_a_good_file_is_lost_in_silence() -> None:
    details = (*cwr.GOOD_WORK, cwr.origin(), cwr.note(), cwr.original())
    told = repr(the_work(*details))

    # Every text of the file is found again, in what is kept or in what is told as not kept.
    for kind, body in details:
        for field in LAYOUTS[kind].fields.values():
            value = f"{kind:19}{body}"[field.start : field.start + field.size].strip()
            if len(value) > 2 and value.strip("0") and not value.isdigit():
                assert repr(value)[1:-1] in told, (kind, field.name)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("2136", "I", 10000)], {1: "Worldwide"}),
        ([("840", "I", 10000)], {1: "US"}),
        ([("0840", "I", 10000)], {1: "US"}),
        (
            [("2136", "I", 5000), ("2110", "E", 0)],
            {HALF: "Worldwide except AW, BE, BQ, CW, LU, NL, SX"},
        ),
        (
            [("2136", "I", 5000), ("554", "E", 0), ("554", "I", 7500)],
            # What New Zealand may mean is excluded, what it surely means comes back.
            {HALF: "Worldwide except CK, NU, NZ, TK", Fraction(3, 4): "NZ"},
        ),
        ([("276", "E", 0), ("276", "I", 10000)], {1: "DE"}),
        ([("276", "E", 0), ("2136", "I", 10000)], {1: "Worldwide except DE"}),
        ([("276", "I", 10000), ("276", "E", 0)], {}),
    ],
)
def test_territories_are_taken_in_order(
    lines: list[tuple[str, str, int]], expected: dict[Fraction, str]
) -> None:
    territories = [
        cwr.publisher_territory((0, share, 0), code, sign, place=place)
        for place, (code, sign, share) in enumerate(lines, start=1)
    ]
    work = the_work(*cwr.GOOD_WORK[:2], *territories, *cwr.GOOD_WORK[3:])

    assert not work.is_refused, work.findings
    assert collected(work.publishers[0], Right.MECHANICAL) == expected


def test_a_wider_inclusion_does_not_reach_what_was_excluded_before() -> None:
    work = the_work(
        *cwr.GOOD_WORK[:2],
        cwr.publisher_territory((0, 0, 0), "276", "E", place=1),
        cwr.publisher_territory((0, 10000, 0), place=2),
        *cwr.GOOD_WORK[3:],
    )

    assert [one.rule for one in work.findings] == ["inclusion-after-exclusion"]
    assert not work.is_refused


def test_what_others_collect_is_no_claim() -> None:
    work = the_work(
        *cwr.GOOD_WORK[:2],
        cwr.publisher_territory((2500, 5000, 0), "276"),
        cwr.publisher_territory((2500, 5000, 0), "840", kind="OPT", place=2),
        *cwr.GOOD_WORK[3:],
        version="02.20",
    )

    told = {str(one.territories): one.is_controlled for one in work.publishers[0].collection}
    assert told == {"DE": True, "US": False}


def test_shares_within_the_tolerance_are_scaled_to_exactly_one() -> None:
    thirds = [
        cwr.writer((3333, 3333, 0), kind="OWR", number=f"A{n}", name=f"OHM {n}") for n in range(3)
    ]
    work = the_work(cwr.work(), *thirds)

    assert [owned(one)["mechanical"] for one in work.writers] == [Fraction(1, 3)] * 3
    assert work.writers[0].ownership[0].stated == Fraction(3333, 10000)


def test_a_wrong_identifier_is_left_out_and_the_work_stands() -> None:
    work = the_work(
        cwr.work(iswc="T0345246802"),
        *cwr.GOOD_WORK[1:3],
        cwr.writer(ipi="00014107339"),
        *cwr.GOOD_WORK[4:-1],
        cwr.recording(isrc="AA6Q7200004"),
    )

    assert not work.is_refused
    assert work.iswc is None
    assert work.writers[0].party.ipi_name is None
    assert work.recordings[0].isrc is None
    assert sorted((one.field, one.rule) for one in work.findings) == [
        ("ipi_name", "check-digit"),
        ("isrc", "identifier-form-wrong"),
        ("iswc", "check-digit"),
    ]


def test_names_in_other_letters_are_kept() -> None:
    file = cwr.CwrFile(character_set="UTF-8").group(
        (
            cwr.work(),
            cwr.writer((10000, 10000, 10000), kind="OWR"),
            ("NWN", cwr.columns(("A1", 9), ("オーム", 160), ("エイダ", 160), ("JA", 2))),
            ("NAT", cwr.columns(("屋根の雨 Rain", 640), ("AT", 2), ("JA", 2))),
        )
    )
    found = list(read_cwr(file.data("utf-8")))[1]

    assert isinstance(found, WorkRegistration)
    assert found.writers[0].party.other_names == ("エイダ オーム",)
    assert found.alternative_titles[0].text == "屋根の雨 Rain"
    assert not found.findings


def test_the_performing_right_stands_for_making_available() -> None:
    assert {right: right.in_store for right in Right} == {
        Right.PERFORMING: "MAKING_AVAILABLE",
        Right.MECHANICAL: "MECH",
        Right.SYNCHRONIZATION: None,
    }
