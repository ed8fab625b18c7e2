"""Making the charts anew: each window in one transaction, from the purchases that count.

Twice for the same hour is harmless; a run that was killed is done again by the next one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, LiteralString

from django.db import connection, transaction

from pennywhistle.apps.charts.limits import buyers_min, places_max
from pennywhistle.apps.charts.models import Chart, Making
from pennywhistle.apps.charts.reading import is_all_read

if TYPE_CHECKING:
    from datetime import datetime

WINDOWS = {
    Chart.Window.DAY: timedelta(days=1),
    Chart.Window.WEEK: timedelta(days=7),
    Chart.Window.MONTH: timedelta(days=30),
}

# What counts in a window, as it is known now: whoever joined a label since, or gave something
# back, is left out too.
COUNTED: LiteralString = """
  SELECT p.payer_id, p.release_id, p.track_id, p.territory, p.bought_at, r.genre_id
  FROM charts_purchase p
  JOIN catalog_release r ON r.id = p.release_id
  WHERE p.bought_at >= %(begins_at)s AND p.bought_at < %(ends_at)s AND p.left_out = ''
    AND NOT EXISTS (SELECT FROM orders_refund f WHERE f.line_id = p.entry_id)
    AND NOT EXISTS (SELECT FROM users_user u WHERE u.id = p.payer_id AND u.is_staff)
    AND NOT EXISTS (SELECT FROM parties_membership m
                    WHERE m.user_id = p.payer_id AND m.party_id = ANY (p.party_ids))"""

_PLACE: LiteralString = "CASE WHEN grouping(c.territory) = 1 THEN '' ELSE c.territory END"
# What has no genre is in no genre's chart.
_GENRE: LiteralString = (
    "CASE WHEN grouping(c.genre_id) = 1 THEN 0 ELSE coalesce(c.genre_id, -1) END"
)

_MAKE: LiteralString = """
WITH counted AS MATERIALIZED (SELECT * FROM ({counted}) all_of_them WHERE {item} IS NOT NULL),
places AS (
  SELECT {place} AS place, {genre} AS genre, c.{item} AS item,
    count(DISTINCT c.payer_id) AS buyers
  FROM counted c
  GROUP BY GROUPING SETS ((c.{item}), (c.territory, c.{item}), (c.genre_id, c.{item}),
                          (c.territory, c.genre_id, c.{item}))
  HAVING count(DISTINCT c.payer_id) >= %(least)s),
ranked AS (
  SELECT p.*, row_number() OVER (PARTITION BY place, genre ORDER BY buyers DESC, item DESC) AS n
  FROM places p WHERE genre >= 0),
best AS (
  SELECT place, genre, array_agg(item ORDER BY n) AS items, array_agg(buyers ORDER BY n) AS counts
  FROM ranked WHERE n <= %(most)s GROUP BY place, genre),
totals AS (
  SELECT {place} AS place, {genre} AS genre, count(DISTINCT c.payer_id) AS buyers,
    count(*) AS purchases
  FROM counted c
  GROUP BY GROUPING SETS ((), (c.territory), (c.genre_id), (c.territory, c.genre_id))
  HAVING count(DISTINCT c.payer_id) >= %(least)s)
INSERT INTO charts_chart (kind, "window", territory, genre_id, begins_at, ends_at, buyer_count,
  purchase_count, item_ids, buyer_counts)
SELECT %(kind)s, %(window)s, t.place, t.genre, %(begins_at)s, %(ends_at)s, t.buyers, t.purchases,
  coalesce(b.items, ARRAY[]::bigint[]), coalesce(b.counts, ARRAY[]::bigint[])
FROM totals t LEFT JOIN best b ON b.place = t.place AND b.genre = t.genre
WHERE t.genre >= 0
ON CONFLICT (kind, "window", territory, genre_id) DO UPDATE SET
  begins_at = excluded.begins_at, ends_at = excluded.ends_at, item_ids = excluded.item_ids,
  buyer_count = excluded.buyer_count, purchase_count = excluded.purchase_count,
  buyer_counts = excluded.buyer_counts
"""
_ITEMS: dict[Chart.Kind, LiteralString] = {
    Chart.Kind.RELEASES: "release_id",
    Chart.Kind.TRACKS: "track_id",
}


def make_charts(*, now: datetime) -> int:
    """Make the charts up to the last full hour; answers how many windows were made.

    None where that was done, or where the log does not hold all sales of that time yet: then the
    earlier charts stay, and say themselves from when to when they count.
    """
    ends_at = now.replace(minute=0, second=0, microsecond=0)
    if not is_all_read(before=ends_at):
        return 0
    return sum(_make(window, ends_at) for window in WINDOWS)


@transaction.atomic
def _make(window: Chart.Window, ends_at: datetime) -> bool:
    name, begins_at = f"chart-{window}", ends_at - WINDOWS[window]
    if not begin(name, ends_at=ends_at):
        return False
    for kind, item in _ITEMS.items():
        statement = _MAKE.format(counted=COUNTED, item=item, place=_PLACE, genre=_GENRE)
        wanted: dict[str, Any] = {
            "kind": kind.value,
            "window": window.value,
            "begins_at": begins_at,
            "ends_at": ends_at,
            "least": buyers_min,
            "most": places_max,
        }
        with connection.cursor() as cursor:
            cursor.execute(statement, wanted)
    Chart.objects.filter(window=window).exclude(ends_at=ends_at).delete()
    return True


def begin(name: str, *, ends_at: datetime) -> bool:
    """Note, until the transaction ends, that a list is made; False where it is, or was."""
    first = [Making(name=name, ends_at=ends_at - timedelta(days=36_500))]
    Making.objects.bulk_create(first, ignore_conflicts=True)
    mine = Making.objects.select_for_update(skip_locked=True)
    if not mine.filter(name=name, ends_at__lt=ends_at).exists():
        return False
    Making.objects.filter(name=name).update(ends_at=ends_at)
    return True
