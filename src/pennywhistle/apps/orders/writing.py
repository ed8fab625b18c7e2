"""Writing cleared purchases: one statement for all, which looks once more before it does."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection

from pennywhistle.apps.orders.payout import accounts_paid
from pennywhistle.apps.orders.relied import relied_on
from pennywhistle.machine.postgres.prepared import array, numbers, run_prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.orders.purchases import Cleared

written_verdicts_max = 100_000

_CHECK_OUT = """
SELECT orders_check_out(%s::pg_snapshot, %s, %s::jsonb, %s::uuid[], %s::bigint[], %s::text[],
  %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::smallint[], %s::uuid[], %s::text[],
  %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::smallint[], %s::smallint[],
  %s::smallint[], %s::jsonb, %s::integer[], %s::bigint[])
"""


# Verdicts that this process knows to be in the database for good; they are not sent again.
_written_verdicts: set[bytes] = set()


def write(cleared: Sequence[Cleared], *, snapshot: str | None) -> list[str]:
    """Write what is still so, and answer the database's word for each (migration 0009).

    `snapshot`: nothing that it was cleared by may have changed since. None: it was read just
    now, and what it relies on, and stops, are looked at once more.
    """
    try:
        ((words,),) = run_prepared(connection, _CHECK_OUT, _columns(cleared, snapshot))
    except IntegrityError:
        # The database may have been restored to before some of them.
        _written_verdicts.clear()
        raise
    if not connection.in_atomic_block and words[0] != "stale":
        if len(_written_verdicts) > written_verdicts_max:
            _written_verdicts.clear()
        _written_verdicts.update(sale.verdict.digest for each in cleared for sale in each.sales)
    return list(words)


def _columns(cleared: Sequence[Cleared], snapshot: str | None) -> list[str | None]:
    """The parameters of the function: orders, sales, what is relied on, what is credited."""
    sales = [(n, sale) for n, each in enumerate(cleared, 1) for sale in each.sales]
    documents = {
        sale.verdict.digest.hex(): sale.verdict.document
        for _, sale in sales
        if sale.verdict.digest not in _written_verdicts
    }
    paid = accounts_paid(
        [(sale.payout, sale.amounts) for _, sale in sales], currency=cleared[0].total.currency
    )
    lasts = list(itertools.accumulate(map(len, paid)))
    firsts = [1, *[last + 1 for last in lasts[:-1]]]
    return [
        snapshot,
        cleared[0].total.currency,
        json.dumps(documents),
        array(each.order_id for each in cleared),
        numbers(each.purchase.buyer_id for each in cleared),
        array(each.purchase.key for each in cleared),
        array(each.purchase.asked.hex() for each in cleared),
        array(each.purchase.territory for each in cleared),
        numbers(each.total.micro for each in cleared),
        array(f'"{each.purchase.now.isoformat()}"' for each in cleared),
        numbers(n for n, _ in sales),
        array(sale.id for _, sale in sales),
        array(sale.item for _, sale in sales),
        numbers(sale.price.micro for _, sale in sales),
        numbers(sale.ref.release_id for _, sale in sales),
        array(sale.ref.track_id for _, sale in sales),
        array(sale.verdict.digest.hex() for _, sale in sales),
        numbers(sale.owned_count for _, sale in sales),
        numbers(firsts),
        numbers(lasts),
        relied_on(cleared) if snapshot is None else None,
        numbers(itertools.chain.from_iterable(paid)),
        numbers(amount for _, sale in sales for amount in sale.amounts if amount),
    ]
