"""The frame of a CWR file: counts and numbers show that no line got lost; else nothing stands."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from pennywhistle.engines.works import (
    FileReport,
    Finding,
    Header,
    WorkRegistration,
    read_cwr,
)
from pennywhistle.engines.works.limits import RECORDS_OF_TRANSACTION_MAX
from pennywhistle.engines.works.tests import cwr_files as cwr

TWO_WORKS = cwr.CwrFile().group(cwr.GOOD_WORK, cwr.GOOD_WORK)
# The line of each part: HDR 0, GRH 1, first work 2-10, second 11-19, GRT 20, TRL 21.
SECOND = 11


def joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


def report_on(data: bytes) -> FileReport:
    *_, report = read_cwr(data)
    assert isinstance(report, FileReport)
    return report


def refusals(data: bytes) -> set[str]:
    return {one.rule for one in report_on(data).findings if one.level == "error"}


def replaced(line: int, old: str, new: str) -> Callable[[list[str]], list[str]]:
    """A change of one line, which must be there to be changed."""

    def change(lines: list[str]) -> list[str]:
        assert old in lines[line]
        return [*lines[:line], lines[line].replace(old, new, 1), *lines[line + 1 :]]

    return change


def moved(place: int, to: int) -> Callable[[list[str]], list[str]]:
    def change(lines: list[str]) -> list[str]:
        rest = [*lines[:place], *lines[place + 1 :]]
        return [*rest[:to], lines[place], *rest[to:]]

    return change


def without(line: int) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[:line], *lines[line + 1 :]]


def test_a_whole_file_stands() -> None:
    report = report_on(TWO_WORKS.data())

    assert not report.findings
    assert (report.records, report.transactions, report.works, report.works_refused) == (
        22,
        2,
        2,
        0,
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (without(0), {"not-cwr"}),
        (
            without(1),
            {
                "outside-group",
                "group-order",
                "group-id",
                "group-count",
                "transaction-count",
                "record-count",
            },
        ),
        (without(20), {"group-order", "record-count"}),
        (without(21), {"trailer-missing"}),
        (without(10), {"record-count"}),
        (without(5), {"record-order", "record-count"}),
        (without(SECOND), {"record-order", "record-count", "transaction-count"}),
        (moved(5, 6), {"record-order"}),
        (moved(10, 12), {"record-order"}),
        (moved(SECOND, 2), {"transaction-order", "record-order"}),
        (lambda lines: [*lines[:11], lines[10], *lines[11:]], {"record-order", "record-count"}),
        (lambda lines: [*lines, lines[2]], {"after-trailer"}),
        (lambda lines: [lines[0], *lines], {"header-twice", "record-count"}),
        (replaced(20, "00000002", "00000003"), {"transaction-count"}),
        (replaced(20, "200000020", "200000021"), {"record-count"}),
        (replaced(20, "00001", "00002"), {"group-id"}),
        (replaced(21, "00001", "00002"), {"group-count"}),
        (replaced(21, "00000022", "2200000Z"), {"not-a-number"}),
        (replaced(1, "NWR00001", "REV00001"), {"group-type"}),
        (replaced(1, "NWR00001", "XXX00001"), {"code-unknown"}),
        (replaced(1, "00001", "00007"), {"group-id"}),
        (replaced(1, "02.10", "03.00"), {"code-unknown"}),
        (replaced(0, "01.10", "03.00"), {"not-cwr-2"}),
        (replaced(0, "HDRPB", "HDRXX"), {"header-sender_type"}),
        (replaced(0, "20261122", "20261322"), {"date-invalid"}),
        (replaced(2, "0000000000000000", "00000000000000 0"), {"transaction-order"}),
    ],
)
def test_what_breaks_the_frame_refuses_the_file(
    change: Callable[[list[str]], list[str]], expected: set[str]
) -> None:
    lines = TWO_WORKS.lines()

    assert refusals(joined(change(lines))) == expected


def test_a_refusal_names_line_field_value_and_remedy() -> None:
    lines = replaced(20, "200000020", "200000021")(TWO_WORKS.lines())
    (found,) = report_on(joined(lines)).findings

    assert isinstance(found, Finding)
    assert (found.line, found.record, found.field, found.value) == (
        21, "GRT", "record_count", "00000021",
    )  # fmt: skip
    assert found.sentence == "The file says 21, and it is 20"
    assert found.remedy.startswith("Send the file again")


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_the_pieces_of_a_file_do_not_matter(size: int) -> None:
    data = b"\xef\xbb\xbf" + TWO_WORKS.data()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]

    assert list(read_cwr(pieces)) == list(read_cwr(data))


@pytest.mark.parametrize(
    "data",
    [
        TWO_WORKS.data().replace(b"\r\n", b"\n"),
        b"\xef\xbb\xbf" + TWO_WORKS.data(),
        TWO_WORKS.data() + b"\x1a",
        TWO_WORKS.data() + b"\r\n \r\n",
        TWO_WORKS.data().removesuffix(b"\r\n"),
        b"\r\n".join(line.rstrip() for line in TWO_WORKS.data().split(b"\r\n")),
    ],
)
def test_line_ends_and_blanks_at_the_end_do_not_matter(data: bytes) -> None:
    report = report_on(data)

    assert not report.findings
    assert report.works_refused == 0


def test_the_header_of_22_is_read() -> None:
    file = cwr.CwrFile(version="02.20", extension=cwr.extension()).group(cwr.GOOD_WORK)
    header, *_ = read_cwr(file.data())

    assert isinstance(header, Header)
    assert (header.version, header.revision, header.software) == ("2.2", 2, "TIN TOOLS 1.0")


def test_a_long_number_of_the_sender_is_put_together() -> None:
    data = TWO_WORKS.data().replace(b"HDRPB000000199", b"HDR01014107338")
    header, *_ = read_cwr(data)

    assert isinstance(header, Header)
    assert (header.sender_type, header.sender_id) == ("PB", "01014107338")


NAME = "MÜLLER"


@pytest.mark.parametrize(
    ("declared", "encoding", "title", "expected"),
    [
        ("", "latin-1", NAME, [("warning", "character-set")]),
        ("", "utf-8", NAME, [("error", "character-set")]),
        ("ASCII", "utf-8", NAME, [("error", "character-set")]),
        ("ISO-8859-1", "latin-1", NAME, []),
        ("LATIN1", "latin-1", NAME, []),
        ("UTF-8", "utf-8", NAME, []),
        ("UTF-8", "latin-1", NAME, [("error", "character-set")]),
        ("UTF-8", "utf-8", "RAIN\x00", [("error", "character-set")]),
        ("UTF-8", "utf-8", "RAIN\x85", [("error", "character-set")]),
    ],
)
def test_texts_are_read_in_the_declared_character_set(
    declared: str, encoding: str, title: str, expected: list[tuple[str, str]]
) -> None:
    file = cwr.CwrFile(character_set=declared).group((cwr.work(title), *cwr.GOOD_WORK[1:]))
    _, work, report = read_cwr(file.data(encoding))

    assert isinstance(work, WorkRegistration)
    told = {(one.level, one.rule) for one in work.findings}
    assert told == set(expected)
    if not work.is_refused:
        assert work.title == title
        assert work.writers[0].party.name == "OHM"
    assert not report.is_refused  # type: ignore[union-attr]


@pytest.mark.parametrize("declared", ["BIG5", "GB", "EBCDIC"])
def test_another_character_set_refuses_the_file(declared: str) -> None:
    file = cwr.CwrFile(character_set=declared).group(cwr.GOOD_WORK)

    assert refusals(file.data()) == {"header-character_set"}


def test_what_is_no_cwr_is_given_up_at_its_first_line() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            assert read < 50
            yield b"PK\x03\x04 no line end " * 4000

    assert [one.rule for one in list(read_cwr(endless_lines(endless)))[-1].findings] == ["not-cwr"]  # type: ignore[union-attr]


def endless_lines(pieces: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    """A first line that ends, and a file that does not."""
    yield b"PK\x03\x04\n"
    yield from pieces()


@pytest.mark.parametrize("data", [b"", b"\n", b"\x1a", b"HDR", b"\x00" * 10_000, b"TRL" * 5000])
def test_a_file_that_is_none_is_refused(data: bytes) -> None:
    assert report_on(data).is_refused


def test_a_transaction_without_end_is_refused_and_not_held() -> None:
    titles = [cwr.title(f"RAIN {n}") for n in range(RECORDS_OF_TRANSACTION_MAX)]
    file = cwr.CwrFile().group((*cwr.GOOD_WORK, *titles))
    _, work, report = read_cwr(file.data())

    assert isinstance(work, WorkRegistration)
    assert [one.rule for one in work.findings] == ["too-many-records"]
    assert len(work.alternative_titles) < RECORDS_OF_TRANSACTION_MAX
    assert not report.is_refused  # type: ignore[union-attr]


def test_memory_does_not_grow_with_the_file() -> None:
    count = 120
    work = "".join(
        f"{kind}{{number:08}}{place:08}{body}\r\n"
        for place, (kind, body) in enumerate(cwr.GOOD_WORK)
    )
    head, group = cwr.CwrFile().group(cwr.GOOD_WORK).lines()[:2]

    def pieces() -> Iterator[bytes]:
        yield f"{head}\r\n{group}\r\n".encode()
        for number in range(count):
            yield work.format(number=number).encode()
        records = count * len(cwr.GOOD_WORK)
        yield f"GRT00001{count:08}{records + 2:08}\r\n".encode()
        yield f"TRL00001{count:08}{records + 4:08}\r\n".encode()

    tracemalloc.start()
    works = sum(
        isinstance(item, WorkRegistration) and not item.findings for item in read_cwr(pieces())
    )
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert works == count
    # One work takes about 6 kB.
    assert peak_bytes < 150_000
