"""Reading the log on, and keeping what was bought, as charts count it.

The till knows nothing of this. The place in the log moves in the transaction that writes what was
read: a crash loses nothing, and nothing is counted twice.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, LiteralString

from django.db import connection, transaction

from pennywhistle.apps.charts.limits import (
    batch_entries_max,
    batches_per_run_max,
    purchases_kept_for,
    removed_per_run_max,
)
from pennywhistle.apps.charts.models import Purchase, Reading
from pennywhistle.apps.charts.rules import Sale, left_out
from pennywhistle.apps.parties.models import Membership
from pennywhistle.apps.proof.models import Leaf, Waiting
from pennywhistle.apps.users.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

# A gift is its giver's purchase: who takes it has paid nothing.
_SALES: LiteralString = """
SELECT e.id, coalesce(g.giver_id, o.buyer_id), l.release_id, l.track_id, o.territory,
  e.occurred_at, l.price_micro,
  coalesce((v.document->>'asked_micro')::bigint, l.price_micro),
  coalesce((v.document->>'paid_micro')::bigint, 0),
  v.document->'parts', r.supplier_id, r.label_id,
  ARRAY(SELECT a.party_id FROM catalog_releaseartist a WHERE a.release_id = r.id)
FROM ledger_entry e
JOIN orders_orderline l ON l.entry_id = e.id
JOIN orders_order o ON o.id = l.order_id
JOIN rights_verdict v ON v.digest = l.verdict_id
JOIN catalog_release r ON r.id = l.release_id
LEFT JOIN gifts_gift g ON g.order_id = o.id
WHERE e.id = ANY (%s) AND e.kind = 'sale'
ORDER BY e.occurred_at, e.id
"""


def read_sales(*, now: datetime) -> int:
    """Keep what was sold since the last time; answers how many entries of the log were read.

    A second worker that comes meanwhile reads nothing.
    """
    read = 0
    for _ in range(batches_per_run_max):
        count = _read_batch()
        read += count
        if count < batch_entries_max:
            break
    _forget(before=now - purchases_kept_for)
    return read


def is_all_read(*, before: datetime) -> bool:
    """Whether everything that happened before an instant is in the log, and was read there.

    In a busy store something of just now is always on its way.
    """
    reading = Reading.objects.filter(id=1).first()
    unread = Leaf.objects.filter(log_index__gte=reading.next_index if reading else 0)
    waiting = Waiting.objects.filter(entry__occurred_at__lt=before)
    return not (unread.filter(entry__occurred_at__lt=before).exists() or waiting.exists())


@transaction.atomic
def _read_batch() -> int:
    Reading.objects.bulk_create([Reading(id=1)], ignore_conflicts=True)
    reading = Reading.objects.select_for_update(skip_locked=True).filter(id=1).first()
    if reading is None:
        return 0
    leaves = list(
        Leaf.objects.filter(log_index__gte=reading.next_index)
        .order_by("log_index")
        .values_list("log_index", "entry_id")[:batch_entries_max]
    )
    if not leaves:
        return 0
    _keep([entry_id for _, entry_id in leaves])
    Reading.objects.filter(id=1).update(next_index=leaves[-1][0] + 1)
    return len(leaves)


def _keep(entry_ids: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SALES, [list(entry_ids)])
        rows = cursor.fetchall()
    if not rows:
        return
    payers = {row[1] for row in rows}
    acts_for = _parties_of(payers)
    operators = set(User.objects.filter(id__in=payers, is_staff=True).values_list("id", flat=True))
    counted = _counted_of(payers, {row[2] for row in rows})
    made = []
    for row in rows:
        sale = _sale(row)
        why = left_out(
            sale,
            acts_for=acts_for[sale.payer_id],
            is_operator=sale.payer_id in operators,
            counted=counted,
        )
        if not why:
            counted.add(sale.once)
        made.append(_purchase(row, sale, why))
    Purchase.objects.bulk_create(made, ignore_conflicts=True)


def _sale(row: tuple[Any, ...]) -> Sale:
    _, payer_id, release_id, track_id, _, _, price, asked, before, parts, *holders = row
    supplier_id, label_id, artist_ids = holders
    found = json.loads(parts) if isinstance(parts, str) else parts or []
    payees = {party_id for kind, party_id, *_ in found if kind == "payee" and party_id}
    return Sale(
        payer_id=payer_id,
        release_id=release_id,
        track_id=track_id,
        price_micro=price,
        asked_micro=asked,
        before_micro=before,
        party_ids=frozenset({supplier_id, label_id, *artist_ids, *payees}),
    )


def _purchase(row: tuple[Any, ...], sale: Sale, why: str) -> Purchase:
    return Purchase(
        entry_id=row[0],
        payer_id=sale.payer_id,
        release_id=sale.release_id,
        track_id=sale.track_id,
        territory=row[4],
        bought_at=row[5],
        party_ids=sorted(sale.party_ids),
        left_out=why,
    )


def _parties_of(user_ids: Iterable[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = Membership.objects.filter(user__in=list(user_ids)).values_list("user_id", "party_id")
    for user_id, party_id in rows:
        found[user_id].add(party_id)
    return found


def _counted_of(
    payer_ids: Iterable[int], release_ids: Iterable[int]
) -> set[tuple[int, int, int | None]]:
    rows = Purchase.objects.filter(
        payer_id__in=list(payer_ids), release_id__in=list(release_ids), left_out=""
    )
    return set(rows.values_list("payer_id", "release_id", "track_id"))


def _forget(*, before: datetime) -> None:
    old = Purchase.objects.filter(bought_at__lt=before).values("pk")[:removed_per_run_max]
    Purchase.objects.filter(pk__in=old).delete()
