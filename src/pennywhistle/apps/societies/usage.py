"""What sales brought a society, work by work: from the verdicts that the sales were made on.

Thousands of sales share one verdict, so that they are counted by verdict first and taken apart
once for each.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db import connection

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.rights.models import Verdict
from pennywhistle.apps.societies.stretches import boundaries_between
from pennywhistle.apps.societies.uses import CLAIMS, Apart, Usage, Use, work_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.split import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.societies.models import Society
    from pennywhistle.apps.societies.stretches import Stretch

verdicts_read_at_once = 2_000


def usage_of(society: Society, currency: str, stretch: Stretch) -> Usage:
    """Count a society's money in a stretch of the log; it ties out to its account's postings."""
    usage = Usage(society, currency, stretch)
    account = Account.objects.filter(
        kind=Account.Kind.PAYEE, party=society.party_id, currency=currency
    ).first()
    number = account.number if account else -1
    _count_sales(usage, number)
    if account is not None:
        _count_others(usage, number)
    return usage


_SPAN = """
SELECT min(e.occurred_at), max(e.occurred_at)
FROM proof_leaf f JOIN ledger_entry e ON e.id = f.entry_id
WHERE f.log_index >= %(first)s AND f.log_index < %(end)s AND e.kind = 'sale'
"""

# A sale has one posting on the society's account. Those that have none, because all that they
# owe it is held, are found by the accounts that hold. What was refunded before the stretch ended is
# no use. A refund of an earlier stretch's sale, which was counted there, is among the others.
_SALES = """
WITH wanted AS (
  SELECT %(account)s::integer AS number
  UNION SELECT number FROM ledger_account
  WHERE kind IN ('held', 'unclaimed') AND currency = %(currency)s
)
SELECT l.verdict_id, width_bucket(e.occurred_at, %(boundaries)s::timestamptz[]) AS stretch,
  count(*), min(e.occurred_at), sum(p.own)
FROM (
  SELECT entry_id, sum(CASE WHEN account_id = %(account)s THEN amount_micro ELSE 0 END) AS own
  FROM ledger_posting
  WHERE accounts && ARRAY(SELECT number FROM wanted)
    AND account_id IN (SELECT number FROM wanted)
  GROUP BY entry_id
) p
JOIN proof_leaf f ON f.entry_id = p.entry_id
  AND f.log_index >= %(first)s AND f.log_index < %(end)s
JOIN ledger_entry e ON e.id = p.entry_id
JOIN orders_orderline l ON l.entry_id = p.entry_id
WHERE NOT EXISTS (
  SELECT FROM ledger_entry r
  JOIN proof_leaf rf ON rf.entry_id = r.id AND rf.log_index < %(end)s
  WHERE r.reverses_id = e.id)
GROUP BY l.verdict_id, stretch ORDER BY l.verdict_id, stretch
"""


def _count_sales(usage: Usage, account: int) -> None:
    parameters: dict[str, Any] = {
        "first": usage.stretch.first_index,
        "end": usage.stretch.end_index,
        "account": account,
        "currency": usage.currency,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SPAN, parameters)
        first, last = cursor.fetchone()
        if first is None:
            return
        parameters["boundaries"] = [first, *boundaries_between(usage.society, first, last)]
        cursor.execute(_SALES, parameters)
        groups = [(bytes(row[0]), *row[1:]) for row in cursor.fetchall()]
    for digest, document, rows in _with_documents(groups):
        if document["currency"] == usage.currency:
            for bucket, sale_count, used_at, own_micro in rows:
                seed = digest + bucket.to_bytes(4, "big")
                alike = _Alike(document, sale_count, used_at, int(own_micro), seed)
                _count_alike(usage, alike)


def _with_documents(
    groups: list[tuple[Any, ...]],
) -> Iterator[tuple[bytes, dict[str, Any], list[tuple[Any, ...]]]]:
    by_digest: dict[bytes, list[tuple[Any, ...]]] = defaultdict(list)
    for digest, *row in groups:
        by_digest[digest].append(tuple(row))
    digests = list(by_digest)
    for start in range(0, len(digests), verdicts_read_at_once):
        some = digests[start : start + verdicts_read_at_once]
        rows = Verdict.objects.filter(digest__in=some).values_list("digest", "document")
        documents = {bytes(digest): document for digest, document in rows}
        for digest in some:
            yield digest, documents[digest], by_digest[digest]


@dataclass(frozen=True, slots=True)
class _Alike:
    """Sales on one verdict, between two instants at which anything changes."""

    document: dict[str, Any]
    sale_count: int
    used_at: datetime
    own_micro: int
    seed: bytes

    @property
    def total_micro(self) -> int:
        """What all of them divided."""
        return self.sale_count * int(self.document["price_micro"] + self.document["subsidy_micro"])


def _count_alike(usage: Usage, alike: _Alike) -> None:
    document, total = alike.document, alike.total_micro
    party_id = usage.society.party_id
    paid: dict[str, Fraction] = defaultdict(Fraction)
    for _, licensor_id, subject, apart, text in document["usage"]:
        if licensor_id != party_id:
            continue
        share = Fraction(text)
        if apart:
            key = Apart(apart, subject, document["territory"], alike.used_at.year)
            usage.apart[key].add(0, share * total, alike.sale_count)
            if apart == CLAIMS:
                use = Use(work_of(subject), document["territory"], alike.used_at)
                usage.contested[use] += share * total
        else:
            paid[subject] += share
    whole = sum(paid.values(), Fraction(0))
    part = _part_of(document["parts"], party_id)
    assert whole <= part, "the fees of a licensor are within its part of the price"
    own_share = part - whole
    if not part:
        return
    micros = split(
        Money(alike.own_micro, usage.currency),
        shares=[own_share / part, *(share / part for share in paid.values())],
        seed=alike.seed,
    )
    usage.own_micro += micros[0].micro
    for (subject, share), money in zip(paid.items(), micros[1:], strict=True):
        use = Use(work_of(subject), document["territory"], alike.used_at)
        usage.uses[use].add(money.micro, share * total, alike.sale_count)


def _part_of(parts: Iterable[tuple[str, int, str, str, str]], party_id: int) -> Fraction:
    """The whole part of a price that goes to a party, for whatever."""
    for kind, whose, _, _, share in parts:
        if kind == Account.Kind.PAYEE and whose == party_id:
            return Fraction(share)
    return Fraction(0)


_OTHERS = """
SELECT e.id, e.kind, coalesce(e.key, ''), e.occurred_at, sum(p.amount_micro)
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id AND e.kind <> 'sale'
JOIN proof_leaf f ON f.entry_id = p.entry_id AND f.log_index >= %s AND f.log_index < %s
WHERE p.accounts @> ARRAY[%s]::integer[] AND p.account_id = %s
  AND NOT EXISTS (
    SELECT FROM proof_leaf sf
    WHERE sf.entry_id = e.reverses_id AND sf.log_index >= %s AND sf.log_index < %s)
GROUP BY e.id, f.log_index ORDER BY f.log_index
"""


def _count_others(usage: Usage, account: int) -> None:
    with connection.cursor() as cursor:
        stretch = [usage.stretch.first_index, usage.stretch.end_index]
        cursor.execute(_OTHERS, [*stretch, account, account, *stretch])
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
