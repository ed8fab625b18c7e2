"""Opening accounts and writing entries."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.ledger.models import Account, Entry, Posting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.kernel.money import Money


class LedgerError(Exception):
    """The books refuse."""

    code = "ledger"


class UnbalancedError(LedgerError):
    """The amounts of an entry do not sum to zero, or one of them is nothing."""

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
        UnbalancedError: the amounts do not sum to zero in each currency, or there are none.
        EntryDiffersError: the key's first entry has other amounts.
    """
    _check_balance(amounts)
    entry, is_new = Entry.objects.get_or_create(
        key=key,
        defaults={
            "id": uuid.uuid4(),
            "kind": kind,
            "occurred_at": now,
            "subject_id": subject,
            "item": item,
        },
    )
    if is_new:
        Posting.objects.bulk_create(
            Posting(
                account_id=amount.account,
                entry=entry,
                line=line,
                amount_micro=amount.money.micro,
                currency=amount.money.currency,
            )
            for line, amount in enumerate(amounts)
        )
    else:
        _require_same(entry, kind, amounts)
    return entry


def _require_same(entry: Entry, kind: str, amounts: Sequence[Amount]) -> None:
    written = Posting.objects.filter(entry=entry).order_by("line")
    known = list(written.values_list("account_id", "amount_micro", "currency"))
    asked = [(amount.account, amount.money.micro, amount.money.currency) for amount in amounts]
    if known != asked or entry.kind != kind:
        raise EntryDiffersError(f"{entry.key} was already written with other amounts.")


def _check_balance(amounts: Sequence[Amount]) -> None:
    if not amounts:
        raise UnbalancedError("An entry moves something.")
    sums: Counter[str] = Counter()
    for amount in amounts:
        if not amount.money:
            raise UnbalancedError(f"Nothing moves on account {amount.account}.")
        sums[amount.money.currency] += amount.money.micro
    for currency, left in sums.items():
        if left:
            raise UnbalancedError(f"The amounts in {currency} leave {left} micro-units over.")
