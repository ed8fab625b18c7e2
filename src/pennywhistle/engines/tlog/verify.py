"""Checking a receipt or a statement offline, with nothing but the store's public key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from pennywhistle.engines.tlog import receipt_checks, statement_checks
from pennywhistle.engines.tlog.checks import Check, check_signature, check_witnessed
from pennywhistle.engines.tlog.receipt import Receipt, ShownItem, ShownParty, parse_receipt
from pennywhistle.engines.tlog.receipt_checks import totals_of
from pennywhistle.engines.tlog.statement import Statement, parse_statement
from pennywhistle.engines.tlog.terms_checks import split_published

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pennywhistle.engines.tlog.note import Verifier
    from pennywhistle.engines.tlog.policy import Policy


@dataclass(frozen=True, slots=True)
class TillItem:
    """An item of the sale: id, price and currency are proven, title and artist only shown."""

    item: str
    price_micro: int
    currency: str
    title: str
    artist: str


@dataclass(frozen=True, slots=True)
class TillParty:
    """What one account got (negative: gave); name and role are only shown."""

    account: int
    amount_micro: int
    currency: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Till:
    """The sale as a till receipt prints it."""

    origin: str
    entry_id: bytes
    occurred_at_us: int
    territory: str
    buyer: int
    paid_micro: Mapping[str, int]
    items: tuple[TillItem, ...]
    parties: tuple[TillParty, ...]


class ShownSale(receipt_checks.OpenedSale, Protocol):
    """An opened sale with the names that the store shows beside it."""

    @property
    def origin(self) -> str:
        """The store's log."""
        ...

    @property
    def items(self) -> tuple[ShownItem, ...]:
        """Titles."""
        ...

    @property
    def parties(self) -> tuple[ShownParty, ...]:
        """Names."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receipt proves; `sealed` in the log only, or `paged`: credited to everybody too."""

    checks: tuple[Check, ...]
    state: Literal["sealed", "paged"]
    till: Till
    receipt: Receipt

    @property
    def passed(self) -> bool:
        """True where nothing that could be checked is wrong."""
        return all(check.passed is not False for check in self.checks)


@dataclass(frozen=True, slots=True)
class StatementVerdict:
    """What a statement proves: totals in micro-units by currency, pages from first to last."""

    checks: tuple[Check, ...]
    totals_micro: Mapping[str, int]
    statement: Statement

    @property
    def passed(self) -> bool:
        """True where every check passed; that nobody was asked to witness it is no failure."""
        return all(check.passed or _is_open(check) for check in self.checks)

    @property
    def page_numbers(self) -> tuple[int, int]:
        """First and last page, both included."""
        pages = self.statement.pages
        return pages[0].leaf.number, pages[-1].leaf.number


def verify_receipt(
    data: bytes,
    *,
    keys: Sequence[Verifier],
    now_us: int | None = None,
    policy: Policy | None = None,
    is_patient: bool = False,
) -> Verdict:
    """Check a receipt against the store's keys; needs no network and asks nobody.

    With a policy, its witnesses must have signed the head too; to whoever is patient, those of a
    sale that no page covers yet may still do.

    With the time of whoever checks (µs since 1970), a sale of the future is refused too.

    Raises:
        ReceiptInvalidError: the bytes are not a receipt.
    """
    receipt = parse_receipt(data)
    signature, head = check_signature(receipt.checkpoint, keys=keys, origin=receipt.origin)
    checks = (
        signature,
        *_witnessed(receipt.checkpoint, policy, may_wait=is_patient and receipt.page is None),
        receipt_checks.sale_in_log(receipt, head),
        receipt_checks.lines_match(receipt),
        receipt_checks.sums_to_zero(receipt),
        receipt_checks.price_paid(receipt),
        *([] if now_us is None else [receipt_checks.dated(receipt, now_us)]),
        split_published(receipt, head),
        *receipt_checks.page_checks(receipt, head),
    )
    state: Literal["sealed", "paged"] = "sealed" if receipt.page is None else "paged"
    return Verdict(checks, state, till_of(receipt), receipt)


def verify_statement(
    data: bytes, *, keys: Sequence[Verifier], policy: Policy | None = None
) -> StatementVerdict:
    """Check a payee's statement against the store's keys, and add it up again.

    With a policy, its witnesses must have signed the head too.

    Raises:
        StatementInvalidError: the bytes are not a statement.
    """
    statement = parse_statement(data)
    signature, head = check_signature(statement.checkpoint, keys=keys, origin=statement.origin)
    checks = (
        signature,
        *_witnessed(statement.checkpoint, policy),
        statement_checks.pages_in_log(statement, head),
        statement_checks.pages_consecutive(statement),
        statement_checks.accounts_kept(statement),
        statement_checks.lines_on_pages(statement),
        statement_checks.postings_complete(statement),
        statement_checks.total_right(statement),
    )
    totals = totals_of([line for page in statement.pages for line in page.lines])
    return StatementVerdict(checks, totals, statement)


def _witnessed(
    checkpoint: bytes, policy: Policy | None, *, may_wait: bool = False
) -> tuple[Check, ...]:
    if policy is None:
        return ()
    return (check_witnessed(checkpoint, policy=policy, may_wait=may_wait),)


def _is_open(check: Check) -> bool:
    return check.code in {"witnessed", "log-witnessed", "log-holds"} and check.passed is None


def till_of(receipt: ShownSale) -> Till:
    """Draw together what a till receipt prints, proven amounts beside shown names."""
    first = receipt.lines[0]
    of_buyer = [line for line in receipt.lines if line.account == receipt.buyer]
    return Till(
        origin=receipt.origin,
        entry_id=first.entry_id,
        occurred_at_us=first.occurred_at_us,
        territory=first.territory,
        buyer=receipt.buyer,
        paid_micro={currency: -amount for currency, amount in totals_of(of_buyer).items()},
        items=_items(receipt),
        parties=_parties(receipt),
    )


def _items(receipt: ShownSale) -> tuple[TillItem, ...]:
    shown = {each.item: each for each in receipt.items}
    lines = {line.item: line for line in receipt.lines if line.item}
    result = []
    for item, line in lines.items():
        words = shown.get(item, ShownItem(item, title="", artist=""))
        result.append(TillItem(item, line.price_micro, line.currency, words.title, words.artist))
    return tuple(result)


def _parties(receipt: ShownSale) -> tuple[TillParty, ...]:
    shown = {each.account: each for each in receipt.parties}
    result = []
    for account in dict.fromkeys(line.account for line in receipt.lines):
        words = shown.get(account, ShownParty(account, name="", role=""))
        totals = totals_of([line for line in receipt.lines if line.account == account])
        result += [
            TillParty(account, amount, currency, words.name, words.role)
            for currency, amount in totals.items()
        ]
    return tuple(result)
