"""Opening accounts and writing entries."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.ledger.models import Account, Entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.kernel.money import Money


class LedgerError(Exception):
    """The books refuse."""

    code = "ledger"


class UnbalancedError(LedgerError):
    """The amounts of an entry do not sum to zero in one currency, or one of them is nothing."""

    code = "entry-unbalanced"


class EntryDiffersError(LedgerError):
    """The same key came with other amounts; the books keep the first ones."""

    code = "entry-differs"


@dataclass(frozen=True, slots=True)
class Amount:
    """What one account gains (positive) or gives (negative) by an entry."""

    account: int
    money: Money


@transaction.atomic
def open_account(
    *,
    kind: str,
    currency: str,
    user_id: int | None = None,
    party_id: int | None = None,
    code: str = "",
) -> Account:
    """The holder's account in a currency, opened if there is none; the next number is its."""
    holder = {"kind": kind, "currency": currency, "user_id": user_id, "party_id": party_id}
    found = Account.objects.filter(**holder, code=code).first()
    if found is not None:
        return found
    with connection.cursor() as cursor:
        # Held until the commit: the database's guard takes the same lock and counts again.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger_account_number'))")
    found = Account.objects.filter(**holder, code=code).first()
    if found is not None:
        return found
    # A buyer's account gets its balance row from the database (migration 0002).
    return Account.objects.create(**holder, code=code, number=_next_number())


def _next_number() -> int:
    last = Account.objects.order_by("-number").values_list("number", flat=True).first()
    return 0 if last is None else last + 1


@transaction.atomic
def write_entry(
    *,
    kind: str,
    key: str,
    subject: int,
    amounts: Sequence[Amount],
    now: datetime,
    item: str = "",
) -> Entry:
    """Write an entry of the books once; the same key again answers with the first entry.

    Sales are written by `apps.orders.check_out`, many at once and under the same guards.

    Raises:
        UnbalancedError: the amounts do not sum to zero in one currency, or there are none.
        EntryDiffersError: the key's first entry has other amounts.
    """
    currency = _check_balance(amounts)
    accounts = [amount.account for amount in amounts]
    amounts_micro = [amount.money.micro for amount in amounts]
    entry, is_new = Entry.objects.get_or_create(
        key=key,
        defaults={
            "id": uuid.uuid4(),
            "kind": kind,
            "occurred_at": now,
            "subject_id": subject,
            "item": item,
            "currency": currency,
            "accounts": accounts,
            "amounts_micro": amounts_micro,
        },
    )
    written = (entry.kind, entry.currency, entry.accounts, entry.amounts_micro)
    if not is_new and written != (kind, currency, accounts, amounts_micro):
        raise EntryDiffersError(f"{key} was already written with other amounts.")
    return entry


def _check_balance(amounts: Sequence[Amount]) -> str:
    """The currency of amounts that balance."""
    if not amounts:
        raise UnbalancedError("An entry moves something.")
    currency = amounts[0].money.currency
    for amount in amounts:
        if not amount.money:
            raise UnbalancedError(f"Nothing moves on account {amount.account}.")
        if amount.money.currency != currency:
            raise UnbalancedError("An entry is in one currency.")
    left = sum(amount.money.micro for amount in amounts)
    if left:
        raise UnbalancedError(f"The amounts in {currency} leave {left} micro-units over.")
    return currency
