"""Balances that nobody has touched for years: some territories want them reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

YEAR = timedelta(days=365, hours=6)
rows_max = 1_000

# Signing in and the last movement of the balance or of what is set aside, whichever is later; a
# payment that came to nothing moves nothing. An account without movements has nothing on it.
_FOUND = """
WITH held AS (
  SELECT a.user_id, a.currency, array_agg(a.number) AS numbers,
    sum(b.amount_micro) FILTER (WHERE a.kind = 'balance') AS balance_micro,
    sum(b.amount_micro) FILTER (WHERE a.kind = 'reserved') AS reserved_micro
  FROM ledger_balance b
  JOIN ledger_account a ON a.number = b.account_id AND a.kind IN ('balance', 'reserved')
  JOIN users_user u ON u.id = a.user_id
  WHERE coalesce(u.last_login, u.date_joined) < %(before)s
  GROUP BY a.user_id, a.currency
  HAVING sum(b.amount_micro) > 0
), found AS (
  SELECT u.public_id, u.country, held.currency,
    coalesce(held.balance_micro, 0) AS balance_micro,
    coalesce(held.reserved_micro, 0) AS reserved_micro, seen.at
  FROM held JOIN users_user u ON u.id = held.user_id
  CROSS JOIN LATERAL (
    SELECT greatest(coalesce(u.last_login, u.date_joined), (
      SELECT max(e.occurred_at) FROM ledger_entry e
      WHERE e.accounts && held.numbers)) AS at
  ) seen
  WHERE seen.at < %(before)s
)
"""
_EACH = f"""{_FOUND}
SELECT public_id, country, currency, balance_micro, reserved_micro, at
FROM found ORDER BY country, at, public_id, currency LIMIT %(count)s
"""  # noqa: S608 (text from this file)
_SUMS = f"""{_FOUND}
SELECT country, currency, count(*), sum(balance_micro), sum(reserved_micro)
FROM found GROUP BY country, currency ORDER BY country, currency
"""  # noqa: S608 (text from this file)


@dataclass(frozen=True, slots=True)
class Dormant:
    """A balance, whose it is by public id, in which country, and when it was last touched.

    `reserved` is set aside beside it, for pre-orders and gifts that nobody took.
    """

    user_public_id: str
    country: str
    balance: Money
    reserved: Money
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class DormantTotal:
    """What lies untouched in one territory and currency: of how many, on balances, set aside."""

    country: str
    count: int
    balance: Money
    reserved: Money


def dormant_balances(*, years: int, now: datetime) -> list[Dormant]:
    """Money of people who neither signed in nor moved any for so long, by country.

    At most `rows_max` of them: `dormant_totals` counts all.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EACH, {"before": now - years * YEAR, "count": rows_max})
        rows = cursor.fetchall()
    return [
        Dormant(public_id, country, _money(on_it, currency), _money(aside, currency), seen_at)
        for public_id, country, currency, on_it, aside, seen_at in rows
    ]


def dormant_totals(*, years: int, now: datetime) -> list[DormantTotal]:
    """The sums of all of it for each territory and currency, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"before": now - years * YEAR})
        rows = cursor.fetchall()
    return [
        DormantTotal(country, count, _money(on_it, currency), _money(aside, currency))
        for country, currency, count, on_it, aside in rows
    ]


def _money(micro: Decimal, currency: str) -> Money:
    """PostgreSQL's sums of whole numbers are decimals."""
    return Money(int(micro), currency)
