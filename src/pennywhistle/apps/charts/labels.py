"""The index of labels by letter: a line for each label that has something on the shelves."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, LiteralString

from django.db import connection, transaction

from pennywhistle.apps.charts.limits import labels_per_write
from pennywhistle.apps.charts.models import LabelLine
from pennywhistle.engines.search import fold

if TYPE_CHECKING:
    from datetime import datetime

sort_key_length_max = 300
# Under it stand digits and whatever has no letter at its beginning.
OTHER = "0"

_HELD: LiteralString = """
SELECT l.label_id, p.name, l.releases FROM (
  SELECT label_id, count(*) AS releases FROM catalog_release
  WHERE published_at <= %(at)s AND (withdrawn_at IS NULL OR withdrawn_at > %(at)s)
  GROUP BY label_id) l
JOIN parties_party p ON p.id = l.label_id
"""


def place_of(name: str) -> tuple[str, str]:
    """Under which letter a name stands, and by what it is sorted there.

    Accents do not count, nor do signs in front: “…And Oceans” stands under A. Letters of every
    script have their own place.
    """
    folded = fold(name)
    start = next((at for at, sign in enumerate(folded) if sign.isalnum()), 0)
    key = folded[start : start + sort_key_length_max]
    first = key[:1]
    is_letter = unicodedata.category(first).startswith("L") if first else False
    return (first.upper()[:4] if is_letter else OTHER), key


@transaction.atomic
def index_labels(*, now: datetime) -> int:
    """Make the index equal to the catalog; answers how many lines changed. Again is harmless."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('charts_labels'))")
        cursor.execute(_HELD, {"at": now})
        held = {party_id: (name, count) for party_id, name, count in cursor.fetchall()}
    known = {
        party_id: (name, count)
        for party_id, name, count in LabelLine.objects.values_list(
            "party_id", "name", "release_count"
        )
    }
    gone = known.keys() - held.keys()
    changed = [party_id for party_id, line in held.items() if known.get(party_id) != line]
    LabelLine.objects.filter(party_id__in=gone).delete()
    LabelLine.objects.bulk_create(
        [_line(party_id, *held[party_id]) for party_id in changed],
        batch_size=labels_per_write,
        update_conflicts=True,
        unique_fields=["party_id"],
        update_fields=["name", "letter", "sort_key", "release_count"],
    )
    return len(gone) + len(changed)


def _line(party_id: int, name: str, count: int) -> LabelLine:
    letter, key = place_of(name)
    return LabelLine(party_id=party_id, name=name, letter=letter, sort_key=key, release_count=count)
