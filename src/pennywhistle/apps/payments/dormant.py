"""Balances that nobody has touched for years: some territories want them reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

YEAR = timedelta(days=365, hours=6)
rows_max = 1_000

# Signing in and the last movement of the balance, whichever is later; a payment that came to
# nothing moves nothing. A balance without movements has nothing on it.
_DORMANT = """
SELECT u.public_id, u.country, a.currency, b.amount_micro, seen.at
FROM ledger_balance b
JOIN ledger_account a ON a.number = b.account_id AND a.kind = 'balance'
JOIN users_user u ON u.id = a.user_id
CROSS JOIN LATERAL (
  SELECT greatest(coalesce(u.last_login, u.date_joined), (
    SELECT max(e.occurred_at) FROM ledger_entry e
    WHERE e.accounts @> ARRAY[a.number] AND e.subject_id = a.number)) AS at
) seen
WHERE b.amount_micro > 0 AND coalesce(u.last_login, u.date_joined) < %(before)s
  AND seen.at < %(before)s
ORDER BY u.country, seen.at, u.public_id LIMIT %(count)s
"""


@dataclass(frozen=True, slots=True)
class Dormant:
    """A balance, whose it is by public id, in which country, and when it was last touched."""

    user_public_id: str
    country: str
    balance: Money
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class DormantTotal:
    """What lies untouched in one territory and currency."""

    country: str
    count: int
    balance: Money


def dormant_balances(*, years: int, now: datetime) -> list[Dormant]:
    """Balances of people who neither signed in nor moved money for so long, by country."""
    with connection.cursor() as cursor:
        cursor.execute(_DORMANT, {"before": now - years * YEAR, "count": rows_max})
        rows = cursor.fetchall()
    return [
        Dormant(public_id, country, Money(amount, currency), seen_at)
        for public_id, country, currency, amount, seen_at in rows
    ]


def by_territory(found: list[Dormant]) -> list[DormantTotal]:
    """The sums for each territory and currency, in order."""
    totals: dict[tuple[str, str], DormantTotal] = {}
    for each in found:
        key = (each.country, each.balance.currency)
        so_far = totals.get(key, DormantTotal(each.country, 0, Money.zero(each.balance.currency)))
        totals[key] = DormantTotal(each.country, so_far.count + 1, so_far.balance + each.balance)
    return [totals[key] for key in sorted(totals)]
