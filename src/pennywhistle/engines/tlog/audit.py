"""What anybody can check in the public log without any secret: its records, read in a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.announced import AnnouncedLeaf, is_announced
from pennywhistle.engines.tlog.checks import Check
from pennywhistle.engines.tlog.records import EntryLeaf, PageLeaf, RecordInvalidError
from pennywhistle.engines.tlog.statement_checks import account_problems, consecutive_problems

if TYPE_CHECKING:
    from collections.abc import Iterable

problems_kept_max = 20
KINDS = "SEPCTO"


@dataclass
class RecordAudit:
    """Where reading stands: counts by kind, the last page, and the first problems of each sort."""

    index: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    last_page: PageLeaf | None = None
    unreadable: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)

    def add(self, data: bytes) -> None:
        """Read the next record of the log."""
        kind = data[:1].decode("ascii", errors="replace")
        try:
            if kind == "P":
                self._add_page(PageLeaf.decode(data))
            elif is_announced(data):
                AnnouncedLeaf.decode(data)
            else:
                EntryLeaf.decode(data)
        except RecordInvalidError as error:
            _keep(self.unreadable, f"Entry {self.index} of the log cannot be read: {error}")
            kind = "?"
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.index += 1

    def _add_page(self, page: PageLeaf) -> None:
        last = self.last_page
        if last is None and page.number != 0:
            _keep(self.gaps, f"The first page of the log is page {page.number}.")
        for problem in consecutive_problems([last, page] if last else [page]):
            _keep(self.gaps, problem)
        if page.end_index > self.index:
            _keep(self.gaps, f"Page {page.number} claims entries that came after it.")
        for problem in account_problems([last, page] if last else []):
            _keep(self.vanished, problem)
        self.last_page = page

    def checks(self) -> tuple[Check, ...]:
        """What was found so far."""
        count = self.counts.get("P", 0)
        return (
            _check(
                "entries-readable",
                "Every entry can be read",
                self.unreadable,
                "All entries are known.",
            ),
            _check(
                "pages-consecutive",
                "One row of pages",
                self.gaps,
                f"The log has {count} pages, one row without a gap.",
            ),
            _check(
                "accounts-kept",
                "No account disappears",
                self.vanished,
                "The number of accounts never fell.",
            ),
        )


def audit_records(records: Iterable[bytes]) -> tuple[Check, ...]:
    """Read a whole log's records from entry 0 on, and check its pages.

    A receipt shows one page, and a statement a row of pages; that both see *the same* page e
    follows because the log has only one, which is what this makes sure of.
    """
    audit = RecordAudit()
    for data in records:
        audit.add(data)
    return audit.checks()


def _keep(problems: list[str], sentence: str) -> None:
    """Of a log that is wrong throughout, the first problems say enough."""
    if len(problems) < problems_kept_max and sentence not in problems:
        problems.append(sentence)


def _check(code: str, title: str, problems: list[str], sentence: str) -> Check:
    return Check(code, title, not problems, problems[0] if problems else sentence)
