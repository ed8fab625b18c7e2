"""A CWR file from its first line to its last, one transaction in memory at a time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from pennywhistle.engines.works.cwr_header import EDI_VERSION, read_header
from pennywhistle.engines.works.cwr_layout import (
    CONTROL_LAYOUTS,
    LAYOUTS,
    RECORDS_OF_22,
    TRANSACTION_TYPES,
)
from pennywhistle.engines.works.cwr_lines import Line, codec_of, decode, numbered_lines
from pennywhistle.engines.works.cwr_record import Record
from pennywhistle.engines.works.cwr_transaction import (
    Told,
    Transaction,
    is_continuation,
    is_header,
)
from pennywhistle.engines.works.findings import Log, NotKept, Spot
from pennywhistle.engines.works.registration import Acknowledgement, WorkRegistration
from pennywhistle.engines.works.transmission import FileReport, Header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CwrItem: TypeAlias = Header | Told | FileReport

_GROUP_VERSIONS = {"02.10": False, "02.20": True}
_SEND_AGAIN = "Send the file again as the program wrote it; lines are missing, moved or damaged"


def read_cwr(data: bytes | Iterable[bytes]) -> Iterator[CwrItem]:
    """Read a file of CWR 2.1 or 2.2, given whole or in pieces.

    Gives a `Header`, then the works, agreements and acknowledgements in the order of the file,
    and a `FileReport` at the end. Memory holds one transaction. Whatever the file says is a
    finding, never an exception. What was given before a report that is refused must not stand:
    CWR's counts and sequence numbers are how one knows that no line got lost.

    Based on the functional specifications of CWR 2.1 revision 8 and 2.2 revision 2.
    """
    return _File().read(data)


class _File:
    def __init__(self) -> None:
        self.log = Log()
        self.codec = "ascii"
        self.is_22 = True
        self.is_hopeless = False
        self.previous = ""
        self.group_type = ""
        self.group_types: set[str] = set()
        self.opened: Transaction | None = None
        self.next_transaction = 0
        self.counted = Counter[str]()
        self.not_kept = Counter[tuple[str, str]]()

    def read(self, data: bytes | Iterable[bytes]) -> Iterator[CwrItem]:
        for line in numbered_lines(data):
            yield from self._read_line(line)
            if self.is_hopeless:
                break
        yield from self._close_transaction()
        if self.previous != "TRL" and not self.is_hopeless:
            self._refuse(Spot(), "", "trailer-missing", "The file does not end with TRL")
        yield self._report()

    def _read_line(self, line: Line) -> Iterator[CwrItem]:
        if self.previous == "TRL":
            if line.data.strip(b" \r\x1a"):
                self._refuse(Spot(line.number), "", "after-trailer", "A line follows TRL")
            return
        self.counted["records"] += 1
        self.counted["group records"] += 1
        kind = line.data[:3].decode("ascii", "replace")
        if not self.previous and kind != "HDR":
            self.is_hopeless = True
            self._refuse(
                Spot(line.number, "", kind), "type", "not-cwr", "The file does not begin with HDR"
            )
        elif kind in CONTROL_LAYOUTS:
            yield from self._close_transaction()
            yield from self._read_control(kind, self._record(line, self.log))
            self.previous = kind
        elif not self.group_type:
            self._refuse(
                Spot(line.number, kind), "", "outside-group", "The record stands in no group"
            )
            self.previous = "detail"
        else:
            yield from self._read_record(line, kind)
            self.previous = "detail"

    def _record(self, line: Line, log: Log) -> Record:
        decoded = decode(line.data, self.codec)
        record = Record(line.number, decoded.text, log=log, is_22=self.is_22)
        if decoded.doubt:
            tell = log.refuse if decoded.is_wrong else log.doubt
            tell(
                record,
                "",
                rule="character-set",
                sentence=decoded.doubt,
                remedy="Say the character set in columns 87 to 101 of HDR, and write in it",
            )
        if line.is_cut:
            self._refuse(record, "", "line-too-long", "The line is longer than any record")
        return record

    # --- the frame of the file

    def _read_control(self, kind: str, record: Record) -> Iterator[CwrItem]:
        if kind == "HDR":
            yield from self._read_header(record)
        elif kind == "GRH":
            self._open_group(record)
        elif kind == "GRT":
            self._end_group(record)
        else:
            self._end_file(record)
        record.tell_rest()
        self._count_not_kept()

    def _read_header(self, record: Record) -> Iterator[Header]:
        if self.previous:
            self._refuse(record, "", "header-twice", "The file has two headers")
            return
        if record.text("edi_version") != EDI_VERSION:
            self.is_hopeless = True
            self._refuse(
                record, "edi_version", "not-cwr-2", f"Expected {EDI_VERSION}, as in CWR 2.1 and 2.2"
            )
            return
        header = read_header(record)
        self.codec = codec_of(header.character_set) or "ascii"
        yield header

    def _open_group(self, record: Record) -> None:
        if self.previous not in {"HDR", "GRT"}:
            self._refuse(record, "", "group-order", "A group begins behind HDR or GRT")
        self.counted["groups"] += 1
        self.counted["group records"], self.counted["group transactions"] = 1, 0
        self.next_transaction = 0
        self.group_type = record.code("transaction_type", TRANSACTION_TYPES) or "?"
        if self.group_type in self.group_types:
            record.log.doubt(
                record,
                "transaction_type",
                rule="group-twice",
                sentence="The file has two groups of this type",
                remedy="Put all transactions of a type into one group",
            )
        self.group_types.add(self.group_type)
        self._expect(record, "group_id", self.counted["groups"])
        version = record.code("version", _GROUP_VERSIONS)
        self.is_22 = _GROUP_VERSIONS.get(version, True)

    def _end_group(self, record: Record) -> None:
        if not self.group_type:
            self._refuse(record, "", "group-order", "A group ends that did not begin")
        self._expect(record, "group_id", self.counted["groups"])
        self._expect(record, "transaction_count", self.counted["group transactions"])
        self._expect(record, "record_count", self.counted["group records"])
        self.group_type = ""

    def _end_file(self, record: Record) -> None:
        if self.previous != "GRT":
            self._refuse(record, "", "group-order", "TRL stands behind GRT")
        self._expect(record, "group_count", self.counted["groups"])
        self._expect(record, "transaction_count", self.counted["transactions"])
        self._expect(record, "record_count", self.counted["records"])

    def _expect(self, record: Record, name: str, expected: int) -> None:
        told = record.number(name)
        if told is not None and told != expected:
            rule = name.replace("_", "-")
            self._refuse(record, name, rule, f"The file says {told}, and it is {expected}")

    # --- transactions

    def _read_record(self, line: Line, kind: str) -> Iterator[CwrItem]:
        number = self._number(line)
        continues = is_continuation(kind, self.opened, number)
        if is_header(kind) and not continues:
            yield from self._close_transaction()
            self._open_transaction(self._record(line, Log()))
            return
        opened = self.opened
        if opened is None:
            self._refuse(
                Spot(line.number, kind), "", "no-transaction", "The record belongs to nothing"
            )
            return
        record = self._record(line, Log() if continues else opened.log)
        self._check_number(record, opened)
        if continues:
            opened.open(record)
        elif kind in RECORDS_OF_22 and not self.is_22:
            record.log.doubt(
                record,
                "",
                rule="record-of-22",
                sentence=f"CWR 2.1 has no {kind}; it is not kept",
                remedy="Write 02.20 into GRH",
            )
            record.log.pass_over(record.line, kind, "", record.line_text)
        else:
            opened.add(record)

    def _open_transaction(self, record: Record) -> None:
        number, place = record.prefix()
        self.counted["transactions"] += 1
        self.counted["group transactions"] += 1
        if number != self.next_transaction or place != 0:
            self._refuse(
                record,
                "transaction_number",
                "transaction-order",
                f"Expected transaction {self.next_transaction} and record 0",
            )
        if self.group_type not in {record.type, "?"}:
            self._refuse(
                record, "", "group-type", f"A {record.type} in a group of {self.group_type}"
            )
        self.next_transaction = (self.next_transaction if number is None else number) + 1
        self.opened = Transaction(self.next_transaction - 1)
        self.opened.open(record)

    def _check_number(self, record: Record, opened: Transaction) -> None:
        number, place = record.prefix()
        expected = opened.last_record + 1
        if number != opened.number or place != expected:
            self._refuse(
                record,
                "record_number",
                "record-order",
                f"Expected transaction {opened.number} and record {expected}",
            )
        opened.last_record = expected if place is None else place

    def _number(self, line: Line) -> int | None:
        digits = line.data[3:11]
        return int(digits) if digits.isdigit() else None

    def _close_transaction(self) -> Iterator[Told]:
        if self.opened is None:
            return
        answer: Acknowledgement | None = None
        for told in self.opened.read():
            self._count(told.not_kept)
            if not isinstance(told, Acknowledgement) and told.acknowledgement is not answer:
                answer = told.acknowledgement
                self._count(answer.not_kept if answer else ())
            if isinstance(told, WorkRegistration):
                self.counted["works"] += 1
                self.counted["works refused"] += told.is_refused
            yield told
        self.opened = None

    # --- the report

    def _refuse(self, place: Record | Spot, name: str, rule: str, sentence: str) -> None:
        self.log.refuse(place, name, rule=rule, sentence=sentence, remedy=_SEND_AGAIN)

    def _count_not_kept(self) -> None:
        self._count(tuple(self.log.not_kept))
        self.log.not_kept.clear()

    def _count(self, not_kept: tuple[NotKept, ...]) -> None:
        for one in not_kept:
            # Names come out of the file where the record is unknown: there may be very many.
            record = one.record if one.record in LAYOUTS else "unknown"
            self.not_kept[record, one.field] += 1

    def _report(self) -> FileReport:
        return FileReport(
            records=self.counted["records"],
            transactions=self.counted["transactions"],
            works=self.counted["works"],
            works_refused=self.counted["works refused"],
            not_kept=tuple((*key, count) for key, count in sorted(self.not_kept.items())),
            findings=tuple(self.log.findings),
            findings_omitted=self.log.omitted,
        )
