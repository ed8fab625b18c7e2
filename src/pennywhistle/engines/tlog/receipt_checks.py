"""The checks of a receipt, one function each, in the order in which they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pennywhistle.engines.tlog.checks import Check, amount_text, is_included
from pennywhistle.engines.tlog.merkle import tree_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.engines.tlog.checkpoint import Checkpoint
    from pennywhistle.engines.tlog.receipt import PageOpening, Receipt
    from pennywhistle.engines.tlog.records import EntryLeaf, Line

# Clocks of buyers go wrong, and by more than an hour where the time zone is.
_CLOCK_WRONG_MAX_US = 86_400_000_000
_NOT_SIGNED = "Not checked, because the state of the log is not signed by the store."


class OpenedSale(Protocol):
    """A sale whose lines are opened: a receipt's, or a promise's."""

    @property
    def buyer(self) -> int:
        """The account that paid."""
        ...

    @property
    def leaf(self) -> EntryLeaf:
        """What the log holds of it, or shall hold."""
        ...

    @property
    def lines(self) -> tuple[Line, ...]:
        """All its postings, in the order of their `j`."""
        ...


def sale_in_log(receipt: Receipt, head: Checkpoint | None) -> Check:
    """The leaf stands in the signed log."""
    code, title = "sale-in-log", "The sale is in the log"
    if head is None:
        return Check(code, title, None, _NOT_SIGNED)
    leaf = receipt.leaf.hash()
    if not is_included(leaf, receipt.index, head.size, receipt.path, head.root):
        sentence = f"Entry {receipt.index} of the log is not this sale."
        return Check(code, title, passed=False, sentence=sentence)
    sentence = f"The sale is entry {receipt.index} of {head.size} in the signed log."
    return Check(code, title, passed=True, sentence=sentence)


def lines_match(receipt: OpenedSale) -> Check:
    """The lines are exactly those that the leaf commits to."""
    code, title = "lines-match", "The lines are those that were sealed"
    shown, sealed = len(receipt.lines), receipt.leaf.line_count
    if shown != sealed:
        sentence = f"The store sealed {sealed} lines for this sale; the receipt shows {shown}."
        return Check(code, title, passed=False, sentence=sentence)
    if tree_root([line.hash() for line in receipt.lines]) != receipt.leaf.lines_root:
        sentence = "At least one line differs from what the store sealed for this sale."
        return Check(code, title, passed=False, sentence=sentence)
    sentence = f"All {shown} lines are exactly what the store sealed for this sale."
    return Check(code, title, passed=True, sentence=sentence)


def sums_to_zero(receipt: OpenedSale) -> Check:
    """What some give, the others get."""
    code, title = "sums-to-zero", "Nothing is lost on the way"
    left = {c: a for c, a in totals_of(receipt.lines).items() if a}
    if left:
        amounts = ", ".join(amount_text(amount, currency) for currency, amount in left.items())
        sentence = f"The lines do not add up to zero; {amounts} is left over."
        return Check(code, title, passed=False, sentence=sentence)
    sentence = "What was paid and what was credited add up to zero."
    return Check(code, title, passed=True, sentence=sentence)


def price_paid(receipt: OpenedSale) -> Check:
    """The buyer gave the prices of the items, no more and no less (or got them back)."""
    code, title = "price-paid", "The buyer paid the price"
    prices = _prices(receipt.lines)
    if prices is None:
        sentence = "The lines give different prices for one item."
        return Check(code, title, passed=False, sentence=sentence)
    due = {c: a for c, a in prices.items() if a}
    of_buyer = [line for line in receipt.lines if line.account == receipt.buyer]
    moved = {c: a for c, a in totals_of(of_buyer).items() if a}
    price = _amounts(due)
    if moved == {currency: -amount for currency, amount in due.items()}:
        sentence = f"The buyer, account {receipt.buyer}, paid {price}: the price."
        return Check(code, title, passed=True, sentence=sentence)
    if moved == due:
        sentence = f"The buyer, account {receipt.buyer}, got back {price}: the price."
        return Check(code, title, passed=True, sentence=sentence)
    paid = _amounts({currency: -amount for currency, amount in moved.items()})
    sentence = f"The price is {price}, but account {receipt.buyer} paid {paid}."
    return Check(code, title, passed=False, sentence=sentence)


def dated(receipt: OpenedSale, now_us: int) -> Check:
    """The sale is not dated in the future, by the clock of whoever checks (µs since 1970)."""
    code, title = "dated", "The sale has happened"
    if any(line.occurred_at_us > now_us + _CLOCK_WRONG_MAX_US for line in receipt.lines):
        sentence = "The sale is dated in the future, by the clock of this machine."
        return Check(code, title, passed=False, sentence=sentence)
    sentence = "The sale is not dated in the future, by the clock of this machine."
    return Check(code, title, passed=True, sentence=sentence)


def page_checks(receipt: Receipt, head: Checkpoint | None) -> list[Check]:
    """Check that a page covers the sale, and that each account's line there has its posting."""
    title_page, title_credit = "A page covers the sale", "Everybody was credited"
    if receipt.page is None:
        waiting = "Not yet: the next page will cover this sale. Fetch the receipt again after it."
        return [
            Check("page-in-log", title_page, None, waiting),
            Check("credited", title_credit, None, waiting),
        ]
    page = _page_in_log(receipt, receipt.page, head)
    if not page.passed:
        sentence = "Not checked, because the page itself could not be proven."
        return [page, Check("credited", title_credit, None, sentence)]
    return [page, *_credits(receipt, receipt.page), whose(receipt.buyer)]


