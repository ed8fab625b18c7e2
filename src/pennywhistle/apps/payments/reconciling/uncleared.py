"""What is on its way between the books and a provider or the bank, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.payments.bank.account import CODE as BANK
from pennywhistle.apps.payments.bank.sweeps import on_the_way
from pennywhistle.apps.payments.models import (
    BankEntry,
    BankOrder,
    BankStatement,
    Difference,
    Payback,
    ProviderMovement,
    TopUp,
)
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date


@dataclass(frozen=True, slots=True)
class Uncleared:
    """Money that one side has and the other has not, or not yet; `amount` is what theirs has more.

    `what` is one of: top-up, payback, sweep, entry, order, difference. `is_sure`: it explains a
    difference; a top-up that waits may never be paid.
    """

    what: str
    name: str
    amount: Money
    since: datetime
    is_sure: bool = True

    def age_days(self, at: datetime) -> int:
        """How many whole days."""
        return max(0, (at - self.since).days)


def clearing_accounts() -> list[tuple[str, str]]:
    """Code and currency of each account that money is cleared on, booked on or not yet."""
    books = Account.objects.filter(kind=Account.Kind.CLEARING).values_list("code", "currency")
    told = ProviderMovement.objects.order_by().values_list("provider", "currency").distinct()
    read = BankStatement.objects.order_by().values_list("currency", flat=True).distinct()
    return sorted({*books, *told, *((BANK, currency) for currency in read)})


def uncleared_of(*, code: str, currency: str) -> list[Uncleared]:
    """All of it for one clearing account, the oldest first."""
    found = [*_of_any(code, currency), *(_of_bank(currency) if code == BANK else [])]
    return sorted(found, key=lambda each: (each.since, each.what, each.name))


def _of_any(code: str, currency: str) -> Iterator[Uncleared]:
    if code != BANK:
        for top_up in TopUp.objects.open().filter(provider=code, currency=currency):
            amount = Money(top_up.amount_micro, currency)
            yield Uncleared("top-up", str(top_up.id), amount, top_up.created_at, is_sure=False)
        paybacks = Payback.objects.open().filter(top_up__provider=code, currency=currency)
        for payback in paybacks:
            amount = Money(payback.amount_micro, currency)
            yield Uncleared("payback", str(payback.id), amount, payback.created_at, is_sure=False)
    for each in Difference.objects.open().filter(provider=code, currency=currency):
        # The sum of everything is no line of it.
        if each.kind not in {Difference.Kind.BALANCE, Difference.Kind.GAP}:
            yield Uncleared("difference", each.subject, each.amount, each.found_at)


def _of_bank(currency: str) -> Iterator[Uncleared]:
    for sweep in on_the_way(currency=currency):
        yield Uncleared("sweep", f"{sweep.provider} {sweep.key}", -sweep.amount, sweep.at)
    for entry in BankEntry.objects.open().filter(currency=currency):
        since = _start(entry.booked_on)
        yield Uncleared("entry", entry.other_name or f"entry {entry.pk}", entry.amount, since)
    for order in BankOrder.objects.open().filter(currency=currency):
        yield Uncleared("order", order.name, order.amount, order.made_at)


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
