"""What the store's account holds, by the newest statement that says so."""

from __future__ import annotations

from django.db.models import Sum

from pennywhistle.apps.payments.bank.account import own_account
from pennywhistle.apps.payments.models import BankEntry, BankStatement
from pennywhistle.kernel.money import Money


def newest_statement(*, currency: str) -> BankStatement | None:
    """The one with the latest closing balance; None where none says what the account held."""
    account = own_account()
    if account is None:
        return None
    return BankStatement.objects.with_balance(account=account.iban, currency=currency).last()


def held_by_statements(*, currency: str) -> Money | None:
    """The closing balance of the newest statement, and what came and went on later days.

    None where none says what the account held.
    """
    newest = newest_statement(currency=currency)
    if newest is None or newest.closing_micro is None:
        return None
    later = BankEntry.objects.of_account(account=newest.account, currency=currency).filter(
        booked_on__gt=newest.closed_on
    )
    moved = later.aggregate(total=Sum("amount_micro"))["total"]
    return Money(newest.closing_micro + int(moved or 0), currency)
