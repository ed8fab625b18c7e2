"""A payee's statements against the whole log: each page published, none left out, carried over."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.announced import AnnouncedLeaf, repeated_subjects
from pennywhistle.engines.tlog.checks import Check
from pennywhistle.engines.tlog.merkle import leaf_hash, tree_root
from pennywhistle.engines.tlog.payout import PAYOUT_ITEM
from pennywhistle.engines.tlog.receipt_checks import totals_of
from pennywhistle.engines.tlog.records import PageLeaf, RecordInvalidError, record, write_integer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pennywhistle.engines.tlog.payout import PayoutProof
    from pennywhistle.engines.tlog.statement import Statement

_PAYOUT_NUMBER = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Carried:
    """A statement's pages, and what stood on the account before and after, in micro by currency."""

    first_page: int
    last_page: int
    opening: Mapping[str, int]
    movement: Mapping[str, int]
    closing: Mapping[str, int]


@dataclass
class PayeeLog:
    """What a payee needs of a log, collected while it is read: pages, and what was announced."""

    account: int
    page_numbers: range
    pages: dict[int, tuple[int, PageLeaf]] = field(default_factory=dict)
    announced: list[AnnouncedLeaf] = field(default_factory=list)
    last_number: int = -1

    def clear(self) -> None:
        """Forget all records: they are read anew, from the first."""
        self.pages.clear()
        self.announced.clear()
        self.last_number = -1

    def add(self, index: int, data: bytes) -> None:
        """Take the next record; what cannot be read is the audit's to tell."""
        try:
            if data[:1] == b"P":
                leaf = PageLeaf.decode(data)
                self.last_number = max(self.last_number, leaf.number)
                if leaf.number in self.page_numbers:
                    self.pages.setdefault(leaf.number, (index, leaf))
            elif data[:1] in {b"T", b"O"}:
                told = AnnouncedLeaf.decode(data)
                if told.subject.startswith(f"account-{self.account}/"):
                    self.announced.append(told)
        except RecordInvalidError:
            return


def statement_subject(account: int, first_page: int, last_page: int) -> str:
    """Under which subject a statement is announced."""
    return f"account-{account}/pages-{first_page}-{last_page}"


def first_page_of(subject: str) -> int:
    """The first page of a statement that was announced, by what `statement_subject` wrote."""
    return int(subject.rsplit("-", 2)[1])


def statement_digest(statement: Statement) -> bytes:
    """What a T leaf holds of a statement, whichever head it is shown under."""
    pages = statement.pages
    return digest_of_lines(
        account=statement.account,
        page_numbers=(pages[0].leaf.number, pages[-1].leaf.number),
        lines=[
            (page.leaf.hash(), page.opening.line.hash() if page.opening else b"") for page in pages
        ],
        totals=statement.totals,
    )


def digest_of_lines(
    *,
    account: int,
    page_numbers: tuple[int, int],
    lines: Sequence[tuple[bytes, bytes]],
    totals: Mapping[str, int],
) -> bytes:
    """Digest of an account's pages, first to last, its lines there, and its totals.

    `lines` has the hash of each page's leaf and of the account's line on it, which is empty where
    the page is older than the account. Lines are salted, so that nobody can guess totals from it.
    """
    amounts = [
        record(b"A", currency.encode(), str(amount).encode())
        for currency, amount in sorted(totals.items())
    ]
    return leaf_hash(
        record(
            b"D",
            write_integer(account),
            write_integer(page_numbers[0]),
            write_integer(page_numbers[1]),
            tree_root([leaf_hash(page + line) for page, line in lines]),
            *amounts,
        )
    )


def carried_over(statements: Sequence[Statement]) -> tuple[Carried, ...]:
    """Each statement with what stood before and after it, by what its opened postings add up to.

    `statements` are in the order of their pages; before the first one stands nothing.
    """
    standing: dict[str, int] = defaultdict(int)
    rows = []
    for each in statements:
        movement = totals_of([line for page in each.pages for line in page.lines])
        opening = dict(standing)
        for currency, amount in movement.items():
            standing[currency] += amount
        first, last = each.pages[0].leaf.number, each.pages[-1].leaf.number
        rows.append(Carried(first, last, opening, movement, dict(standing)))
    return tuple(rows)


def payee_checks(statements: Sequence[Statement], log: PayeeLog) -> tuple[Check, ...]:
    """Check statements of one account, in the order of their pages, against its log.

    Each statement was verified by itself before (`verify.verify_statement`), and the log was read
    under its head.
    """
    return (
        _pages_published(statements, log),
        _periods_join(statements, log),
        _begins_at_nothing(statements),
        *_announced(statements, log),
        *_payouts_announced(statements, log),
    )


