"""Each rule of CWR on shares, roles and fields: what breaks it is refused, with the numbers."""

from __future__ import annotations

import pytest

from pennywhistle.engines.works import Agreement, Finding, WorkRegistration, read_cwr
from pennywhistle.engines.works.tests import cwr_files as cwr

PUBLISHER, WRITER = cwr.publisher(), cwr.writer()
SPT, SWT = cwr.publisher_territory(), cwr.writer_territory()
OTHER = {"kind": "OWR", "number": "A2", "name": "REED", "ipi": ""}


def findings(*details: cwr.Detail, version: str = "02.20") -> list[Finding]:
    """What is said of the only work or agreement of a file."""
    file = cwr.CwrFile(version=version).group(details)
    _, told, report = read_cwr(file.data())
    assert isinstance(told, WorkRegistration | Agreement)
    assert not report.findings  # type: ignore[union-attr]
    return list(told.findings)


def errors(*details: cwr.Detail, version: str = "02.20") -> set[str]:
    """The rules for which it is refused."""
    return {one.rule for one in findings(*details, version=version) if one.level == "error"}


def shared(publisher: int, writer: int, right: int = 0) -> tuple[cwr.Detail, ...]:
    """A work of one publisher and one writer with these shares of one right."""
    of_publisher, of_writer = [0, 0, 0], [0, 0, 0]
    of_publisher[right], of_writer[right] = publisher, writer
    return (
        cwr.work(),
        cwr.publisher(tuple(of_publisher)),  # type: ignore[arg-type]
        cwr.writer(tuple(of_writer)),  # type: ignore[arg-type]
        cwr.link(),
    )


@pytest.mark.parametrize(
    ("publisher", "writer", "right", "expected"),
    [
        (5000, 5000, 0, set()),
        (0, 0, 0, set()),
        (0, 10000, 0, set()),
        (10000, 0, 1, set()),
        (2500, 7500, 1, set()),
        # Rule 11, with 0.06 % to both sides.
        (4994, 5000, 0, set()),
        (5000, 4994, 0, set()),
        (5006, 5000, 0, set()),
        (4993, 5000, 0, {"ownership-sum"}),
        (5000, 5007, 0, {"ownership-sum"}),
        (10000, 7, 1, {"ownership-sum"}),
        (9990, 0, 1, {"ownership-sum"}),
        (9990, 0, 2, {"ownership-sum"}),
        # Rules 4 and 9.
        (5007, 4993, 0, {"publishers-performing", "writers-performing"}),
        (6000, 4000, 0, {"publishers-performing", "writers-performing"}),
        (10000, 0, 0, {"publishers-performing"}),
    ],
)
def test_ownership_adds_up(publisher: int, writer: int, right: int, expected: set[str]) -> None:
    assert errors(*shared(publisher, writer, right)) == expected