def whose(account: int) -> Check:
    """Only the buyer knows: one receipt, handed to several people, would pass for each of them."""
    sentence = (
        f"Account {account} bought this, and must be yours: compare it with the number on your"
        " receipts at the store."
    )
    return Check("buyer", f"You are account {account}", None, sentence)


def _page_in_log(receipt: Receipt, page: PageOpening, head: Checkpoint | None) -> Check:
    code, title = "page-in-log", "A page covers the sale"
    leaf = page.leaf
    if head is None:
        return Check(code, title, None, _NOT_SIGNED)
    if not is_included(leaf.hash(), page.index, head.size, page.path, head.root):
        sentence = f"Entry {page.index} of the log is not this page {leaf.number}."
        return Check(code, title, passed=False, sentence=sentence)
    if page.index < leaf.end_index:
        sentence = f"Page {leaf.number} claims entries that came after it."
        return Check(code, title, passed=False, sentence=sentence)
    entries = range(leaf.first_index, leaf.end_index)
    covered = f"entries {entries[0]} to {entries[-1]}" if entries else "no entries"
    if receipt.index not in entries:
        sentence = f"Page {leaf.number} covers {covered}, but the sale is entry {receipt.index}."
        return Check(code, title, passed=False, sentence=sentence)
    sentence = f"Page {leaf.number}, which covers {covered}, is in the signed log."
    return Check(code, title, passed=True, sentence=sentence)


def _credits(receipt: Receipt, page: PageOpening) -> Iterator[Check]:
    """Yield one check per account, the buyer's own among them, in order of appearance."""
    names = {party.account: party.name for party in receipt.parties}
    for account in dict.fromkeys(line.account for line in receipt.lines):
        amount = _amounts(totals_of([x for x in receipt.lines if x.account == account]))
        verb = "charged" if amount.startswith("-") else "credited"
        name = f" ({names[account]})" if names.get(account) else ""
        amount = f"{amount.removeprefix('-')}"
        problem = _credit_problem(receipt.lines, page, account)
        if problem:
            sentence = f"Account {account}{name} was not {verb}: {problem}"
        else:
            sentence = (
                f"Account {account}{name} was {verb} {amount}: "
                f"it stands in line {account} of page {page.leaf.number}."
            )
        title = f"Account {account} was {verb}"
        yield Check(f"credited-{account}", title, not problem, sentence)


def _credit_problem(lines: Sequence[Line], page: PageOpening, account: int) -> str:
    """Return what is wrong with an account's line, or nothing.

    A path at index k of a tree of known size binds the position: there is only one line k on a
    page, so the payee, who opens line k, sees the very one that is checked here.
    """
    opening = next(each for each in page.accounts if each.line.account == account)
    where = f"line {account} of page {page.leaf.number}"
    size, root = page.leaf.account_count, page.leaf.lines_root
    if not is_included(opening.line.hash(), account, size, opening.path, root):
        return f"what the receipt shows is not {where}."
    count, postings_root = opening.line.posting_count, opening.line.postings_root
    for line, place in zip(lines, page.places, strict=True):
        if line.account == account and not is_included(
            line.hash(), place.position, count, place.path, postings_root
        ):
            amount = amount_text(line.amount_micro, line.currency)
            return f"{where} does not hold its posting of {amount}."
    return ""


def totals_of(lines: Sequence[Line]) -> dict[str, int]:
    """Add up amounts by currency."""
    totals: dict[str, int] = {}
    for line in lines:
        totals[line.currency] = totals.get(line.currency, 0) + line.amount_micro
    return totals


def _prices(lines: Sequence[Line]) -> dict[str, int] | None:
    """Add up the price of each item once, by currency; None where two lines disagree."""
    items: dict[str, tuple[str, int]] = {}
    for line in lines:
        price = (line.currency, line.price_micro)
        if items.setdefault(line.item, price) != price:
            return None
    totals: dict[str, int] = {}
    for currency, price_micro in items.values():
        totals[currency] = totals.get(currency, 0) + price_micro
    return totals


def _amounts(amounts: dict[str, int]) -> str:
    texts = [amount_text(amount, currency) for currency, amount in sorted(amounts.items())]
    return " and ".join(texts) or "nothing"