def _pages_published(statements: Sequence[Statement], log: PayeeLog) -> Check:
    code, title = "pages-published", "The pages are those that everybody sees"
    for page in (page for each in statements for page in each.pages):
        number = page.leaf.number
        if number not in log.pages:
            sentence = f"The log that everybody sees has no page {number}."
            return Check(code, title, passed=False, sentence=sentence)
        if log.pages[number] != (page.index, page.leaf):
            sentence = f"Page {number} of the statement is not page {number} of the log."
            return Check(code, title, passed=False, sentence=sentence)
    count = sum(len(each.pages) for each in statements)
    sentence = f"All {count} pages stand in the published log, entry for entry."
    return Check(code, title, passed=True, sentence=sentence)


def _periods_join(statements: Sequence[Statement], log: PayeeLog) -> Check:
    code, title = "statements-join", "No page lies between the statements"
    for before, after in pairwise(statements):
        last, first = before.pages[-1].leaf.number, after.pages[0].leaf.number
        if first > last + 1:
            sentence = f"Pages {last + 1} to {first - 1} are on none of the statements."
            return Check(code, title, passed=False, sentence=sentence)
        if first <= last:
            sentence = f"Page {first} is on two of the statements."
            return Check(code, title, passed=False, sentence=sentence)
    first, last = statements[0].pages[0].leaf.number, statements[-1].pages[-1].leaf.number
    later = f" The log goes on to page {log.last_number}." if log.last_number > last else ""
    sentence = f"They cover pages {first} to {last}, each once.{later}"
    return Check(code, title, passed=True, sentence=sentence)


def _begins_at_nothing(statements: Sequence[Statement]) -> Check:
    code, title = "carried-over", "What one statement ends with, the next begins with"
    first = statements[0].pages[0]
    if first.leaf.number == 0 or first.opening is None:
        sentence = "The first one begins before the account had anything; all others add to it."
        return Check(code, title, passed=True, sentence=sentence)
    sentence = (
        f"They begin at page {first.leaf.number}: what stood on the account before that is on"
        " earlier statements. Give these too."
    )
    return Check(code, title, None, sentence)


def _announced(statements: Sequence[Statement], log: PayeeLog) -> list[Check]:
    """Each statement is the version that was announced; open for one that never was."""
    title = "This statement has one version"
    known = {leaf.subject: leaf.digest for leaf in reversed(log.announced) if leaf.kind == "T"}
    twice = repeated_subjects(log.announced)
    checks = []
    for each in statements:
        pages = each.pages[0].leaf.number, each.pages[-1].leaf.number
        subject = statement_subject(each.account, *pages)
        which = f"of pages {pages[0]} to {pages[1]}"
        problem = next((sentence for sentence in twice if f" {subject} " in sentence), "")
        if subject not in known:
            passed, sentence = None, f"The statement {which} was never announced in the log."
        elif problem or known[subject] != statement_digest(each):
            passed = False
            sentence = problem or f"The log announced another statement {which} than this one."
        else:
            passed, sentence = True, f"The statement {which} is the one that the log announced."
        checks.append(Check("statement-announced", title, passed, sentence))
    return checks


def _payouts_announced(statements: Sequence[Statement], log: PayeeLog) -> list[Check]:
    """Each payout that takes money on the statements was announced, in one version; none: none."""
    code, title = "payouts-announced", "Each payout was announced, in one version"
    lines = [line for each in statements for page in each.pages for line in page.lines]
    # On the bank's account, what came back to payees is taken off as well, and names no payout.
    paid = {
        number: line.account
        for line in lines
        if line.amount_micro < 0 and (number := _payout_of(line.item))
    }
    told = {leaf.subject for leaf in log.announced if leaf.kind == "O"}
    payouts = [leaf for leaf in log.announced if leaf.kind == "O"]
    problems = repeated_subjects(payouts) + [
        f"The payout {number} was never announced in the log."
        for number, account in paid.items()
        if f"account-{account}/payout-{number}" not in told
    ]
    if not paid and not problems:
        return []
    sentence = f"All {len(paid)} payouts on the statements stand in the log, each in one version."
    return [Check(code, title, not problems, problems[0] if problems else sentence)]


def _payout_of(item: str) -> str:
    """The number of the payout that a line is of; empty where it is of none."""
    number = item.removeprefix(PAYOUT_ITEM)
    return number if number != item and _PAYOUT_NUMBER.fullmatch(number) else ""


def payout_in_log(proof: PayoutProof, log: PayeeLog) -> Check:
    """A payout that the payee keeps is the one that the log announced."""
    code, title = "payout-in-log", "This payout is the one that the log announced"
    leaf = proof.leaf
    if leaf in log.announced:
        sentence = f"The payout {leaf.subject} is the one that everybody's log holds."
        return Check(code, title, passed=True, sentence=sentence)
    sentence = f"The log announced another payout {leaf.subject} than this one, or none."
    return Check(code, title, passed=False, sentence=sentence)
