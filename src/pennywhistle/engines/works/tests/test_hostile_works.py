"""Damaged and hostile works files: whatever stands in them is a finding, never an exception."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bounded import bounded_work
from pennywhistle.engines.works import (
    Agreement,
    FileReport,
    WorkRegistration,
    read_cwr,
    read_works_csv,
)
from pennywhistle.engines.works.limits import FINDINGS_MAX, NOT_KEPT_MAX
from pennywhistle.engines.works.tests import cwr_files as cwr

TYPES = [
    "HDR", "GRH", "GRT", "TRL", "NWR", "REV", "ISW", "EXC", "ACK", "AGR", "TER", "IPA", "NPA",
    "SPU", "OPU", "SPT", "OPT", "SWR", "OWR", "SWT", "OWT", "PWR", "NPN", "NWN", "ALT", "NAT",
    "EWT", "VER", "COM", "PER", "NPR", "REC", "ORN", "INS", "IND", "MSG", "NET", "NOW", "ARI",
    "XRF", "QQQ",
]  # fmt: skip
AGREEMENT = (
    cwr.agreement(),
    cwr.agreement_territory(),
    cwr.agreement_party("AS", (5000, 0, 0), "A1", "OHM"),
    cwr.agreement_party("AC", (5000, 10000, 0), "P1", "TIN ROOF SONGS"),
)
FILE = (
    cwr.CwrFile(version="02.20", character_set="UTF-8", extension=cwr.extension())
    .group(AGREEMENT)
    .group(cwr.GOOD_WORK, (*cwr.GOOD_WORK, cwr.origin(), cwr.original(), cwr.other_identifier()))
    .group((cwr.answer(), cwr.message(), *cwr.GOOD_WORK))
)
DATA = FILE.data()
CSV = """work_title,iswc,isrc,party_name,ipi,role,right,share_percent,territories,society,from,until
Rain,T-034.524.680-1,AA6Q72000047,Ada Ohm,00014107338,composer,mechanical,50,Worldwide,GEMA,,
Rain,T-034.524.680-1,AA6Q72000047,Bo Reed,,author,mechanical,50,Worldwide -US,,2020-01-01,
Rain,T-034.524.680-1,AA6Q72000047,Cy Vale,,author,mechanical,50,US,052,2020-01-01,2030-12-31
"""


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """All examples of a law together, on whatever machine."""
    with bounded_work(processor_s_max=60):
        yield


def check(items: list[object]) -> None:
    """What holds for every answer: a report at the end, and limits that are kept."""
    assert isinstance(items[-1], FileReport)
    assert not any(isinstance(item, FileReport) for item in items[:-1])
    for item in items:
        if isinstance(item, WorkRegistration | Agreement | FileReport):
            assert len(item.findings) <= FINDINGS_MAX
            assert all(one.rule and one.sentence and one.remedy for one in item.findings)
        if isinstance(item, WorkRegistration):
            assert len(item.not_kept) <= NOT_KEPT_MAX
            if not item.is_refused:
                assert_whole(item)


def assert_whole(work: WorkRegistration) -> None:
    """A work that is not refused owns all of a right, or nothing of it."""
    totals: dict[str, object] = {}
    if work.transaction in {"CSV", "EXC"}:
        return
    for interest in work.interests:
        for one in interest.ownership:
            totals[one.right] = totals.get(one.right, 0) + one.share  # type: ignore[operator]
    assert set(totals.values()) <= {1}


@given(st.lists(st.tuples(st.integers(0, len(DATA) - 1), st.integers(0, 7)), max_size=12))
def test_flipped_bits(flips: list[tuple[int, int]]) -> None:
    data = bytearray(DATA)
    for place, bit in flips:
        data[place] ^= 1 << bit

    check(list(read_cwr(bytes(data))))


@given(st.integers(0, len(DATA)))
def test_a_file_that_was_cut(end: int) -> None:
    items = list(read_cwr(DATA[:end]))

    check(items)
    # Nothing but the line end and the last blanks may be missing without being seen.
    assert items[-1].is_refused is (end < len(DATA) - 2)  # type: ignore[union-attr]


@given(st.permutations(FILE.lines()))
def test_shuffled_lines_never_stand(lines: list[str]) -> None:
    items = list(read_cwr("\r\n".join(lines).encode()))

    check(items)
    if lines != FILE.lines():
        assert items[-1].is_refused  # type: ignore[union-attr]


@given(st.integers(1, len(FILE.lines()) - 2), st.integers(1, len(FILE.lines()) - 2))
def test_two_lines_that_changed_places_never_stand(one: int, other: int) -> None:
    lines = FILE.lines()
    # Two groups both have a transaction 0 with a record 1; only the works' own rules tell them.
    assume(one == other or lines[one][3:19] != lines[other][3:19])
    lines[one], lines[other] = lines[other], lines[one]
    items = list(read_cwr("\r\n".join(lines).encode()))

    check(items)
    assert items[-1].is_refused is (lines != FILE.lines())  # type: ignore[union-attr]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(TYPES), st.text(max_size=300) | st.text("0123456789 IE", max_size=90)
        ),
        max_size=40,
    )
)
def test_any_records_in_any_order(records: list[tuple[str, str]]) -> None:
    head, group = FILE.lines()[0], FILE.lines()[1]
    lines = [head, group, *(f"{kind}{body}" for kind, body in records)]

    check(list(read_cwr("\n".join(lines).encode("utf-8"))))


@given(
    st.lists(
        st.tuples(st.sampled_from(TYPES[4:]), st.text("0123456789 IEYAC", max_size=400)),
        max_size=40,
    )
)
def test_any_fields_in_records_of_one_work(records: list[tuple[str, str]]) -> None:
    details = (cwr.work(), *records)

    check(list(read_cwr(cwr.CwrFile(version="02.20").group(details).data())))


@given(st.binary(max_size=2000))
def test_any_bytes(data: bytes) -> None:
    check(list(read_cwr(data)))
    check(list(read_cwr(b"HDRPB" + data)))
    check(list(read_works_csv(data)))
    check(list(read_works_csv(CSV.encode() + data)))


@given(st.lists(st.tuples(st.integers(0, len(CSV) - 1), st.characters()), max_size=8))
def test_a_table_with_other_characters(changes: list[tuple[int, str]]) -> None:
    text = list(CSV)
    for place, char in changes:
        text[place] = char

    check(list(read_works_csv("".join(text))))


def test_many_faults_take_little_time_and_room() -> None:
    bad = [cwr.publisher_territory((9999, 99999, 1), str(n % 9999), "E") for n in range(4000)]  # type: ignore[list-item]
    wide = [
        cwr.writer_territory((1, 1, 1), "2136" if n % 2 else "840", "IE"[n % 3 % 2], place=n % 900)
        for n in range(900)
    ]
    data = (
        cwr.CwrFile(version="02.20")
        .group(
            (cwr.work(), cwr.publisher(), *bad),
            (cwr.work(), cwr.writer(), *wide),
            (cwr.work(), *[cwr.publisher(chain=n % 99) for n in range(4000)]),
        )
        .data()
    )

    with bounded_work():
        items = list(read_cwr(data))

    check(items)  # type: ignore[arg-type]
    assert all(item.is_refused for item in items if isinstance(item, WorkRegistration))
