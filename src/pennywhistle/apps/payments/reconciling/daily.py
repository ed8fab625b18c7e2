"""Once a day: read what providers report, book what it costs, and say what differs."""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.bank.account import CODE as BANK
from pennywhistle.apps.payments.bank.account import own_account
from pennywhistle.apps.payments.bank.matching import match_open
from pennywhistle.apps.payments.models import BankStatement, Difference, ProviderMovement
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.apps.payments.reconciling.booking import book
from pennywhistle.apps.payments.reconciling.comparing import (
    Found,
    compare,
    movements_to_look_at,
)
from pennywhistle.apps.payments.reconciling.differing import note
from pennywhistle.apps.payments.reconciling.reports import read_report
from pennywhistle.apps.payments.reconciling.sent_back import ask_about_sent_back
from pennywhistle.apps.payments.reconciling.uncleared import clearing_accounts, uncleared_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

logger = logging.getLogger(__name__)
_Of = Difference.Kind
_statements_max = 400


def reconcile_all(*, now: datetime) -> int:
    """Every clearing account, whatever happens to the one before; answers how many differences."""
    match_open(now=now)
    count = 0
    for code in sorted({*providers.codes(), *(code for code, _ in clearing_accounts())}):
        try:
            count += reconcile_one(code=code, now=now)
        except ProviderError as error:
            logger.warning("%s could not be compared with the books: %s", code, error)
    return count


def reconcile_one(*, code: str, now: datetime) -> int:
    """One provider's accounts; the same again changes nothing. Raises ProviderError."""
    changed = read_report(code=code, now=now) if code in providers.codes() else []
    ask_about_sent_back(code=code, now=now)
    currencies = [currency for known, currency in clearing_accounts() if known == code]
    held = {currency: _held(code, currency) for currency in currencies}
    return sum(
        _reconcile(code, currency, amount, changed, now) for currency, amount in held.items()
    )


@transaction.atomic
def _reconcile(
    code: str, currency: str, held: Money | None, changed: Iterable[str], now: datetime
) -> int:
    movements = movements_to_look_at(code=code, currency=currency, now=now)
    book(movements=movements, now=now)
    found = compare(code=code, currency=currency, movements=movements, now=now)
    found += _changed(code, currency, changed)
    if code == BANK:
        found += _gaps(currency)
    note(code=code, currency=currency, found=found, now=now)
    rest = _rest(code, currency, held)
    if rest is not None:
        found.append(rest)
    return note(code=code, currency=currency, found=found, now=now)


def _rest(code: str, currency: str, held: Money | None) -> Found | None:
    """What the sums differ by beyond all that is on its way or open, if they do."""
    if held is None:
        return None
    account = Account.objects.filter(
        kind=Account.Kind.CLEARING, currency=currency, code=code
    ).first()
    by_books = -sum_of(account) if account is not None else Money.zero(currency)
    off = held - by_books
    perhaps = Money.zero(currency)
    for each in uncleared_of(code=code, currency=currency):
        if each.is_sure:
            off -= each.amount
        else:
            perhaps += each.amount
    if Money.zero(currency) <= off <= perhaps:
        return None
    said = f"It holds {held}, the books say {by_books}; what is on its way explains all but this."
    return Found(_Of.BALANCE, "balance", off.micro, said)


def _changed(code: str, currency: str, refs: Iterable[str]) -> list[Found]:
    rows = ProviderMovement.objects.filter(provider=code, currency=currency, ref__in=list(refs))
    said = "The report said something else of this line before, which is what is kept."
    return [Found(_Of.AMOUNT, f"line:{row.ref}:changed", 0, said) for row in rows.order_by("ref")]


def _gaps(currency: str) -> list[Found]:
    """Statements that do not begin with what the one before ended with."""
    account = own_account()
    if account is None:
        return []
    rows = BankStatement.objects.with_balance(account=account.iban, currency=currency)
    ends = list(rows.reverse()[:_statements_max])[::-1]
    found = []
    for before, after in pairwise(ends):
        starts = {row.opening_micro for row in ends if row.closed_on == after.closed_on}
        is_same_day = before.closed_on == after.closed_on
        if is_same_day or after.opening_micro is None or before.closing_micro in starts:
            continue
        off = after.opening_micro - (before.closing_micro or 0)
        said = f"Between the statements of {before.closed_on} and {after.closed_on} one is missing."
        found.append(Found(_Of.GAP, f"{after.account}:{after.closed_on}", off, said))
    return found


def _held(code: str, currency: str) -> Money | None:
    if code not in providers.codes():
        return None
    return providers.provider(code).holding(currency=currency)
