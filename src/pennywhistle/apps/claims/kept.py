"""What is kept for recordings: of catalogs on their way, and where nobody knows what they play."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

from pennywhistle.apps.claims.models import TransferWord
from pennywhistle.apps.rights.models import Grant, Transfer
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from pennywhistle.apps.parties.models import Party

kept_shown_max = 200

# The accounts that keep something for recordings, by why: their kind, and how their codes begin.
_ACCOUNTS = {
    "transfer": ("held", "transfer:recording-%"),
    "unidentified": ("unclaimed", "unidentified:recording-%"),
}

# Where a page ended: since when, the recording, the currency.
Place = tuple["datetime", int, str]
# Of two suppliers, from one to the other.
Pair = tuple["Party", "Party"]


@dataclass(frozen=True, slots=True)
class KeptFor:
    """What is kept for a recording in one currency, why, and since which sale.

    `pairs` are the suppliers between whom its catalog goes, `word` what was said of it last.
    """

    why: str
    recording_id: int
    title: str
    isrc: str
    money: Money
    since: datetime
    pairs: tuple[Pair, ...]
    word: TransferWord | None

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return self.since, self.recording_id, self.money.currency


_KEPT = """
SELECT k.recording_id, r.title, coalesce(r.isrc, ''), k.currency, k.micro, k.since
FROM (
  SELECT substr(split_part(a.code, ':', 2), 11)::bigint AS recording_id,
    a.currency, sum(p.amount_micro) AS micro, min(e.occurred_at) AS since
  FROM ledger_account a
  JOIN ledger_posting p ON p.accounts @> ARRAY[a.number] AND p.account_id = a.number
  JOIN ledger_entry e ON e.id = p.entry_id
  WHERE a.kind = %s AND a.code LIKE %s
  GROUP BY 1, 2
) k JOIN catalog_recording r ON r.id = k.recording_id
WHERE k.micro > 0
  AND (k.since, k.recording_id, k.currency) > (%s::timestamptz, %s::bigint, %s::text)
ORDER BY k.since, k.recording_id, k.currency LIMIT %s
"""


def kept_for_recordings(
    *, why: str, after: Place | None = None, most: int = kept_shown_max
) -> list[KeptFor]:
    """What waits for somebody's word, the oldest first; so many at most, behind a place.

    `why`: "transfer" for catalogs on their way, "unidentified" where works are not known.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [*_ACCOUNTS[why], *(after or ("-infinity", 0, "")), most])
        rows = cursor.fetchall()
    moving = {row[0] for row in rows} if why == "transfer" else set()
    pairs, words = pairs_of(moving), _words_of(moving)
    return [
        KeptFor(
            why=why,
            recording_id=recording_id,
            title=title,
            isrc=isrc,
            money=Money(int(micro), currency),
            since=since,
            pairs=pairs.get(recording_id, ()),
            word=words.get(recording_id),
        )
        for recording_id, title, isrc, currency, micro, since in rows
    ]


def pairs_of(recording_ids: Collection[int]) -> dict[int, tuple[Pair, ...]]:
    """By recording: the suppliers between whom a catalog goes or went, both with deals for it."""
    tracks = Q(track__recording__in=recording_ids)
    albums = Q(track__isnull=True, release__tracks__recording__in=recording_ids)
    grants = Grant.objects.filter(tracks | albums)
    holders: dict[int, set[int]] = defaultdict(set)
    for own, of_album, licensor_id in grants.values_list(
        "track__recording", "release__tracks__recording", "licensor"
    ):
        holders[own or of_album].add(licensor_id)
    everybody = {licensor_id for found in holders.values() for licensor_id in found}
    transfers = Transfer.objects.filter(
        from_supplier__in=everybody, to_supplier__in=everybody
    ).select_related("from_supplier", "to_supplier")
    between = {
        (each.from_supplier_id, each.to_supplier_id): (each.from_supplier, each.to_supplier)
        for each in transfers.order_by("id")
    }
    return {
        recording_id: tuple(
            pair for ids, pair in between.items() if holders[recording_id].issuperset(ids)
        )
        for recording_id in recording_ids
    }


def _words_of(recording_ids: Collection[int]) -> dict[int, TransferWord]:
    found = {}
    for recording_id in recording_ids:
        words = TransferWord.objects.newest_for(recording_id=recording_id)
        if words:
            found[recording_id] = words[0]
    return found
