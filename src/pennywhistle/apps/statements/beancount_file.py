"""A statement as a ledger of beancount: plain-text bookkeeping that balances by itself.

Syntax: https://beancount.github.io/docs/beancount_language_syntax.html. Each line of the statement
is a transaction between what the store owes and what was earned; payouts move it on. The last
directive states the closing balance, and beancount refuses the file if it does not add up to it.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.statements.lines import all_lines
from pennywhistle.apps.statements.pages import pages_of
from pennywhistle.apps.statements.queries import PAID_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from pennywhistle.apps.statements.lines import StatementLine
    from pennywhistle.apps.statements.queries import Statement
    from pennywhistle.kernel.money import Money

OPENING = "Equity:Opening-Balances"
PAID = "Assets:Paid-Out"
_INCOME: dict[str, str] = {
    Entry.Kind.SALE: "Income:Sales",
    Entry.Kind.REFUND: "Income:Refunds",
    Entry.Kind.RELEASE: "Income:Released",
    Entry.Kind.DISTRIBUTION: "Income:Distributions",
}
_OTHER_INCOME = "Income:Other"


def owed_account(statement: Statement) -> str:
    """The name of the asset that the store's debt is."""
    return f"Assets:Store:Account-{statement.account.number}"


def beancount_lines(statement: Statement) -> Iterator[str]:
    """The file bit by bit; it is never held whole."""
    first, account = statement.days.first, statement.account
    owed = owed_account(statement)
    yield f'option "title" "Statement of account {account.number}"\n'
    yield f'option "operating_currency" "{account.currency}"\n\n'
    for name in (owed, OPENING, PAID, *_INCOME.values(), _OTHER_INCOME):
        # Accounts are open a day before, so that the opening balance is theirs.
        yield f"{first - timedelta(days=1)} open {name} {account.currency}\n"
    if statement.opening:
        head = _text("Earned before, and not paid out")
        yield _transaction(first - timedelta(days=1), head, (owed, OPENING), statement.opening)
    days = _booked_on(statement)
    for line in all_lines(statement=statement):
        yield _of_line(line, days[line.page_number], owed)
    # A balance is checked at the beginning of its day.
    after = statement.days.last + timedelta(days=1)
    yield f"\n{after} balance {owed}  {_amount(statement.closing)}\n"


def _booked_on(statement: Statement) -> dict[int, date]:
    """The day of each page; of one whose clock was set back or forward, the nearest of the days."""
    first, last = statement.days.first, statement.days.last
    return {
        page.number: min(max(page.closed_at.astimezone(UTC).date(), first), last)
        for page in pages_of(statement.stretch)
    }


def _of_line(line: StatementLine, day: date, owed: str) -> str:
    other = PAID if line.kind in PAID_KINDS else _INCOME.get(line.kind, _OTHER_INCOME)
    text = line.name.title if line.kind == Entry.Kind.SALE else f"{line.kind}: {line.name.title}"
    details = {
        "sale": str(line.sale_id),
        "time": line.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "territory": line.territory,
        "page": str(line.page_number),
        "leaf": str(line.log_index),
    }
    head = f"{_text(line.name.artist_line)} {_text(text)}"
    return _transaction(day, head, (owed, other), line.amount, details)


def _transaction(
    day: date,
    head: str,
    accounts: tuple[str, str],
    amount: Money,
    details: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What moves an amount to the first account from the second."""
    to, of = accounts
    lines = [
        "",
        f"{day} * {head}",
        *(f"  {key}: {_text(value)}" for key, value in details.items()),
        f"  {to}  {_amount(amount)}",
        f"  {of}  {_amount(-amount)}",
        "",
    ]
    return "\n".join(lines)


def _amount(money: Money) -> str:
    return f"{money.decimal:f} {money.currency}"


def _text(text: str) -> str:
    """A string of beancount: one line, its quotes and backslashes escaped."""
    plain = re.sub(r"\s+", " ", "".join(each if each.isprintable() else " " for each in text))
    return '"{}"'.format(plain.strip().replace("\\", "\\\\").replace('"', '\\"'))
