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
from pennywhistle.apps.proof.models import Announcement, Page
from pennywhistle.apps.statements.days import Days
from pennywhistle.apps.statements.pages import sealed_pages, stretch_of
from pennywhistle.engines.tlog.merkle import hash_size_bytes
from pennywhistle.engines.tlog.payee_audit import (
    digest_of_lines,
    first_page_of,
    statement_subject,
)
from pennywhistle.engines.tlog.records import PageLeaf

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.statements.pages import Stretch

logger = logging.getLogger(__name__)
ACCOUNTS_A_STEP = 20


@dataclass
class StatementsRound:
    """Where the round of the payees stands: all months in a row, none left out.

    A new process begins with the month that was announced last, which may lack some payees.
    """

    month: Days | None = None
    last_number: int = -1

    def step(self, *, now: datetime) -> bool:
        """Announce the statements of a few more payees; tells whether all have theirs."""
        self.month = self.month or _first_month()
        if self.month is None or self.month.ends_at > now:
            return True
        stretch = stretch_of(self.month)
        if stretch.end_index >= stretch.sealed_until:
            # The month's last page is only known as such once there is a later one.
            return True
        accounts = _payees_after(self.last_number, stretch)
        for account in accounts:
            issue(account=account, stretch=stretch, now=now)
        if len(accounts) == ACCOUNTS_A_STEP:
            self.last_number = accounts[-1].number
            return False
        self.month, self.last_number = self.month.month_after(), -1
        return self.month.ends_at > now


def _first_month() -> Days | None:
    """The month whose statements were announced last, or that of the first page; None without."""
    told = Announcement.objects.filter(kind=Announcement.Kind.STATEMENT).order_by("-id").first()
    pages = sealed_pages()
    if told is not None:
        pages = pages.filter(number__gte=first_page_of(told.subject))
    closed_at = pages.values_list("closed_at", flat=True).first()
    return None if closed_at is None else Days.month_of(closed_at.astimezone(UTC).date())


def _payees_after(number: int, stretch: Stretch) -> list[Account]:
    """The next few payees that are on a month's pages; those who came later are on none."""
    if stretch.last_number is None:
        return []
    on_pages = Page.objects.get(number=stretch.last_number).account_count
    payees = Account.objects.filter(kind=Account.Kind.PAYEE, number__gt=number, number__lt=on_pages)
    return list(payees.order_by("number")[:ACCOUNTS_A_STEP])


def issue(*, account: Account, stretch: Stretch, now: datetime) -> bool:
    """Announce an account's statement over a stretch of pages; False where it was announced."""
    assert stretch.first_number is not None
    assert stretch.last_number is not None
    numbers = stretch.first_number, stretch.last_number
    subject = statement_subject(account.number, *numbers)
    known = Announcement.objects.filter(kind=Announcement.Kind.STATEMENT, subject=subject).exists()
    digest = digest_of_lines(
        account=account.number,
        page_numbers=numbers,
        lines=_lines(account, numbers),
        totals=_totals(account, stretch),
    )
    try:
        announce(kind=Announcement.Kind.STATEMENT, subject=subject, digest=digest, now=now)
    except AnnouncedOtherwiseError:
        # It was announced before with something else: the books differ from the log.
        logger.exception("The statement %s differs from the one announced.", subject)
        return False
    return not known


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
