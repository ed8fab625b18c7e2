"""What anybody can check in the public log without any secret: its pages are one gapless row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.checks import Check
from pennywhistle.engines.tlog.records import EntryLeaf, PageLeaf, RecordInvalidError
from pennywhistle.engines.tlog.statement_checks import account_problems, consecutive_problems

if TYPE_CHECKING:
    from collections.abc import Iterable


def audit_records(records: Iterable[bytes]) -> tuple[Check, ...]:
    """Read a whole log's records from entry 0 on, and check its pages.

    A receipt shows one page, and a statement a row of pages; that both see *the same* page e
    follows because the log has only one, which is what this makes sure of.
    """
    pages: list[PageLeaf] = []
    unreadable, too_early = [], []
    for index, data in enumerate(records):
        try:
            if data[:1] == b"P":
                pages.append(PageLeaf.decode(data))
                if pages[-1].end_index > index:
                    too_early.append(f"Page {pages[-1].number} claims entries that came after it.")
            else:
                EntryLeaf.decode(data)
        except RecordInvalidError as error:
            unreadable.append(f"Entry {index} of the log cannot be read: {error}")
    gaps = [*consecutive_problems(pages), *too_early]
    if pages and pages[0].number != 0:
        gaps.insert(0, f"The first page of the log is page {pages[0].number}.")
    count = f"The log has {len(pages)} pages"
    return (
        _check("entries-readable", "Every entry can be read", unreadable, "All entries are known."),
        _check("pages-consecutive", "One row of pages", gaps, f"{count}, one row without a gap."),
        _check(
            "accounts-kept",
            "No account disappears",
            list(account_problems(pages)),
            "The number of accounts never fell.",
        ),
    )


def _check(code: str, title: str, problems: list[str], sentence: str) -> Check:
    return Check(code, title, not problems, problems[0] if problems else sentence)