def test_a_wrong_sum_is_refused_with_the_numbers() -> None:
    (found,) = findings(*shared(9990, 0, 1))

    assert found.sentence == "The mechanical shares 99.9 % add up to 99.9 %"
    assert (found.line, found.record) == (3, "NWR")
    assert "0.06 %" in found.remedy


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        # Rule 12 and 15.
        ((cwr.work(), cwr.publisher((0, 10000, 0))), {"no-writer"}),
        ((cwr.work(version="MOD"), cwr.writer((10000, 0, 0), role="AR")), {"no-creator"}),
        ((cwr.work(version="MOD"), cwr.writer((10000, 0, 0))), {"version-without-arranger"}),
        (
            (
                cwr.work(),
                cwr.writer((5000, 0, 0)),
                cwr.writer((5000, 0, 0), role="TR", **OTHER),
            ),
            {"original-with-arranger"},
        ),
        (
            (
                cwr.work(version="MOD"),
                cwr.writer((5000, 0, 0)),
                cwr.writer((5000, 0, 0), role="TR", **OTHER),
            ),
            set(),
        ),
        # Rules 16 and 17, and what a chain begins with.
        (
            (
                cwr.work(),
                cwr.publisher((2500, 0, 0)),
                cwr.publisher((2500, 0, 0), number="P2"),
                WRITER,
            ),
            {"chain-originals"},
        ),
        (
            (
                cwr.work(),
                cwr.publisher((5000, 0, 0)),
                cwr.publisher((0, 0, 0), kind="OPU", number="P2", role="SE"),
                WRITER,
            ),
            {"chain-mixed"},
        ),
        ((cwr.work(), cwr.publisher((0, 0, 0), role="AM"), cwr.writer((10000, 0, 0))),
         {"chain-start"}),
        (
            (
                cwr.work(),
                cwr.publisher((2500, 0, 0)),
                cwr.publisher((2500, 0, 0), number="P2", role="SE"),
                WRITER,
            ),
            {"owner-role"},
        ),
        # What must be filled in.
        ((cwr.work(title=""), *cwr.GOOD_WORK[1:]), {"missing"}),
        ((cwr.work(number=""), *cwr.GOOD_WORK[1:]), {"missing"}),
        ((cwr.work(version="NEW"), *cwr.GOOD_WORK[1:]), {"code-unknown"}),
        ((cwr.work(), cwr.writer((10000, 0, 0), name="")), {"missing"}),
        ((cwr.work(), cwr.writer((10000, 0, 0), role="")), {"missing", "no-creator"}),
        ((cwr.work(), cwr.writer((10000, 0, 0), kind="OWR", name="", unknown="Y")), set()),
        ((cwr.work(), cwr.writer((10000, 0, 0), kind="OWR", name="")), {"missing"}),
        # Records in places where they mean nothing.
        ((cwr.work(), SPT, cwr.writer((10000, 0, 0))), {"record-misplaced"}),
        ((cwr.work(), cwr.writer((10000, 0, 0)), SPT), {"record-misplaced"}),
        ((cwr.work(), cwr.writer((10000, 0, 0), kind="OWR"), SWT), {"record-misplaced"}),
        ((cwr.work(), cwr.writer((10000, 0, 0)), cwr.title("X"), SWT), {"record-misplaced"}),
        ((cwr.work(), cwr.writer((10000, 0, 0)), cwr.agreement_territory()), {"record-misplaced"}),
        (
            (cwr.work(), cwr.writer((10000, 0, 0)), cwr.original(), cwr.original()),
            {"record-misplaced"},
        ),
        ((cwr.work(), cwr.writer((10000, 0, 0)), ("QQQ", "X")), {"record-unknown"}),
    ],
)  # fmt: skip
def test_a_work_keeps_the_rules(details: tuple[cwr.Detail, ...], expected: set[str]) -> None:
    assert errors(*details) == expected


@pytest.mark.parametrize(
    ("territories", "expected"),
    [
        ([cwr.publisher_territory((5000, 10006, 0))], {"share-invalid"}),
        ([cwr.publisher_territory((5000, 10000, 0), "9999")], {"territory-unknown"}),
        ([cwr.publisher_territory((0, 0, 0), "9999", "E")], {"territory-unknown"}),
        ([cwr.publisher_territory((0, 10000, 0), "DE")], {"territory-unknown"}),
        ([cwr.publisher_territory((0, 10000, 0), "")], {"missing"}),
        ([cwr.publisher_territory(sign="X")], {"code-unknown"}),
        ([cwr.publisher_territory(number="P9")], {"party-differs"}),
        ([cwr.publisher_territory(place=2)], {"territory-order"}),
        (
            [cwr.publisher_territory(), cwr.publisher_territory((0, 1, 0), "840", place=2)],
            {"territory-twice"},
        ),
        # The same territory for two rights is one share of each.
        (
            [
                cwr.publisher_territory((5000, 0, 0)),
                cwr.publisher_territory((0, 10000, 0), "840", place=2),
            ],
            set(),
        ),
    ],
)
def test_territories_keep_the_rules(territories: list[cwr.Detail], expected: set[str]) -> None:
    assert errors(cwr.work(), PUBLISHER, *territories, WRITER, SWT) == expected


