"""Taking a bank's file: every entry is kept once, in however many files it stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max, Min

from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.bank.account import own_account, plain_iban
from pennywhistle.apps.payments.bank.errors import StatementRefusedError
from pennywhistle.apps.payments.bank.matching import Matched, match_open
from pennywhistle.apps.payments.models import BankEntry, BankStatement
from pennywhistle.engines.bankfile import BankFileRefusedError, names_of, read_bank_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.engines.bankfile import BankLine, Statement

_source_name_length_max = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file; `is_known`: the same file was read before."""

    line_count: int
    new_count: int
    left_out_count: int
    matched: Matched
    is_known: bool = False


def take_file(*, data: bytes, source_name: str, user_id: int | None, now: datetime) -> Taken:
    """Read a statement and credit what it shows; the same file again does nothing.

    All of it is kept in one transaction, or nothing. Then each entry is looked at in one of its
    own, so that killing this at any point loses nothing: the clock goes on.

    Raises:
        BankFileRefusedError: it is no statement that can be read.
        StatementRefusedError: it is not of the store's account, or of another form than a file
            about the same days.
    """
    statements = read_bank_file(data, currency=the_store().currency)
    if not statements:
        raise BankFileRefusedError("no-lines", "The file holds no statement.")
    account = _account_of(statements)
    sha256 = hashlib.sha256(data).hexdigest()
    name = source_name.rpartition("/")[2][:_source_name_length_max] or "statement"
    is_known = BankStatement.objects.filter(sha256=sha256).exists()
    new_count = 0
    if not is_known:
        new_count = _keep(statements, account, (sha256, name, user_id), now)
    return Taken(
        line_count=sum(len(each.lines) for each in statements),
        new_count=new_count,
        left_out_count=sum(each.left_out for each in statements),
        matched=match_open(now=now),
        is_known=is_known,
    )


def _account_of(statements: Sequence[Statement]) -> str:
    """The store's account, of which all statements have to be; a table may not say it."""
    own = own_account()
    if own is None:
        raise StatementRefusedError("The store has no bank account in its settings.")
    for each in statements:
        said = plain_iban(each.account) or each.account
        if said and said != own.iban:
            raise StatementRefusedError(f"The statement is of {said[:40]}, not of {own.iban}.")
    return own.iban


@transaction.atomic
def _keep(
    statements: Sequence[Statement],
    account: str,
    source: tuple[str, str, int | None],
    now: datetime,
) -> int:
    # Two files that overlap are taken one after the other.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments_bankstatement'))")
    sha256, source_name, user_id = source
    if BankStatement.objects.filter(sha256=sha256).exists():
        return 0
    total = 0
    for ordinal, statement in enumerate(statements):
        _require_one_form(statement, account)
        # A table may say whose it is or not; its lines are the same.
        own = replace(statement, account=account)
        named = dict(zip(names_of(own), statement.lines, strict=True))
        moved = {name: line for name, line in named.items() if line.amount}
        known = set(BankEntry.objects.filter(name__in=list(moved)).values_list("name", flat=True))
        new = {name: line for name, line in moved.items() if name not in known}
        total += len(new)
        row = BankStatement.objects.create(
            sha256=sha256,
            ordinal=ordinal,
            form=statement.form,
            source_name=source_name,
            account=account,
            currency=_currency_of(statement),
            name=statement.name[:140],
            opening_micro=statement.opening.micro if statement.opening else None,
            closing_micro=statement.closing.micro if statement.closing else None,
            closed_on=statement.closed_on,
            line_count=len(statement.lines),
            new_count=len(new),
            read_at=now,
            read_by_id=user_id,
        )
        BankEntry.objects.bulk_create(
            [_row(name, line, row, now) for name, line in new.items()], batch_size=1_000
        )
    return total


def _currency_of(statement: Statement) -> str:
    if statement.closing is not None:
        return statement.closing.currency
    return statement.lines[0].amount.currency if statement.lines else the_store().currency


def _require_one_form(statement: Statement, account: str) -> None:
    """A table tells an entry in other words than camt: it would count as another, twice."""
    if not statement.lines:
        return
    days = [line.booked_on for line in statement.lines]
    others = BankEntry.objects.filter(account=account).exclude(statement__form=statement.form)
    span = others.aggregate(first=Min("booked_on"), last=Max("booked_on"))
    first, last = span["first"], span["last"]
    if first is not None and last is not None and min(days) <= last and first <= max(days):
        raise StatementRefusedError(
            f"Statements of another form cover {first} to {last}; this one is about "
            f"{min(days)} to {max(days)}. Read one form only, or every transfer counts twice."
        )


def _row(name: str, line: BankLine, statement: BankStatement, now: datetime) -> BankEntry:
    return BankEntry(
        name=name,
        statement=statement,
        account=statement.account,
        amount_micro=line.amount.micro,
        currency=line.amount.currency,
        booked_on=line.booked_on,
        value_on=line.value_on,
        bank_ref=line.bank_ref[:140],
        reference=line.reference[:140],
        end_to_end=line.end_to_end[:140],
        text=line.text[:1_000],
        other_name=line.other_name[:140],
        other_iban=line.other_iban[:34],
        is_return=line.is_return,
        return_reason=line.return_reason[:140],
        read_at=now,
    )
