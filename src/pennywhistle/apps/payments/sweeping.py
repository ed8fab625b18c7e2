"""Each day: what providers hold and should go to the store's bank, where nobody can freeze it.

What is due is written down; an operator moves it, by the provider where that can, and it is booked.
Buyers' balances are then backed by money in a bank, not by an account that a provider may close.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.abilities import PaysOut
from pennywhistle.apps.payments.holdings import BANK, held_by_books, holding_of
from pennywhistle.apps.payments.limits import round_amount
from pennywhistle.apps.payments.models import Sweep
from pennywhistle.apps.payments.models.doors import reason_length_max
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.kernel.money import Money, micro_per_minor_unit

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

# Less than about so many dollars is left where it is.
least_factor = 10


class SweepError(Exception):
    """Nothing was booked."""

    code = "sweep"


class SweepEndedError(SweepError):
    """It was moved or dropped before, in other words."""

    code = "sweep-ended"


class SweepWordsError(SweepError):
    """How it was moved, or why it is not, stands on record."""

    code = "sweep-words"


class SweepTooMuchError(SweepError):
    """By the books the provider holds less by now."""

    code = "sweep-too-much"


class CannotPayOutError(SweepError):
    """The provider sends money nowhere by itself; move it on its own pages."""

    code = "cannot-pay-out"


def propose_sweeps(*, now: datetime) -> int:
    """Write down what each provider should give up today; answers how many are due.

    Once a day and provider. What is due from an earlier day and was not moved is part of it.
    """
    currency, count = the_store().currency, 0
    for code in providers.codes():
        if code != BANK:
            amount = _movable(code, currency)
            if amount >= round_amount(currency, least_factor):
                _propose(code, amount, now)
                count += 1
    return count


@transaction.atomic
def settle_sweep(
    *, sweep_id: UUID, is_moved: bool, words: str, user_id: int, now: datetime
) -> Sweep:
    """Book that it is on its way to the bank, or drop it; the same again changes nothing.

    Raises SweepWordsError, SweepEndedError, SweepTooMuchError.
    """
    if not words.strip():
        raise SweepWordsError("Write how it was moved, or why not.")
    sweep = Sweep.objects.select_for_update().get(id=sweep_id)
    state = Sweep.State.MOVED if is_moved else Sweep.State.DROPPED
    if sweep.state != Sweep.State.DUE:
        if sweep.state != state:
            raise SweepEndedError(f"It is {sweep.state} already.")
        return sweep
    if is_moved:
        _book(sweep, now)
    sweep.state, sweep.words = state, words.strip()[:reason_length_max]
    sweep.decided_by_id, sweep.settled_at = user_id, now
    sweep.save(update_fields=["state", "words", "decided_by", "settled_at"])
    return sweep


def send_sweep(*, sweep_id: UUID, user_id: int, now: datetime) -> Sweep:
    """Let the provider send it to the store's bank, which it knows, and book that.

    No transaction is open while the provider is asked. Killed in between, the same again finds the
    payout that was made, because its key is the sweep's.

    Raises:
        CannotPayOutError: the provider cannot.
        ProviderError: it refuses, or does not answer.
        SweepError: one of the kinds of `settle_sweep`.
    """
    sweep = Sweep.objects.get(id=sweep_id)
    if sweep.state != Sweep.State.DUE:
        return sweep
    provider = providers.provider(sweep.provider)
    if not isinstance(provider, PaysOut):
        raise CannotPayOutError(f"{sweep.provider} sends nothing by itself.")
    sent = provider.pay_out(key=f"sweep-{sweep.id}", amount=sweep.amount, account="")
    words = f"{sweep.provider} {sent.ref}"
    return settle_sweep(sweep_id=sweep_id, is_moved=True, words=words, user_id=user_id, now=now)


def can_send(code: str) -> bool:
    """Whether the provider can send it by itself."""
    try:
        return isinstance(providers.provider(code), PaysOut)
    except ProviderError:
        return False


def _movable(code: str, currency: str) -> Money:
    """Whole coins that are there, by the books and, where it says so, by the provider."""
    found = holding_of(code, currency=currency, is_asked=True)
    amount = found.by_books
    if found.funds is not None:
        amount = min(amount, found.funds.available)
    return Money(amount.micro - amount.micro % micro_per_minor_unit(currency), currency)


@transaction.atomic
def _propose(code: str, amount: Money, now: datetime) -> None:
    day = now.astimezone(UTC).date()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments_sweep'))")
    mine = Sweep.objects.filter(provider=code, currency=amount.currency)
    if mine.filter(day=day).exists():
        return
    mine.waiting().update(
        state=Sweep.State.DROPPED, words=f"Part of what is due on {day}.", settled_at=now
    )
    Sweep.objects.create(
        provider=code,
        currency=amount.currency,
        day=day,
        amount_micro=amount.micro,
        created_at=now,
    )


def _book(sweep: Sweep, now: datetime) -> None:
    if held_by_books(sweep.provider, currency=sweep.currency) < sweep.amount:
        raise SweepTooMuchError(f"{sweep.provider} holds less than {sweep.amount}.")
    there = open_account(kind=Account.Kind.CLEARING, currency=sweep.currency, code=sweep.provider)
    bank = open_account(kind=Account.Kind.CLEARING, currency=sweep.currency, code=BANK)
    write_entry(
        kind=Entry.Kind.SWEEP,
        key=f"sweep:{sweep.id}",
        subject=there.number,
        amounts=[Amount(there.number, sweep.amount), Amount(bank.number, -sweep.amount)],
        now=now,
    )
