"""Announcing each payee's statement of a month that has ended: from then on it has one version.

The keeper does it for every payee's account, with sales or without, so that the public does not
see who sold something. Nobody has to ask for a statement first.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.proof.announcing import AnnouncedOtherwiseError, announce
from pennywhistle.apps.proof.models import Announcement
from pennywhistle.apps.statements.days import Days
from pennywhistle.apps.statements.pages import stretch_of
from pennywhistle.engines.tlog.merkle import hash_size_bytes
from pennywhistle.engines.tlog.payee_audit import digest_of_lines, statement_subject
from pennywhistle.engines.tlog.records import PageLeaf

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.statements.pages import Stretch

logger = logging.getLogger(__name__)
ACCOUNTS_A_STEP = 20


@dataclass
class StatementsRound:
    """Where the round of the payees stands; it begins anew with each process and each month."""

    month: Days | None = None
    last_number: int = -1

    def step(self, *, now: datetime) -> bool:
        """Announce the statements of a few more payees; tells whether all have theirs."""
        month = Days.month_before(now.astimezone(UTC).date())
        if month != self.month:
            self.month, self.last_number = month, -1
        stretch = stretch_of(month)
        if not stretch.page_count or stretch.end_index >= stretch.sealed_until:
            # The month's last page is only known as such once there is a later one.
            return True
        payees = Account.objects.filter(kind=Account.Kind.PAYEE, number__gt=self.last_number)
        accounts = list(payees.order_by("number")[:ACCOUNTS_A_STEP])
        for account in accounts:
            issue(account=account, stretch=stretch, now=now)
        # New payees are on no page of last month.
        self.last_number = accounts[-1].number if accounts else self.last_number
        return len(accounts) < ACCOUNTS_A_STEP


def issue(*, account: Account, stretch: Stretch, now: datetime) -> bool:
    """Announce an account's statement over a stretch of pages; False where it was announced."""
    assert stretch.first_number is not None
    assert stretch.last_number is not None
    numbers = stretch.first_number, stretch.last_number
    subject = statement_subject(account.number, *numbers)
    known = Announcement.objects.filter(kind=Announcement.Kind.STATEMENT, subject=subject)
    if known.exists():
        return False
    digest = digest_of_lines(
        account=account.number,
        page_numbers=numbers,
        lines=_lines(account, numbers),
        totals=_totals(account, stretch),
    )
    try:
        announce(kind=Announcement.Kind.STATEMENT, subject=subject, digest=digest, now=now)
    except AnnouncedOtherwiseError:
        # Another keeper was first, and found something else: the books differ from the log.
        logger.exception("The statement %s differs from the one announced.", subject)
        return False
    return True


# Of a page's lines, only the account's own is read.
_LINES = """
SELECT number, account_count, first_index, end_index, lines_root,
  substring(line_hashes FROM %s FOR %s)
FROM proof_page WHERE number BETWEEN %s AND %s ORDER BY number
"""
_TOTALS = """
SELECT e.currency, sum(p.amount)
FROM proof_leaf f
JOIN ledger_entry e ON e.id = f.entry_id
CROSS JOIN unnest(e.accounts, e.amounts_micro) AS p(account, amount)
WHERE f.log_index >= %s AND f.log_index < %s AND p.account = %s AND e.accounts @> ARRAY[%s]
GROUP BY e.currency
"""


def _lines(account: Account, numbers: tuple[int, int]) -> list[tuple[bytes, bytes]]:
    start = account.number * hash_size_bytes + 1
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [start, hash_size_bytes, *numbers])
        rows = cursor.fetchall()
    return [
        (PageLeaf(number, count, first, end, bytes(root)).hash(), bytes(line))
        for number, count, first, end, root, line in rows
    ]


def _totals(account: Account, stretch: Stretch) -> dict[str, int]:
    stretch_and_account = [stretch.first_index, stretch.end_index, account.number, account.number]
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, stretch_and_account)
        return {currency: int(amount) for currency, amount in cursor.fetchall()}
