"""What came to a society in a stretch of the log, work by work, whichever entries brought it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.societies.sold import count_refunds, count_sales
from pennywhistle.apps.societies.uses import Usage, Use, work_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.split import split

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.societies.models import Society
    from pennywhistle.apps.societies.stretches import Stretch


def usage_of(society: Society, currency: str, stretch: Stretch) -> Usage:
    """Count a society's money in a stretch of the log; it ties out to its account's postings."""
    usage = Usage(society, currency, stretch)
    account = Account.objects.filter(
        kind=Account.Kind.PAYEE, party=society.party_id, currency=currency
    ).first()
    number = account.number if account else -1
    count_sales(usage, number)
    count_refunds(usage, number)
    if account is not None:
        _count_others(usage, number)
    return usage


_OTHERS = """
SELECT e.id, e.kind, coalesce(e.key, ''), e.occurred_at, sum(p.amount_micro)
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id AND e.kind NOT IN ('sale', 'refund')
JOIN proof_leaf f ON f.entry_id = p.entry_id AND f.log_index >= %s AND f.log_index < %s
WHERE p.accounts @> ARRAY[%s]::integer[] AND p.account_id = %s
GROUP BY e.id, f.log_index ORDER BY f.log_index
"""


def _count_others(usage: Usage, account: int) -> None:
    with connection.cursor() as cursor:
        stretch = [usage.stretch.first_index, usage.stretch.end_index]
        cursor.execute(_OTHERS, [*stretch, account, account])
        rows = cursor.fetchall()
    for entry_id, kind, key, occurred_at, amount in rows:
        micro = int(amount)
        if kind == "release" and (work_id := _work_released(key)):
            _count_released(usage, entry_id, work_id, occurred_at, micro)
        elif kind == "release" and key.startswith("society:"):
            _count_late(usage, entry_id, micro)
        elif kind == "distribution":
            _count_distribution(usage, entry_id, micro)
        else:
            usage.other_micro += micro


def _work_released(key: str) -> int:
    """The work by the key of an entry that moved its money; 0 where it is of no work.

    `claims:work-17:…`, or `claims:recording-5:work-17:…` where it was unknown at the sale that the
    recording plays it.
    """
    pieces = key.split(":")
    works = [piece for piece in pieces[1:3] if piece.startswith("work-")]
    return work_of(works[0]) if works and pieces[0] == "claims" else 0


_KEPT = """
SELECT a.code, -p.amount_micro FROM ledger_posting p
JOIN ledger_account a ON a.number = p.account_id AND a.kind IN ('held', 'unclaimed')
WHERE p.entry_id = %s ORDER BY a.number
"""


def _count_released(
    usage: Usage, entry_id: UUID, work_id: int, occurred_at: datetime, micro: int
) -> None:
    """Money of a work that a dispute moved to the society or away from it, or that found its work.

    Where it was used, the codes of the accounts say that kept it or that keep it now.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [entry_id])
        kept = [(code.split(":"), moved) for code, moved in cursor.fetchall()]
    sign = 1 if micro > 0 else -1
    weights = [(code, sign * moved) for code, moved in kept if sign * moved > 0]
    if not weights:
        usage.uses[Use(work_id, "", occurred_at)].add(micro, micro)
        return
    whole = sum(moved for _, moved in weights)
    parts = split(
        Money(abs(micro), usage.currency),
        shares=[Fraction(moved, whole) for _, moved in weights],
        seed=entry_id.bytes,
    )
    for (code, _), money in zip(weights, parts, strict=True):
        territory, year = code[-2], int(code[-1])
        used_at = occurred_at
        if year != occurred_at.year:
            # The last instant of the year in which it was earned.
            used_at = occurred_at.replace(
                year=year, month=12, day=31, hour=23, minute=59, second=59, microsecond=0
            )
        use = Use(work_id, territory, used_at)
        usage.uses[use].add(sign * money.micro, sign * money.micro)
        if sign < 0:
            usage.contested[use] += money.micro


_RECEIVED_LATE = """
SELECT l.work_id, l.territory, l.used_at, p.gross_micro - p.deduction_micro
FROM societies_latepayment p JOIN societies_distributionline l ON l.id = p.line_id
WHERE p.entry_id = %s AND p.party_id = %s ORDER BY p.id
"""


# What came back to the society makes up, whole, for what was taken from it; the deduction of then
# it gives itself. What another society takes back from this one is missing of the use.
_CAME_BACK = """
SELECT l.work_id, t.territory, l.used_at, t.gross_micro
FROM societies_takenback t JOIN societies_distributionline l ON l.id = t.line_id
JOIN societies_distribution d ON d.id = l.distribution_id
WHERE t.entry_id = %(entry)s AND d.society_id = %(party)s
UNION ALL SELECT l.work_id, l.territory, l.used_at, t.deduction_micro - t.gross_micro
FROM societies_takenback t JOIN societies_distributionline l ON l.id = t.line_id
WHERE t.entry_id = %(entry)s AND t.party_id = %(party)s
"""


def _count_late(usage: Usage, entry_id: UUID, micro: int) -> None:
    """What another society had kept and paid on, or takes back; or what this one keeps of such."""
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVED_LATE, [entry_id, usage.society.party_id])
        moved = cursor.fetchall()
        cursor.execute(_CAME_BACK, {"entry": entry_id, "party": usage.society.party_id})
        moved += cursor.fetchall()
    for work_id, territory, used_at, part in moved:
        usage.uses[Use(work_id, territory, used_at)].add(part, part)
    usage.other_micro += micro - sum(part for *_, part in moved)


_RECEIVED = """
SELECT l.work_id, l.territory, l.used_at, l.net_micro
FROM societies_distributionentry d
JOIN societies_distributionline l ON l.distribution_id = d.distribution_id
WHERE d.entry_id = %s AND l.party_id = %s ORDER BY l.number
"""


def _count_distribution(usage: Usage, entry_id: UUID, micro: int) -> None:
    """What another society passed on, work by work; or what this one distributed."""
    if micro < 0:
        usage.distributed_micro += micro
        return
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVED, [entry_id, usage.society.party_id])
        for work_id, territory, used_at, net in cursor.fetchall():
            usage.uses[Use(work_id, territory, used_at)].add(net, net)
