"""A person says what an entry is that the store could not tell: by a posting, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.bank.account import CODE
from pennywhistle.apps.payments.bank.errors import DecisionError
from pennywhistle.apps.payments.bank.matching import credit_user
from pennywhistle.apps.payments.bank.orders import order_back
from pennywhistle.apps.payments.bank.sweeps import entry_key, open_sweep
from pennywhistle.apps.payments.costs import fee_code
from pennywhistle.apps.payments.models import BankEnd, BankEntry
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

_How = BankEnd.How
_Kind = Account.Kind


@dataclass(frozen=True, slots=True)
class Decision:
    """What an entry is, by whom, and why; `holder_id`: whose balance, `provider`: which door."""

    entry_id: int
    how: str
    reason: str
    user_id: int
    holder_id: int | None = None
    provider: str = ""


@transaction.atomic
def decide_entry(*, decision: Decision, now: datetime) -> BankEnd:
    """End an entry as a person says; one that has ended stays as it is.

    Raises:
        DecisionError: it cannot be that, or no reason is given.
        OrderError: it is to go back, and nobody knows where to.
    """
    entry = BankEntry.objects.select_for_update().get(id=decision.entry_id)
    known = BankEnd.objects.filter(entry=entry).first()
    if known is not None:
        return known
    reason = decision.reason.strip()
    if not reason:
        raise DecisionError("Say why: the reason stays on record.")
    if decision.how == _How.CREDITED:
        return _credited(entry, decision, reason, now)
    if decision.how == _How.BACK:
        return _back(entry, decision, reason, now)
    # A payout is booked where it is settled, on its own page.
    key = "" if decision.how == _How.PAYEE else _booked(entry, decision, now)
    return BankEnd.objects.create(
        entry=entry,
        how=decision.how,
        reason=reason,
        user_id=decision.user_id,
        ledger_key=key,
        ended_at=now,
    )


def _credited(entry: BankEntry, decision: Decision, reason: str, now: datetime) -> BankEnd:
    if entry.amount_micro < 0 or decision.holder_id is None:
        raise DecisionError("Say whose balance it is; only money that came can be credited.")
    if entry.currency != the_store().currency:
        raise DecisionError(f"Balances are not kept in {entry.currency}; send it back.")
    return credit_user(
        entry=entry,
        holder_id=decision.holder_id,
        reason=reason,
        user_id=decision.user_id,
        now=now,
    )


def _back(entry: BankEntry, decision: Decision, reason: str, now: datetime) -> BankEnd:
    """It never was in the books, and is not when it has gone."""
    order_back(entry=entry, now=now)
    return BankEnd.objects.create(
        entry=entry, how=_How.BACK, reason=reason, user_id=decision.user_id, ended_at=now
    )


def _booked(entry: BankEntry, decision: Decision, now: datetime) -> str:
    """Write what moved between the store's bank and the other side; answers with its key."""
    bank = open_account(kind=_Kind.CLEARING, currency=entry.currency, code=CODE)
    kind = Entry.Kind.SWEEP
    if decision.how == _How.SWEPT:
        if not decision.provider or decision.provider == CODE:
            raise DecisionError("Say which provider paid it out.")
        known = open_sweep(provider=decision.provider, amount=entry.amount)
        if known is not None:
            return known
        other = open_account(kind=_Kind.CLEARING, currency=entry.currency, code=decision.provider)
    elif decision.how == _How.FEE:
        kind = Entry.Kind.FEE
        other = open_account(kind=_Kind.EXPENSE, currency=entry.currency, code=fee_code(CODE))
    elif decision.how == _How.OWN:
        other = open_account(kind=_Kind.STORE, currency=entry.currency)
    else:
        raise DecisionError("An entry cannot be decided so.")
    key = entry_key(entry)
    amount = Money(entry.amount_micro, entry.currency)
    write_entry(
        kind=kind,
        key=key,
        subject=bank.number,
        amounts=[Amount(other.number, amount), Amount(bank.number, -amount)],
        now=now,
    )
    return key
