"""Whether the door is set up well, for `pennywhistle doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max

from pennywhistle.apps.payments.abilities import Finding, Level
from pennywhistle.apps.payments.bank.account import bic_of, printed_iban
from pennywhistle.apps.payments.models import BankEntry, BankOrder, BankStatement

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.payments.bank.account import OwnAccount

statement_age_days_max = 4


def findings(*, account: OwnAccount, currency: str, now: datetime) -> list[Finding]:
    """What an operator should know."""
    return [
        _account(account),
        _currency(currency),
        _statements(now),
        _waiting(),
    ]


def _account(account: OwnAccount) -> Finding:
    known = bic_of(account.iban)
    said = f"{printed_iban(account.iban)} of {account.name}"
    if account.bic and known and not known.startswith(account.bic[:8]):
        cure = f"That account's bank is {known}, not {account.bic}; correct one of the two."
        return Finding("account", Level.DOUBTFUL, said, cure)
    return Finding("account", Level.RIGHT, said)


def _currency(currency: str) -> Finding:
    if currency == "EUR":
        return Finding("currency", Level.RIGHT, "Buyers may scan a QR code.")
    cure = "Buyers type it by hand; orders back are given to the bank by hand, too."
    return Finding("currency", Level.DOUBTFUL, f"SEPA is in euro, the store in {currency}.", cure)


def _statements(now: datetime) -> Finding:
    read_at = BankStatement.objects.aggregate(last=Max("read_at"))["last"]
    cure = "Read one every working day: `pennywhistle bank statement FILE`."
    if read_at is None:
        return Finding("statements", Level.DOUBTFUL, "No statement was read yet.", cure)
    days = (now - read_at).days
    level = Level.DOUBTFUL if days > statement_age_days_max else Level.RIGHT
    said = f"The newest was read {days} days ago."
    return Finding("statements", level, said, cure if level is Level.DOUBTFUL else "")


def _waiting() -> Finding:
    entries = BankEntry.objects.open().count()
    orders = BankOrder.objects.to_order().count()
    said = f"{entries} entries and {orders} transfers back wait for a person."
    if not entries and not orders:
        return Finding("waiting", Level.RIGHT, "Nothing waits for a person.")
    return Finding("waiting", Level.DOUBTFUL, said, "Look at Office, Money, Bank.")
