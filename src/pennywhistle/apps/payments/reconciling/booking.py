"""Fees and payouts of a balance report go into the books, each once, by its own name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.payments.abilities import MovementKind
from pennywhistle.apps.payments.bank.account import CODE as BANK
from pennywhistle.apps.payments.costs import fee_code
from pennywhistle.apps.payments.models import ProviderMovement, Sweep
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_Kind = MovementKind
# What these cost is booked with the chargeback that they are of.
_WITH_THEIR_FEE = {_Kind.DISPUTE, _Kind.DISPUTE_WON}


def movement_key(movement: ProviderMovement, what: str) -> str:
    """The name in the books of what a line of a report moved."""
    return f"movement:{movement.provider}:{movement.ref}:{what}"


def book(*, movements: Sequence[ProviderMovement], now: datetime) -> None:
    """Book all fees, and what went to the bank or came back from there; the same again: nothing."""
    known = _booked(movements)
    for movement in movements:
        fee = movement.fee_micro if movement.kind not in _WITH_THEIR_FEE else 0
        if movement.kind == _Kind.FEE:
            fee -= movement.amount_micro
        if fee and movement_key(movement, "fee") not in known:
            _book_fee(movement, Money(fee, movement.currency), now)
    _book_payouts([each for each in movements if each.kind == _Kind.PAYOUT], known, now)
    for movement in movements:
        if movement.kind == _Kind.PAYOUT_FAILED and movement_key(movement, "back") not in known:
            _book_sweep(movement, "back", now)


def unbooked_payouts(movements: Iterable[ProviderMovement]) -> set[str]:
    """The names of payouts that wait because a sweep of their amount waits for a person."""
    due = {(each.provider, each.currency, each.amount_micro) for each in Sweep.objects.waiting()}
    payouts = [each for each in movements if each.kind == _Kind.PAYOUT]
    known = _booked(payouts)
    return {
        each.ref
        for each in payouts
        if (each.provider, each.currency, -each.amount_micro) in due
        and movement_key(each, "payout") not in known
    }


def _booked(movements: Iterable[ProviderMovement]) -> set[str | None]:
    keys = [movement_key(each, what) for each in movements for what in ("fee", "payout", "back")]
    return set(Entry.objects.filter(key__in=keys).values_list("key", flat=True))


def _book_fee(movement: ProviderMovement, fee: Money, now: datetime) -> None:
    """A fee above zero was kept; one below was given back."""
    there = _clearing(movement)
    cost = open_account(
        kind=Account.Kind.EXPENSE, currency=fee.currency, code=fee_code(movement.provider)
    )
    write_entry(
        kind=Entry.Kind.FEE,
        key=movement_key(movement, "fee"),
        subject=there.number,
        amounts=[Amount(there.number, fee), Amount(cost.number, -fee)],
        now=now,
    )


def _book_payouts(
    payouts: Sequence[ProviderMovement], known: set[str | None], now: datetime
) -> None:
    """Book those that an operator's sweeps do not account for: of each amount as many as are over.

    A sweep names no line of the report and a line no sweep, so they are counted by amount.
    """
    if not payouts:
        return
    waiting = unbooked_payouts(payouts)
    provider, currency = payouts[0].provider, payouts[0].currency
    rows = ProviderMovement.objects.of(provider=provider, currency=currency).filter(
        kind=_Kind.PAYOUT, amount_micro__in={each.amount_micro for each in payouts}
    )
    every = Counter(rows.values_list("amount_micro", flat=True))
    accounted = _accounted(provider, currency)
    for payout in payouts:
        if movement_key(payout, "payout") in known or payout.ref in waiting:
            continue
        if every[payout.amount_micro] > accounted[payout.amount_micro]:
            _book_sweep(payout, "payout", now)
            accounted[payout.amount_micro] += 1


def _accounted(provider: str, currency: str) -> Counter[int]:
    """How many sweeps to the bank of each amount (below zero) are in the books."""
    there = Account.objects.filter(
        kind=Account.Kind.CLEARING, currency=currency, code=provider
    ).first()
    if there is None:
        return Counter()
    rows = Entry.objects.filter(kind=Entry.Kind.SWEEP, accounts__contains=[there.number])
    moved = [
        amount
        for accounts, amounts in rows.values_list("accounts", "amounts_micro")
        for account, amount in zip(accounts, amounts, strict=True)
        if account == there.number and amount > 0
    ]
    return Counter(-amount for amount in moved)


def _book_sweep(movement: ProviderMovement, what: str, now: datetime) -> None:
    """What left the provider (an amount below zero) is the bank's; what came back is not."""
    there = _clearing(movement)
    bank = open_account(kind=Account.Kind.CLEARING, currency=movement.currency, code=BANK)
    amount = movement.amount
    write_entry(
        kind=Entry.Kind.SWEEP,
        key=movement_key(movement, what),
        subject=there.number,
        amounts=[Amount(there.number, -amount), Amount(bank.number, amount)],
        now=now,
    )


def _clearing(movement: ProviderMovement) -> Account:
    return open_account(
        kind=Account.Kind.CLEARING, currency=movement.currency, code=movement.provider
    )
