"""How many people own what: the number that ranks what search finds, counted anew by the clock.

An account owns an item once, so entitlements that stand are different people; who acts for the
label, the supplier or an artist of a release does not count. Nobody's number grows by buying the
same thing again, and one who bought a release's tracks singly counts once for the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from typing import LiteralString

# Until so many, every buyer is noted; then a number waits until it has grown by an eighth, so that
# a release that sells all day is not indexed all day.
_exact_max, _grown_by = 20, 8

_COUNT: LiteralString = """
WITH counted AS (
  SELECT e.release_id, e.track_id, count(DISTINCT e.buyer_id)::int AS buyers
  FROM orders_entitlement e JOIN catalog_release r ON r.id = e.release_id
  WHERE e.ended_at IS NULL AND NOT EXISTS (
    SELECT FROM parties_membership m WHERE m.user_id = e.buyer_id AND (
      m.party_id IN (r.label_id, r.supplier_id) OR EXISTS (
        SELECT FROM catalog_releaseartist a
        WHERE a.release_id = e.release_id AND a.party_id = m.party_id)))
  GROUP BY e.release_id, e.track_id
), gone AS (
  DELETE FROM discovery_popularity p WHERE NOT EXISTS (
    SELECT FROM counted c WHERE c.release_id = p.release_id
      AND c.track_id IS NOT DISTINCT FROM p.track_id)
  RETURNING 1
), written AS (
  INSERT INTO discovery_popularity AS p (release_id, track_id, buyers)
  SELECT release_id, track_id, buyers FROM counted
  ON CONFLICT (release_id, track_id) DO UPDATE SET buyers = excluded.buyers
  WHERE excluded.buyers <> p.buyers AND (
    excluded.buyers <= %(exact)s OR abs(excluded.buyers - p.buyers) * %(grown)s >= p.buyers)
  RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written)
"""


@transaction.atomic
def count_buyers() -> int:
    """Count who owns what; answers how many numbers changed. One count at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('discovery_popularity'), 0)")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_COUNT, {"exact": _exact_max, "grown": _grown_by})
        return int(cursor.fetchone()[0])
