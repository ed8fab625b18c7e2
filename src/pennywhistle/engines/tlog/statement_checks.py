"""The checks of a payee's statement, one function each, in the order in which they are read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.checks import Check, amount_text, is_included
from pennywhistle.engines.tlog.merkle import tree_root
from pennywhistle.engines.tlog.receipt_checks import totals_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.engines.tlog.checkpoint import Checkpoint
    from pennywhistle.engines.tlog.records import PageLeaf
    from pennywhistle.engines.tlog.statement import Statement, StatementPage


def pages_in_log(statement: Statement, head: Checkpoint | None) -> Check:
    """Each page's leaf stands in the signed log, after what it covers."""
    code, title = "pages-in-log", "The pages are in the log"
    if head is None:
        sentence = "Not checked, because the state of the log is not signed by the store."
        return Check(code, title, None, sentence)
    for page in statement.pages:
        number = page.leaf.number
        if not is_included(page.leaf.hash(), page.index, head.size, page.path, head.root):
            sentence = f"Entry {page.index} of the log is not this page {number}."
            return Check(code, title, passed=False, sentence=sentence)
        if page.index < page.leaf.end_index:
            sentence = f"Page {number} claims entries that came after it."
            return Check(code, title, passed=False, sentence=sentence)
    sentence = f"All {len(statement.pages)} pages are in the signed log of {head.size} entries."
    return Check(code, title, passed=True, sentence=sentence)


def pages_consecutive(statement: Statement) -> Check:
    """No page is missing, and each begins where the one before ended."""
    leaves = [page.leaf for page in statement.pages]
    problem = next(consecutive_problems(leaves), "")
    first, last = leaves[0].number, leaves[-1].number
    sentence = f"Pages {first} to {last} follow one another without a gap."
    title = "No page is missing"
    return Check("pages-consecutive", title, not problem, problem or sentence)


def consecutive_problems(leaves: Sequence[PageLeaf]) -> Iterator[str]:
    """Yield a sentence for each place where pages do not follow one another."""
    if leaves and leaves[0].number == 0 and leaves[0].first_index != 0:
        yield "Page 0 does not begin at the beginning of the log."
    for before, after in pairwise(leaves):
        if after.number != before.number + 1:
            yield f"After page {before.number} comes page {after.number}."
        elif after.first_index != before.end_index:
            yield (
                f"Page {before.number} ends before entry {before.end_index}, "
                f"but page {after.number} begins at entry {after.first_index}."
            )


def accounts_kept(statement: Statement) -> Check:
    """No account disappears: their number never falls."""
    leaves = [page.leaf for page in statement.pages]
    problem = next(account_problems(leaves), "")
    sentence = f"The number of accounts never fell; it is {leaves[-1].account_count} now."
    return Check("accounts-kept", "No account disappears", not problem, problem or sentence)


def account_problems(leaves: Sequence[PageLeaf]) -> Iterator[str]:
    """Yield a sentence for each page with fewer accounts than the one before."""
    for before, after in pairwise(leaves):
        if after.account_count < before.account_count:
            yield (
                f"Page {after.number} has {after.account_count} accounts, "
                f"page {before.number} had {before.account_count}."
            )


def lines_on_pages(statement: Statement) -> Check:
    """The account's line is line k of each page."""
    code, title = "line-on-every-page", "The account's line is on every page"
    for page in statement.pages:
        problem = _line_problem(page, statement.account)
        if problem:
            return Check(code, title, passed=False, sentence=problem)
    sentence = f"Each page has line {statement.account} as this statement shows it."
    return Check(code, title, passed=True, sentence=sentence)


def _line_problem(page: StatementPage, account: int) -> str:
    where = f"line {account} of page {page.leaf.number}"
    size, root = page.leaf.account_count, page.leaf.lines_root
    if page.opening is None:
        missing = account < size or page.lines
        return f"The statement does not open {where}." if missing else ""
    if not is_included(page.opening.line.hash(), account, size, page.opening.path, root):
        return f"What the statement shows is not {where}."
    return ""


def postings_complete(statement: Statement) -> Check:
    """The opened postings are all that the account's line commits to, unchanged."""
    code, title = "postings-complete", "Every posting is opened"
    for page in statement.pages:
        sealed = page.opening.line.posting_count if page.opening else 0
        if sealed != len(page.lines):
            sentence = (
                f"On page {page.leaf.number} the store sealed {sealed} postings for account "
                f"{statement.account}, but opens {len(page.lines)}."
            )
            return Check(code, title, passed=False, sentence=sentence)
        hashes = [line.hash() for line in page.lines]
        if page.opening and tree_root(hashes) != page.opening.line.postings_root:
            sentence = (
                f"On page {page.leaf.number} at least one posting differs from what was sealed."
            )
            return Check(code, title, passed=False, sentence=sentence)
    count = sum(len(page.lines) for page in statement.pages)
    sentence = f"All {count} postings are opened, exactly as they were sealed."
    return Check(code, title, passed=True, sentence=sentence)


def total_right(statement: Statement) -> Check:
    """The stated totals are the sums of the opened postings."""
    found = totals_of([line for page in statement.pages for line in page.lines])
    problems = [
        f"The postings add up to {amount_text(found.get(currency, 0), currency)}, "
        f"but the statement says {amount_text(statement.totals.get(currency, 0), currency)}."
        for currency in sorted({*found, *statement.totals})
        if found.get(currency, 0) != statement.totals.get(currency, 0)
    ]
    amounts = " and ".join(amount_text(found[currency], currency) for currency in sorted(found))
    sentence = f"The postings add up to {amounts or 'nothing'}, as stated."
    title = "The total is right"
    return Check("total", title, not problems, problems[0] if problems else sentence)
