"""What providers sent to the store's bank by the books, and no statement has shown yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.payments.bank.account import CODE
from pennywhistle.apps.payments.models import BankEnd
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.payments.models import BankEntry


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A sweep that was booked and has not arrived; `amount` is below zero for one that went."""

    key: str
    provider: str
    amount: Money
    at: datetime


def on_the_way(*, currency: str) -> list[OnTheWay]:
    """All of them in a currency, the oldest first."""
    numbers = dict(
        Account.objects.filter(kind=Account.Kind.CLEARING, currency=currency).values_list(
            "number", "code"
        )
    )
    bank = next((number for number, code in numbers.items() if code == CODE), None)
    if bank is None:
        return []
    arrived = BankEnd.objects.exclude(ledger_key="").values("ledger_key")
    entries = (
        Entry.objects.filter(kind=Entry.Kind.SWEEP, accounts__contains=[bank])
        .exclude(key__in=arrived)
        .order_by("occurred_at", "id")
    )
    return [found for entry in entries if (found := _read(entry, bank, numbers)) is not None]


def open_sweep(*, provider: str, amount: Money) -> str | None:
    """The key of the oldest one of a provider with exactly this amount."""
    for each in on_the_way(currency=amount.currency):
        if (each.provider, each.amount) == (provider, amount):
            return each.key
    return None


def entry_key(entry: BankEntry) -> str:
    """The name in the books of what a statement's entry moved."""
    return f"bank-entry:{entry.pk}"


def _read(entry: Entry, bank: int, numbers: dict[int, str]) -> OnTheWay | None:
    amounts = dict(zip(entry.accounts, entry.amounts_micro, strict=True))
    others = [number for number in amounts if number != bank]
    if len(others) != 1 or others[0] not in numbers:
        return None
    amount = Money(-amounts[bank], entry.currency)
    return OnTheWay(entry.key or "", numbers[others[0]], amount, entry.occurred_at)
