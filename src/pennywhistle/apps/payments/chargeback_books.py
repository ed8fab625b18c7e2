"""The entries of a payment that a bank takes back: what is held, what is lost, what comes back.

| when | entry |
|---|---|
| noted | what is left of the top-up: balance to disputed, with the bonus that came with it |
| withdrawn | the provider's account gives the amount; against it stand what is held, and the loss |
| won | both again, the other way round |
| lost | what is held is gone, its bonus is the store's, and the loss stays |
| a fee | the provider's account gives it; it is the store's expense |

Payees are in none of them: who sold a track that was delivered keeps what it earned.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Balance, Entry
from pennywhistle.apps.payments.unspent import left_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.payments.models import Chargeback, TopUp

LOSS = "chargeback"
FEE = "chargeback-fee"
_BACK = ":back"


@dataclass(frozen=True, slots=True)
class Books:
    """The accounts that a chargeback moves money between; the buyer's two are locked."""

    balance: Account
    held: Account
    clearing: Account
    # What the provider took of what is held.
    taken: Account
    loss: Account
    fees: Account
    store: Account


def open_books(top_up: TopUp) -> Books:
    """The accounts, opened where there are none; nothing is spent or held beside from here on.

    Inside a transaction. Locks are taken in their order (docs/developing/architecture.md).
    """
    currency, user_id, code = top_up.currency, top_up.user_id, top_up.provider
    kinds = Account.Kind
    books = Books(
        balance=open_account(kind=kinds.BALANCE, currency=currency, user_id=user_id),
        held=open_account(kind=kinds.DISPUTED, currency=currency, user_id=user_id),
        clearing=open_account(kind=kinds.CLEARING, currency=currency, code=code),
        taken=open_account(kind=kinds.DISPUTED, currency=currency, code=code),
        loss=open_account(kind=kinds.EXPENSE, currency=currency, code=LOSS),
        fees=open_account(kind=kinds.EXPENSE, currency=currency, code=FEE),
        store=open_account(kind=kinds.STORE, currency=currency),
    )
    mine = [books.balance.number, books.held.number]
    list(Balance.objects.select_for_update().filter(account__in=mine).order_by("account_id"))
    return books


def hold(row: Chargeback, books: Books, *, most: Money, now: datetime) -> Money:
    """Set apart what is left of the top-up, at most so much; answers how much it was."""
    left, bonus_part = left_of(books.balance, top_up_id=row.top_up_id)
    money = min(left, most)
    if money:
        bonus = Money(ceil(money.micro * bonus_part), money.currency)
        row.entry_count += 1
        both = money + bonus
        _write(
            _hold_key(row, row.entry_count),
            books,
            [(books.balance, -both), (books.held, both)],
            now,
        )
        row.held_micro += money.micro
        row.bonus_held_micro += bonus.micro
    return money


def withdraw(row: Chargeback, books: Books, *, now: datetime) -> None:
    """Book that the provider took the amount, or sent it back: what nobody holds is the loss."""
    row.short_micro = row.amount_micro - row.held_micro
    row.is_withdrawn = True
    _post(
        row,
        books,
        [(books.clearing, row.amount), (books.taken, -row.held), (books.loss, -row.short)],
        now,
    )


def give_up(row: Chargeback, books: Books, *, now: datetime) -> None:
    """Book that the amount is gone for good: what was held of it is nobody's any more."""
    bonus = Money(row.bonus_held_micro, row.currency)
    _post(
        row,
        books,
        [(books.held, -row.held - bonus), (books.taken, row.held), (books.store, bonus)],
        now,
    )


def take_back(row: Chargeback, books: Books, *, now: datetime) -> None:
    """Book that all is as it was: what was withdrawn is here, and what was held is free."""
    if row.is_withdrawn:
        _post(
            row,
            books,
            [(books.clearing, -row.amount), (books.taken, row.held), (books.loss, row.short)],
            now,
        )
    keys = [_hold_key(row, number) for number in range(1, row.entry_count + 1)]
    for entry in Entry.objects.filter(key__in=keys).order_by("key"):
        amounts = [
            Amount(account, Money(-micro, row.currency))
            for account, micro in zip(entry.accounts, entry.amounts_micro, strict=True)
        ]
        write_entry(
            kind=Entry.Kind.DISPUTE,
            key=f"{entry.key}{_BACK}",
            subject=books.balance.number,
            amounts=amounts,
            now=now,
        )


def hold_more(row: Chargeback, books: Books, *, now: datetime) -> Money:
    """Hold what came back to the balance of a payment that was spent: the loss is less by it."""
    bonus_before = row.bonus_held_micro
    money = hold(row, books, most=row.short, now=now)
    if not money:
        return money
    row.short_micro -= money.micro
    bonus = Money(row.bonus_held_micro - bonus_before, row.currency)
    if row.is_open:
        amounts = [(books.taken, -money), (books.loss, money)]
    else:
        amounts = [(books.held, -money - bonus), (books.loss, money), (books.store, bonus)]
    _post(row, books, amounts, now)
    return money


def charge_fee(row: Chargeback, books: Books, *, fee: Money, now: datetime) -> None:
    """Book what the provider has kept for it by now, more or less than before."""
    change = fee - row.fee
    if change:
        amounts = [(books.clearing, change), (books.fees, -change)]
        _post(row, books, amounts, now, kind=Entry.Kind.FEE)
        row.fee_micro = fee.micro


def held_by(key: str) -> str:
    """The name of the entry by which was held what another one, of this name, gave back."""
    return key.removesuffix(_BACK) if key.endswith(_BACK) else ""


def _hold_key(row: Chargeback, number: int) -> str:
    return f"chargeback:{row.id}:{number}:hold"


def _post(
    row: Chargeback,
    books: Books,
    amounts: list[tuple[Account, Money]],
    now: datetime,
    kind: str = Entry.Kind.DISPUTE,
) -> None:
    row.entry_count += 1
    _write(f"chargeback:{row.id}:{row.entry_count}", books, amounts, now, kind)


def _write(
    key: str,
    books: Books,
    amounts: list[tuple[Account, Money]],
    now: datetime,
    kind: str = Entry.Kind.DISPUTE,
) -> None:
    moved = [Amount(account.number, money) for account, money in amounts if money]
    if moved:
        write_entry(kind=kind, key=key, subject=books.balance.number, amounts=moved, now=now)
