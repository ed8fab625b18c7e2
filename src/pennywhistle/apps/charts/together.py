"""What is bought together, from the purchases that count; never what few people bought."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from django.db import connection, transaction

from pennywhistle.apps.charts.limits import (
    buyers_of_both_min,
    others_max,
    releases_per_buyer_max,
    slices,
    together_looks_back,
)
from pennywhistle.apps.charts.making import COUNTED, begin
from pennywhistle.apps.charts.models import Together

if TYPE_CHECKING:
    from datetime import datetime

# A collector with ten thousand records makes no fifty million pairs.
_BOUGHT: LiteralString = """
CREATE TEMP TABLE charts_bought ON COMMIT DROP AS
SELECT payer_id, release_id FROM (
  SELECT payer_id, release_id,
    row_number() OVER (PARTITION BY payer_id ORDER BY max(bought_at) DESC, release_id DESC) AS n
  FROM ({counted}) c GROUP BY payer_id, release_id) latest
WHERE n <= %(per_buyer)s
"""
# Only what enough people bought can be bought together by enough; counted before pairs are made.
_THIN: LiteralString = """
DELETE FROM charts_bought b USING (
  SELECT release_id FROM charts_bought GROUP BY release_id HAVING count(*) < %s) few
WHERE b.release_id = few.release_id
"""
_PAIR: LiteralString = """
WITH sums AS MATERIALIZED (
  SELECT release_id, count(*) AS buyers FROM charts_bought GROUP BY release_id),
pairs AS (
  SELECT a.release_id, b.release_id AS other_id, count(*) AS both_count
  FROM charts_bought a
  JOIN charts_bought b ON b.payer_id = a.payer_id AND b.release_id <> a.release_id
  WHERE a.release_id %% %(slices)s = %(slice)s
  GROUP BY a.release_id, b.release_id HAVING count(*) >= %(least)s),
weighed AS (
  SELECT p.*, p.both_count * p.both_count * 1000000 / (s.buyers * o.buyers) AS weight
  FROM pairs p
  JOIN sums s ON s.release_id = p.release_id JOIN sums o ON o.release_id = p.other_id),
ranked AS (
  SELECT w.*, row_number() OVER (
    PARTITION BY release_id ORDER BY weight DESC, both_count DESC, other_id DESC) AS n
  FROM weighed w)
INSERT INTO charts_together (release_id, other_ids, buyer_counts, weights)
SELECT release_id, array_agg(other_id ORDER BY n), array_agg(both_count ORDER BY n),
  array_agg(weight ORDER BY n)
FROM ranked WHERE n <= %(most)s GROUP BY release_id
"""


@transaction.atomic
def pair_up(*, now: datetime) -> bool:
    """Find anew what is bought together, up to the last midnight (UTC); False where that was done.

    Once a day and not at once, so that nobody sees what a purchase of just now changed.
    """
    ends_at = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if not begin("together", ends_at=ends_at):
        return False
    window = {"begins_at": ends_at - together_looks_back, "ends_at": ends_at}
    with connection.cursor() as cursor:
        cursor.execute(
            _BOUGHT.format(counted=COUNTED), {**window, "per_buyer": releases_per_buyer_max}
        )
        cursor.execute(_THIN, [buyers_of_both_min])
        cursor.execute("CREATE INDEX ON charts_bought (payer_id)")
        cursor.execute("ANALYZE charts_bought")
        Together.objects.all().delete()
        for number in range(slices):
            wanted = {
                "slices": slices,
                "slice": number,
                "least": buyers_of_both_min,
                "most": others_max,
            }
            cursor.execute(_PAIR, wanted)
        cursor.execute("DROP TABLE charts_bought")
    return True
