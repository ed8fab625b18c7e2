"""A transaction of a CWR file: an agreement, a work, or an answer with what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from pennywhistle.engines.works.cwr_agreement import read_agreement
from pennywhistle.engines.works.cwr_details import read_acknowledgement, read_message
from pennywhistle.engines.works.cwr_layout import LAYOUTS, TRANSACTION_TYPES, WORK_TYPES
from pennywhistle.engines.works.cwr_work import read_work
from pennywhistle.engines.works.limits import RECORDS_OF_TRANSACTION_MAX
from pennywhistle.engines.works.registration import Acknowledgement, WorkRegistration
from pennywhistle.engines.works.transmission import Agreement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.engines.works.cwr_record import Record
    from pennywhistle.engines.works.findings import Log

Told: TypeAlias = WorkRegistration | Agreement | Acknowledgement


@dataclass(slots=True)
class Section:
    """A header and its details; an answer (ACK) is a section, and what it answers another one."""

    records: list[Record]
    log: Log


@dataclass(slots=True)
class Transaction:
    """The records of a transaction, as they come in."""

    number: int
    sections: list[Section] = field(default_factory=list)
    last_record: int = 0
    count: int = 0

    @property
    def log(self) -> Log:
        """Where the last section notes what it sees."""
        return self.sections[-1].log

    @property
    def is_answer(self) -> bool:
        """Whether it holds what a society was told, and its answer."""
        return self.sections[0].records[0].type == "ACK"

    def open(self, record: Record) -> None:
        """Begin a section with its header."""
        self.sections.append(Section([record], record.log))

    def add(self, record: Record) -> None:
        """Take a detail record in. What is no record, or one too many, refuses the section."""
        self.count += 1
        if self.count > RECORDS_OF_TRANSACTION_MAX:
            self._refuse_once(record)
        elif record.type not in LAYOUTS:
            record.log.refuse(
                record,
                "",
                rule="record-unknown",
                sentence=f"{record.type!r} is no record of CWR 2.1 or 2.2",
                remedy="Send the file again; the line may be damaged",
            )
            record.tell_rest()
        else:
            self.sections[-1].records.append(record)

    def read(self) -> Iterator[Told]:
        """Return what it says; each with its own findings."""
        acknowledgement = self._read_answer() if self.is_answer else None
        sections = self.sections[1:] if self.is_answer else self.sections
        if acknowledgement is not None and not sections:
            yield acknowledgement
        for section in sections:
            yield _read_section(section, acknowledgement)

    def _read_answer(self) -> Acknowledgement:
        told = [record for section in self.sections for record in section.records]
        messages = tuple(read_message(record) for record in told if record.type == "MSG")
        section = self.sections[0]
        answer = read_acknowledgement(section.records[0], messages)
        for record in section.records:
            record.tell_rest()
        log = section.log
        return replace(answer, not_kept=tuple(log.not_kept), findings=tuple(log.findings))

    def _refuse_once(self, record: Record) -> None:
        if self.count == RECORDS_OF_TRANSACTION_MAX + 1:
            record.log.refuse(
                record,
                "",
                rule="too-many-records",
                sentence=f"A transaction has more than {RECORDS_OF_TRANSACTION_MAX} records",
                remedy="Ask the store",
            )


def is_continuation(kind: str, opened: Transaction | None, number: int | None) -> bool:
    """Whether a header goes on in an answer: ACK is followed by what it answers, and by EXC."""
    return (
        opened is not None
        and opened.is_answer
        and number == opened.number
        and (kind in WORK_TYPES or kind == "AGR")
    )


def is_header(kind: str) -> bool:
    """Whether a record begins a transaction."""
    return kind in TRANSACTION_TYPES


def _read_section(
    section: Section, acknowledgement: Acknowledgement | None
) -> WorkRegistration | Agreement:
    records, log = section.records, section.log
    told: WorkRegistration | Agreement
    if records[0].type in WORK_TYPES:
        told = read_work(records, acknowledgement)
    else:
        told = read_agreement(records, acknowledgement)
    for record in records:
        record.tell_rest()
    return replace(
        told,
        not_kept=tuple(log.not_kept),
        findings=tuple(log.findings),
        findings_omitted=log.omitted,
    )
