"""What is due on payees' accounts at a cut: earned until then, not paid before, and still there.

All sums are read from the books and the log in one statement, for one account or for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Sum

from pennywhistle.apps.contracts.queries import payable_now
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.payouts.models import Part
from pennywhistle.apps.payouts.models.payouts import STANDING_STATES
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from pennywhistle.apps.ledger.models import Account

# Entries that pay, bring back or convert: they count whenever they were written. So does what is
# passed on under a contract, which is reckoned by the same cuts (`apps.contracts`).
PAYING = (Entry.Kind.PAYOUT, Entry.Kind.RETURNED, Entry.Kind.CONVERSION)

_SUMS = """
SELECT p.account,
  coalesce(sum(p.amount) FILTER (
    WHERE e.kind = ANY (%(paying)s) OR e.item LIKE 'contract:%%' OR f.log_index < %(end)s), 0),
  sum(p.amount)
FROM ledger_entry e
CROSS JOIN unnest(e.accounts, e.amounts_micro) AS p(account, amount)
JOIN ledger_account a ON a.number = p.account
LEFT JOIN proof_leaf f ON f.entry_id = e.id
WHERE a.kind = 'payee' AND a.currency = %(currency)s AND e.currency = %(currency)s {one}
GROUP BY p.account
"""
_ONE = "AND p.account = %(account)s AND e.accounts @> ARRAY[%(account)s]::integer[]"


@dataclass(frozen=True, slots=True)
class Sums:
    """What an account has until a cut, less what was paid of it, and what it has by now."""

    until_cut: Money
    by_now: Money

    @property
    def due(self) -> Money:
        """The smaller one: what was refunded since the cut is not paid out first."""
        return min(self.until_cut, self.by_now)


def due_of(account: Account, sums: Sums, *, end_index: int, now: datetime) -> Money:
    """What may be paid of an account: without what contracts owe of it to others."""
    return payable_now(account=account, balance=sums.due, now=now, end_index=end_index)


def sums_of(account: Account, *, end_index: int) -> Sums:
    """The sums of one account."""
    found = _sums(account.currency, end_index, account.number)
    nothing = Money.zero(account.currency)
    return found.get(account.number, Sums(nothing, nothing))


def all_sums(*, currency: str, end_index: int) -> dict[int, Sums]:
    """The sums of every payee's account of a currency, by its number."""
    return _sums(currency, end_index, None)


def _sums(currency: str, end_index: int, account: int | None) -> dict[int, Sums]:
    said: dict[str, Any] = {
        "paying": list(PAYING),
        "end": end_index,
        "currency": currency,
        "account": account,
    }
    query = _SUMS.format(one="" if account is None else _ONE)
    with connection.cursor() as cursor:
        cursor.execute(query, said)
        rows = cursor.fetchall()
    return {
        number: Sums(Money(int(until_cut), currency), Money(int(by_now), currency))
        for number, until_cut, by_now in rows
    }


_BY_TERRITORY = """
SELECT p.account, e.territory, sum(p.amount)
FROM ledger_entry e
CROSS JOIN unnest(e.accounts, e.amounts_micro) AS p(account, amount)
JOIN proof_leaf f ON f.entry_id = e.id
WHERE e.accounts && %(accounts)s::integer[] AND p.account = ANY (%(accounts)s)
  AND f.log_index < %(end)s AND e.kind <> ALL (%(paying)s) AND e.territory <> ''
GROUP BY p.account, e.territory
"""


def due_by_territory(
    accounts: Collection[int], *, currency: str, end_index: int
) -> dict[int, dict[str, Money]]:
    """What uses in each territory brought accounts until a cut, less what payouts paid of it.

    Standing payouts wrote down each territory that they paid for, taxed or not: what was paid
    before a state's rate was on record is not taxed afterwards.
    """
    said: dict[str, Any] = {"accounts": list(accounts), "end": end_index, "paying": list(PAYING)}
    with connection.cursor() as cursor:
        cursor.execute(_BY_TERRITORY, said)
        rows = cursor.fetchall()
    due = {(number, territory): int(amount) for number, territory, amount in rows}
    paid = (
        Part.objects.filter(payout__source__in=said["accounts"])
        .filter(payout__state__in=STANDING_STATES)
        .order_by()
        .values("payout__source", "territory")
        .annotate(total=Sum("due_micro"))
        .values_list("payout__source", "territory", "total")
    )
    for number, territory, amount in paid:
        due[number, territory] = due.get((number, territory), 0) - int(amount)
    found: dict[int, dict[str, Money]] = {}
    for (number, territory), amount in sorted(due.items()):
        found.setdefault(number, {})[territory] = Money(amount, currency)
    return found
