"""Setting money aside: from a balance, and back to it or to somebody else's.

Pre-orders and gifts rest on it. What is set aside is still the buyer's, and cannot be spent twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import Amount, LedgerError, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Balance, Entry

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.kernel.money import Money


class AmountShortError(LedgerError):
    """The account holds less than is to be taken from it."""

    code = "amount-short"


@transaction.atomic
def reserve(*, user_id: int, money: Money, key: str, now: datetime) -> Entry:
    """Set money of a buyer's balance aside; the same key again answers with the first entry.

    Raises:
        AmountShortError: the balance holds less; nothing is written.
        EntryDiffersError: the key was used for another amount.
    """
    balance = open_account(kind=Account.Kind.BALANCE, currency=money.currency, user_id=user_id)
    aside = open_account(kind=Account.Kind.RESERVED, currency=money.currency, user_id=user_id)
    return _move(Entry.Kind.RESERVE, (balance, aside), money, key, now)


@transaction.atomic
def unreserve(
    *, from_user_id: int, to_user_id: int, money: Money, key: str, now: datetime
) -> Entry:
    """Bring what a buyer set aside to a balance, theirs or another's; once for each key.

    Raises:
        AmountShortError: less is set aside; nothing is written.
        EntryDiffersError: the key was used for another amount or balance.
    """
    aside = open_account(kind=Account.Kind.RESERVED, currency=money.currency, user_id=from_user_id)
    balance = open_account(kind=Account.Kind.BALANCE, currency=money.currency, user_id=to_user_id)
    return _move(Entry.Kind.UNRESERVE, (aside, balance), money, key, now)


def _move(
    kind: str, accounts: tuple[Account, Account], money: Money, key: str, now: datetime
) -> Entry:
    """Money from the first account to the second, unless the key did that already."""
    giving, getting = accounts
    held = _lock(giving, getting)
    is_known = Entry.objects.filter(key=key).exists()
    if not is_known and held[giving.number] < money.micro:
        raise AmountShortError(f"Account {giving.number} holds less than {money}.")
    return write_entry(
        kind=kind,
        key=key,
        # The balance: its holder is the one who asks for the entry's proof.
        subject=next(each.number for each in accounts if each.kind == Account.Kind.BALANCE),
        amounts=[Amount(giving.number, -money), Amount(getting.number, money)],
        now=now,
    )


def _lock(*accounts: Account) -> dict[int, int]:
    """What the accounts hold, locked in their order (docs/developing/architecture.md)."""
    rows = (
        Balance.objects.select_for_update()
        .filter(account__in=[account.number for account in accounts])
        .order_by("account_id")
    )
    return {row.account_id: row.amount_micro for row in rows}