@pytest.mark.parametrize(
    ("writers", "code", "expected"),
    [
        (5000, "2136", set()),
        (5006, "2136", set()),
        (5007, "2136", {"collection-sum"}),
        # Rule 14 is about each territory: the same in one country only.
        (5007, "276", {"collection-sum"}),
    ],
)
def test_nobody_collects_more_than_there_is(writers: int, code: str, expected: set[str]) -> None:
    # Rule 14: SPT says 50 % of the performing right in the world.
    told = findings(cwr.work(), PUBLISHER, SPT, WRITER, cwr.writer_territory((writers, 0, 0), code))

    assert {one.rule for one in told} == expected
    if expected:
        where = "Worldwide" if code == "2136" else "DE"
        assert told[0].sentence == f"Of the performing right 100.07 % are collected in {where}"


def test_what_others_collect_counts_as_well() -> None:
    # Rule 44.
    other = cwr.publisher_territory((5000, 0, 0), "276", kind="OPT", number="P2")
    told = errors(
        cwr.work(),
        cwr.publisher((2500, 10000, 0)),
        SPT,
        cwr.publisher((2500, 0, 0), kind="OPU", chain=2, number="P2"),
        other,
        WRITER,
        SWT,
    )

    assert told == {"collection-sum"}


@pytest.mark.parametrize(
    ("share", "ok"),
    [("05000", True), ("     ", False), ("5000 ", False), ("1,200", False), ("  NAN", False),
     ("1E309", False), ("-0500", False), ("10001", False), ("\u0660" * 5, False)],
)  # fmt: skip
def test_a_share_is_five_digits(share: str, ok: bool) -> None:  # noqa: FBT001
    kind, body = cwr.writer()
    at = 130 - 20
    details = (cwr.work(), PUBLISHER, (kind, body[:at] + share + body[at + 5 :]), cwr.link())
    file = cwr.CwrFile(character_set="UTF-8").group(details)
    told = list(read_cwr(file.data("utf-8")))[1]

    assert isinstance(told, WorkRegistration)
    assert told.is_refused is not ok


@pytest.mark.parametrize(
    ("detail", "rule"),
    [
        (cwr.publisher_territory((5000, 0, 0), "276", "E"), "excluded-with-share"),
        (cwr.title("rain song"), "lower-case"),
        (cwr.link(publisher_number="P9"), "publisher-unknown"),
    ],
)
def test_what_is_doubtful_is_told_and_does_not_refuse(detail: cwr.Detail, rule: str) -> None:
    place = {"SPT": 2, "ALT": 6, "PWR": 5}[detail[0]]
    details = [cwr.work(), PUBLISHER, WRITER, SWT, cwr.link()]
    details.insert(place, detail)
    told = findings(*details)

    assert [(one.level, one.rule) for one in told] == [("warning", rule)]


def test_records_of_22_are_not_kept_in_a_file_of_21() -> None:
    told = findings(*cwr.GOOD_WORK, cwr.other_identifier(), version="02.10")

    assert [(one.level, one.rule) for one in told] == [("warning", "record-of-22")]


AC, AS = (
    cwr.agreement_party("AC", (5000, 10000, 0), "P1", "TIN ROOF SONGS"),
    cwr.agreement_party("AS", (5000, 0, 0), "A1", "OHM"),
)
TER = cwr.agreement_territory()


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ((cwr.agreement(), TER, AS, AC), set()),
        ((cwr.agreement(), TER, AS, AC, TER, AS, AC), set()),
        ((cwr.agreement(),), {"agreement-parties"}),
        ((cwr.agreement(), TER, AC), {"agreement-parties", "agreement-sum"}),
        ((cwr.agreement(), AS, AC), {"agreement-territories"}),
        ((cwr.agreement(), TER, AS, AS, AC), {"agreement-sum"}),
        ((cwr.agreement(kind="XX"), TER, AS, AC), {"code-unknown"}),
        ((cwr.agreement(from_on=0), TER, AS, AC), {"missing"}),
        ((cwr.agreement(from_on=20230229), TER, AS, AC), {"date-invalid"}),
        ((cwr.agreement(until_on=20191231), TER, AS, AC), {"dates"}),
        ((cwr.agreement(), TER, AS, AC, cwr.performer()), {"record-misplaced"}),
    ],
)
def test_an_agreement_keeps_the_rules(details: tuple[cwr.Detail, ...], expected: set[str]) -> None:
    assert errors(*details) == expected
