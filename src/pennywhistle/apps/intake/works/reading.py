"""A stored works file as works that can be recorded, in the order of the file."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Protocol

from pennywhistle.apps.intake.models import WorksFile
from pennywhistle.apps.intake.works.limits import (
    CSV_BYTES_MAX,
    NAME_CHARACTERS_MAX,
    NUMBER_CHARACTERS_MAX,
    READ_BYTES,
    TITLE_CHARACTERS_MAX,
)
from pennywhistle.apps.intake.works.report import ImportReport, Remark
from pennywhistle.apps.rights.folders import EVIDENCE
from pennywhistle.engines.works import (
    Agreement,
    FileReport,
    Header,
    WorkRegistration,
    read_cwr,
    read_works_csv,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

# A society's words: the answer to a registration, a work in conflict, an ISWC that was given.
_ANSWERS = {"EXC", "ISW"}


class Progress(Protocol):
    """Hears how far the work is: what is being done, how much of it is done, how much there is."""

    def __call__(self, step: str, done: int, total: int, /) -> None: ...


def unheard(_step: str, _done: int, _total: int, /) -> None:
    """Nobody listens."""


class Reading:
    """One reading of a file: gives the works that can be recorded, and gathers the report.

    Read to the end, or not at all: only the end says whether the file as a whole may stand. Two
    readings of one file give the same works in the same order.
    """

    def __init__(self, works_file: WorksFile, progress: Progress = unheard) -> None:
        self.report = ImportReport()
        self.made_at: datetime | None = None
        self._file = works_file
        self._progress = progress
        self._seen: dict[str, int] = {}

    def works(self) -> Iterator[WorkRegistration]:
        """The works, each checked as far as it can be by itself."""
        for item in self._items():
            if isinstance(item, WorkRegistration):
                if self._may_stand(item):
                    yield item
            elif isinstance(item, Header):
                self.report.sender = item.sender_name
                # CWR does not say in which zone.
                self.made_at = item.created_at.replace(tzinfo=UTC) if item.created_at else None
            elif isinstance(item, FileReport):
                self.report.close(item)
            elif isinstance(item, Agreement):
                self.report.add_findings(item.findings, omitted=item.findings_omitted)

    def _items(self) -> Iterator[object]:
        if self._file.kind == WorksFile.Kind.CWR:
            yield from read_cwr(self._chunks())
        else:
            yield from read_works_csv(b"".join(self._chunks()))

    def _chunks(self) -> Iterator[bytes]:
        done, total = 0, self._file.evidence.size_bytes
        with EVIDENCE.open(self._file.evidence.storage_key) as file:
            while chunk := file.read(READ_BYTES):
                yield chunk
                done += len(chunk)
                self._progress("read", done, total)

    def _may_stand(self, work: WorkRegistration) -> bool:
        if work.acknowledgement is not None or work.transaction in _ANSWERS:
            self.report.works_answers += 1
            return False
        self.report.add_findings(work.findings, omitted=work.findings_omitted, work=work.title)
        refusal = None if work.is_refused else self._refusal(work)
        if refusal is not None:
            self.report.add(refusal)
        if work.is_refused or refusal is not None:
            self.report.works_refused += 1
            return False
        self.report.works += 1
        return True

    def _refusal(self, work: WorkRegistration) -> Remark | None:
        """What the reader need not know: what the store cannot hold, and works told twice."""
        for name, text, most in _texts(work):
            if len(text) > most or "\0" in text:
                return Remark(
                    level="error",
                    line=work.source_line,
                    sentence=f"It has {len(text)} characters, or one that is none",
                    remedy=f"Shorten it to {most} characters",
                    rule="text-unfit",
                    work=work.title[:TITLE_CHARACTERS_MAX].replace("\0", ""),
                    field=name,
                    value=text[:80].replace("\0", ""),
                )
        keys = [f"number {work.submitter_work_number}"] if work.submitter_work_number else []
        keys += [f"ISWC {work.iswc}"] if work.iswc else []
        for key in keys:
            first = self._seen.setdefault(key, work.source_line)
            if first != work.source_line:
                return Remark(
                    level="error",
                    line=work.source_line,
                    sentence=f"The work with the {key} stands on line {first} already",
                    remedy="Tell each work once in a file",
                    rule="work-twice",
                    work=work.title,
                )
        return None


def _texts(work: WorkRegistration) -> Iterator[tuple[str, str, int]]:
    yield "title", work.title, TITLE_CHARACTERS_MAX
    yield "work_number", work.submitter_work_number, NUMBER_CHARACTERS_MAX
    for interest in work.interests:
        party = interest.party
        name = f"{party.first_name} {party.name}".strip()
        yield "party_name", name, NAME_CHARACTERS_MAX


def kind_of(beginning: bytes) -> WorksFile.Kind:
    """What a file is, by its first bytes: CWR begins with HDR, a table does not."""
    is_cwr = beginning.lstrip(b"\xef\xbb\xbf").startswith(b"HDR")
    return WorksFile.Kind.CWR if is_cwr else WorksFile.Kind.CSV


def size_bytes_max(kind: str, most: int) -> int:
    """How large a file of this kind may be where the store takes `most` of any."""
    return min(most, CSV_BYTES_MAX) if kind == WorksFile.Kind.CSV else most
