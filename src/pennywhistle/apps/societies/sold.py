"""What sales brought a society, work by work, and what their refunds took from it again.

Both are told from the verdicts that the sales were made on. Thousands of sales share one verdict,
so that they are counted by verdict first and taken apart once for each.
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

verdicts_read_at_once = 2_000

# A sale has one posting on the society's account, and its refund the negative of it. Those that
# have none, because all that they owe it is held, are found by the accounts that hold.
_MOVED = """
WITH wanted AS (
  SELECT %(account)s::integer AS number
  UNION SELECT number FROM ledger_account
  WHERE kind IN ('held', 'unclaimed') AND currency = %(currency)s
), p AS (
  SELECT entry_id, sum(CASE WHEN account_id = %(account)s THEN amount_micro ELSE 0 END) AS own
  FROM ledger_posting
  WHERE accounts && ARRAY(SELECT number FROM wanted)
    AND account_id IN (SELECT number FROM wanted)
  GROUP BY entry_id
)
SELECT l.verdict_id, width_bucket(e.occurred_at, %(boundaries)s::timestamptz[]) AS stretch,
  count(*), min(e.occurred_at), sum(p.own)
FROM p JOIN proof_leaf f ON f.entry_id = p.entry_id
  AND f.log_index >= %(first)s AND f.log_index < %(end)s
"""
_BY_VERDICT = "GROUP BY l.verdict_id, stretch ORDER BY l.verdict_id, stretch"

_SPAN_OF_SALES = """
SELECT min(e.occurred_at), max(e.occurred_at)
FROM proof_leaf f JOIN ledger_entry e ON e.id = f.entry_id
WHERE f.log_index >= %(first)s AND f.log_index < %(end)s AND e.kind = 'sale'
"""
# What was refunded in the same stretch is no use.
_SALES = f"""{_MOVED}
JOIN ledger_entry e ON e.id = p.entry_id
JOIN orders_orderline l ON l.entry_id = e.id
WHERE NOT EXISTS (
  SELECT FROM ledger_entry r
  JOIN proof_leaf rf ON rf.entry_id = r.id
    AND rf.log_index >= %(first)s AND rf.log_index < %(end)s
  WHERE r.reverses_id = e.id)
{_BY_VERDICT}"""

_SPAN_OF_REFUNDED = """
SELECT min(e.occurred_at), max(e.occurred_at)
FROM proof_leaf f JOIN ledger_entry r ON r.id = f.entry_id AND r.kind = 'refund'
JOIN ledger_entry e ON e.id = r.reverses_id
WHERE f.log_index >= %(first)s AND f.log_index < %(end)s
"""
# The refund of a sale that was counted in another stretch.
_REFUNDED = f"""{_MOVED}
JOIN ledger_entry r ON r.id = p.entry_id AND r.kind = 'refund'
JOIN ledger_entry e ON e.id = r.reverses_id
JOIN orders_orderline l ON l.entry_id = e.id
WHERE NOT EXISTS (
  SELECT FROM proof_leaf sf
  WHERE sf.entry_id = e.id AND sf.log_index >= %(first)s AND sf.log_index < %(end)s)
{_BY_VERDICT}"""


def count_sales(usage: Usage, account: int) -> None:
    """Add what the sales of the stretch brought, without those that were refunded in it."""
    _count(usage, account, _SPAN_OF_SALES, _SALES, 1)


def count_refunds(usage: Usage, account: int) -> None:
    """Take off what refunds of other stretches' sales cost: uses below zero, of when it was used.

    They were counted as uses then, and may be distributed by now.
    """
    _count(usage, account, _SPAN_OF_REFUNDED, _REFUNDED, -1)


def _count(usage: Usage, account: int, span: str, found: str, sign: int) -> None:
    parameters: dict[str, Any] = {
        "first": usage.stretch.first_index,
        "end": usage.stretch.end_index,
        "account": account,
        "currency": usage.currency,
    }
    with connection.cursor() as cursor:
        cursor.execute(span, parameters)
        first, last = cursor.fetchone()
        if first is None:
            return
        parameters["boundaries"] = [first, *boundaries_between(usage.society, first, last)]
        cursor.execute(found, parameters)
        groups = [(bytes(row[0]), *row[1:]) for row in cursor.fetchall()]
    for digest, document, rows in _with_documents(groups):
        if document["currency"] == usage.currency:
            for bucket, count, used_at, own_micro in rows:
                seed = digest + bucket.to_bytes(4, "big")
                alike = _Alike(document, count, used_at, sign * int(own_micro), seed, sign)
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
    """Sales on one verdict, between two instants at which anything changes; or their refunds.

    The parts of refunds are those of their sales, negated: `sign` is -1.
    """

    document: dict[str, Any]
    sale_count: int
    used_at: datetime
    own_micro: int
    seed: bytes
    sign: int

    @property
    def total_micro(self) -> int:
        """What all of them divided."""
        return self.sale_count * int(self.document["price_micro"] + self.document["subsidy_micro"])


def _count_alike(usage: Usage, alike: _Alike) -> None:
    document, sign, total = alike.document, alike.sign, alike.sign * alike.total_micro
    party_id = usage.society.party_id
    paid: dict[str, Fraction] = defaultdict(Fraction)
    for _, licensor_id, subject, apart, text in document["usage"]:
        if licensor_id != party_id:
            continue
        share = Fraction(text)
        if apart:
            key = Apart(apart, subject, document["territory"], alike.used_at.year)
            usage.apart[key].add(0, share * total, sign * alike.sale_count)
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
    usage.own_micro += sign * micros[0].micro
    for (subject, share), money in zip(paid.items(), micros[1:], strict=True):
        use = Use(work_of(subject), document["territory"], alike.used_at)
        usage.uses[use].add(sign * money.micro, share * total, sign * alike.sale_count)


def _part_of(parts: Iterable[tuple[str, int, str, str, str]], party_id: int) -> Fraction:
    """The whole part of a price that goes to a party, for whatever."""
    for kind, whose, _, _, share in parts:
        if kind == Account.Kind.PAYEE and whose == party_id:
            return Fraction(share)
    return Fraction(0)
