"""Entries as the log's lines: read from the books, salted, in order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from pennywhistle.engines.tlog.records import Line, line_salt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """An entry with all its lines, as the log's leaf covers them."""

    entry_id: UUID
    kind: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class OpenedLine:
    """One posting of an account on a page, in the page's order."""

    log_index: int
    line: Line


_ENTRIES = """
SELECT e.id, e.kind, e.occurred_at, e.item, e.price_micro, e.territory, s.secret,
  p.place - 1, p.account, p.amount_micro, e.currency
FROM ledger_entry e
CROSS JOIN unnest(e.accounts, e.amounts_micro) WITH ORDINALITY AS p(account, amount_micro, place)
JOIN proof_accountsecret s ON s.account_id = e.subject_id
WHERE e.id = ANY (%s) ORDER BY e.id, p.place
"""

_ACCOUNT_LINES = """
SELECT e.id, e.kind, e.occurred_at, e.item, e.price_micro, e.territory, s.secret,
  p.place - 1, p.account, p.amount_micro, e.currency, f.log_index
FROM proof_leaf f
JOIN ledger_entry e ON e.id = f.entry_id
CROSS JOIN unnest(e.accounts, e.amounts_micro) WITH ORDINALITY AS p(account, amount_micro, place)
JOIN proof_accountsecret s ON s.account_id = e.subject_id
WHERE f.log_index >= %s AND f.log_index < %s AND (%s::integer[] IS NULL OR p.account = ANY (%s))
ORDER BY f.log_index, p.place
"""


def open_entries(entry_ids: Sequence[UUID]) -> list[OpenedEntry]:
    """The entries with their lines; an entry without a secret is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [list(entry_ids)])
        rows = cursor.fetchall()
    kinds: dict[UUID, str] = {}
    lines: dict[UUID, list[Line]] = defaultdict(list)
    for row in rows:
        kinds[row[0]] = row[1]
        lines[row[0]].append(_line(row))
    return [OpenedEntry(entry_id, kinds[entry_id], tuple(lines[entry_id])) for entry_id in kinds]


def lines_by_account(
    *, first_index: int, end_index: int, accounts: Sequence[int] | None = None
) -> dict[int, list[OpenedLine]]:
    """Each account's lines in a stretch of the log, in the order of (log index, line)."""
    only = list(accounts) if accounts is not None else None
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNT_LINES, [first_index, end_index, only, only])
        rows = cursor.fetchall()
    found: dict[int, list[OpenedLine]] = defaultdict(list)
    for row in rows:
        line = _line(row)
        found[line.account].append(OpenedLine(row[11], line))
    return dict(found)


def micros_since_epoch(instant: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return int(instant.timestamp()) * 1_000_000 + instant.microsecond


def _line(row: tuple[Any, ...]) -> Line:
    entry_id, _, occurred_at, item, price, territory, secret, j, account, amount, currency = row[
        :11
    ]
    return Line(
        salt=line_salt(bytes(secret), entry_id.bytes, j),
        entry_id=entry_id.bytes,
        j=j,
        account=account,
        amount_micro=amount,
        currency=currency,
        item=item,
        price_micro=price,
        territory=territory,
        occurred_at_us=micros_since_epoch(occurred_at),
    )
