"""One query for all facts: what the database says, row by row, not yet taken apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.machine.postgres.prepared import array, run_prepared

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# All that clearance needs of any number of releases and single tracks: a row for each release and
# one for each party that is an owner, a licensor, or mandated by one. The tracks of a release that
# is asked for as a whole come all; otherwise only those asked for. A party's own row does not
# depend on the releases asked for, unless a mandate is limited to a repertoire. Whatever belongs to
# a track is looked up by index for each track, and not joined to a list of what all of them have:
# for two hundred releases that would be two hundred times as long.
_FACTS = """
WITH RECURSIVE wanted AS (
  SELECT release_id, bool_or(track_id IS NULL) AS whole, array_agg(track_id) AS tracks
  FROM unnest(%(releases)s::bigint[], %(tracks)s::bigint[]) AS w(release_id, track_id)
  GROUP BY release_id
), track AS MATERIALIZED (
  SELECT t.recording_id
  FROM wanted w JOIN catalog_track t ON t.release_id = w.release_id
  WHERE w.whole OR t.id = ANY (w.tracks)
), given AS MATERIALIZED (
  SELECT g.id, g.licensor_id, g.price_code FROM wanted w JOIN rights_grant g
    ON g.release_id = w.release_id AND g.closed_at IS NULL
  WHERE w.whole OR g.track_id = ANY (w.tracks)
), part AS MATERIALIZED (
  SELECT p.work_id FROM track t JOIN catalog_recordingwork p
    ON p.recording_id = t.recording_id AND p.closed_at IS NULL
), party AS (
  SELECT s.party_id AS id FROM track t JOIN rights_ownershipshare s
    ON s.recording_id = t.recording_id AND s.closed_at IS NULL AND s.status <> 'revoked'
  UNION SELECT s.party_id FROM part p JOIN rights_ownershipshare s
    ON s.work_id = p.work_id AND s.closed_at IS NULL AND s.status <> 'revoked'
  UNION SELECT licensor_id FROM given
  UNION SELECT licensor_id FROM rights_license
  WHERE closed_at IS NULL AND (unidentified_by <> '' OR (%(wide)s AND tariff_id IS NOT NULL))
  UNION SELECT unnest(%(parties)s::bigint[])
  UNION SELECT m.to_party_id FROM party p
  JOIN rights_mandate m ON m.from_party_id = p.id AND m.closed_at IS NULL
)
SELECT 0, r.id, json_build_array(r.public_id, r.title, s.name, r.published_at,
  r.withdrawn_at,
  (SELECT json_agg(json_build_array(t.id, t.public_id, t.title, t.recording_id, c.duration_ms,
      (SELECT json_agg(json_build_array(s.id, s.party_id, s.right, s.role, s.numerator,
           s.denominator, encode(ts.mask, 'hex'), s.valid_from, s.valid_until) ORDER BY s.id)
       FROM rights_ownershipshare s JOIN rights_territoryset ts ON ts.digest = s.territories_id
       WHERE s.recording_id = t.recording_id AND s.closed_at IS NULL AND s.status <> 'revoked'),
      (SELECT json_agg(json_build_array(k.id, k.title, p.part_numerator, p.part_denominator,
          (SELECT json_agg(json_build_array(s.id, s.party_id, s.right, s.role, s.numerator,
               s.denominator, encode(ts.mask, 'hex'), s.valid_from, s.valid_until) ORDER BY s.id)
           FROM rights_ownershipshare s JOIN rights_territoryset ts ON ts.digest = s.territories_id
           WHERE s.work_id = k.id AND s.closed_at IS NULL AND s.status <> 'revoked'),
          (SELECT json_agg(json_build_array(encode(ts.mask, 'hex'), d.valid_from, d.valid_until))
           FROM rights_publicdomain d JOIN rights_territoryset ts ON ts.digest = d.territories_id
           WHERE d.work_id = k.id AND d.closed_at IS NULL)) ORDER BY k.id)
       FROM catalog_recordingwork p JOIN catalog_work k ON k.id = p.work_id
       WHERE p.recording_id = t.recording_id AND p.closed_at IS NULL),
      t.left_at IS NOT NULL)
      ORDER BY t.disc_number, t.track_number)
   FROM catalog_track t JOIN catalog_recording c ON c.id = t.recording_id
   WHERE t.release_id = r.id AND (w.whole OR t.id = ANY (w.tracks))),
  (SELECT json_agg(json_build_array(g.id, g.track_id, g.licensor_id, l.name, g.uses,
      encode(ts.mask, 'hex'), g.valid_from, g.valid_until, g.currency, g.price_micro,
      g.wholesale_micro, g.price_code, g.is_local, g.is_at_floor,
      g.is_minimum, g.suggested_micro, g.is_sale,
      (SELECT json_agg(json_build_array(sh.party_id, p.name, sh.role, sh.numerator,
           sh.denominator) ORDER BY sh.id)
       FROM rights_grantshare sh JOIN parties_party p ON p.id = sh.party_id
       WHERE sh.grant_id = g.id)) ORDER BY g.id)
   FROM rights_grant g JOIN parties_party l ON l.id = g.licensor_id
   JOIN rights_territoryset ts ON ts.digest = g.territories_id
   WHERE g.release_id = r.id AND g.closed_at IS NULL AND NOT g.is_pre_order
     AND (w.whole OR g.track_id = ANY (w.tracks))),
  (SELECT json_agg(json_build_array(st.id, st.track_id, st.kind, st.sentence) ORDER BY st.id)
   FROM rights_stop st WHERE st.release_id = r.id AND st.closed_at IS NULL))::text
FROM wanted w JOIN catalog_release r ON r.id = w.release_id
JOIN parties_party s ON s.id = r.supplier_id
UNION ALL
SELECT 1, y.id, json_build_array(y.name,
  (SELECT json_agg(json_build_array(m.id, m.to_party_id, m.rights, m.uses, encode(ts.mask, 'hex'),
      m.valid_from, m.valid_until, m.is_exclusive, m.repertoire_id IS NULL,
      (SELECT json_agg(coalesce('work-' || e.work_id, 'recording-' || e.recording_id) ORDER BY e.id)
       FROM rights_repertoiremember e
       WHERE e.repertoire_id = m.repertoire_id AND e.closed_at IS NULL
         AND (e.work_id IN (SELECT work_id FROM part)
              OR e.recording_id IN (SELECT recording_id FROM track)))) ORDER BY m.id)
   FROM rights_mandate m JOIN rights_territoryset ts ON ts.digest = m.territories_id
   WHERE m.from_party_id = y.id AND m.closed_at IS NULL),
  (SELECT json_agg(json_build_array(i.id, i.rights, i.uses, encode(ts.mask, 'hex'),
      i.valid_from, i.valid_until, i.unidentified_by, i.tariff_id IS NULL,
      (SELECT json_agg(json_build_array(n.id, f.name, n.currency, n.base, n.percent_numerator,
           n.percent_denominator, n.track_minimum_micro, n.album_minimum_micro, n.album_tracks,
           n.extra_track_micro, n.per_minute_micro, n.is_per_work, n.is_by_repertoire,
           n.valid_from, n.valid_until,
           (SELECT json_agg(json_build_array(b.tracks_max, b.track_minimum_micro)
                ORDER BY b.tracks_max NULLS LAST)
            FROM rights_tariffband b WHERE b.line_id = n.id),
           (SELECT json_agg(json_build_array(b.up_to_ms, b.factor_numerator, b.factor_denominator)
                ORDER BY b.up_to_ms NULLS LAST)
            FROM rights_tariffdurationband b WHERE b.line_id = n.id)) ORDER BY n.id)
       FROM rights_tariffline n JOIN rights_tariff f ON f.id = n.tariff_id
       WHERE n.tariff_id = i.tariff_id AND n.closed_at IS NULL)) ORDER BY i.id)
   FROM rights_license i JOIN rights_territoryset ts ON ts.digest = i.territories_id
   WHERE i.licensor_id = y.id AND i.closed_at IS NULL),
  (SELECT json_agg(json_build_array(a.id, a.valid_from, a.valid_until, a.us_source) ORDER BY a.id)
   FROM rights_supplieragreement a WHERE a.supplier_id = y.id AND a.closed_at IS NULL),
  (SELECT json_agg(json_build_array(c.id, c.code, encode(ts.mask, 'hex'), c.valid_from,
      c.valid_until, c.currency, c.price_micro, c.wholesale_micro) ORDER BY c.id)
   FROM rights_ratecardline c JOIN rights_territoryset ts ON ts.digest = c.territories_id
   WHERE c.supplier_id = y.id AND c.closed_at IS NULL
     AND c.code IN (SELECT price_code FROM given WHERE price_code <> '')),
  (SELECT json_agg(json_build_array(x.id, x.to_supplier_id, x.valid_from, x.valid_until)
       ORDER BY x.id)
   FROM rights_transfer x WHERE x.from_supplier_id = y.id AND x.closed_at IS NULL))::text
FROM party JOIN parties_party y ON y.id = party.id
"""


# The same, of what the store knew at an instant: rows that were closed since, and none of later.
_FACTS_KNOWN = re.sub(
    r"(\w+\.)?closed_at IS NULL",
    r"(\1recorded_at <= %(known_at)s"
    r" AND (\1closed_at IS NULL OR \1closed_at > %(known_at)s))",
    _FACTS.replace("t.left_at IS NOT NULL", "coalesce(t.left_at <= %(known_at)s, false)"),
)


def read_rows(
    release_ids: Iterable[int],
    track_ids: Iterable[int | None],
    *,
    is_wide: bool,
    known_at: datetime | None = None,
    party_ids: Iterable[int] = (),
) -> tuple[dict[int, str], dict[int, str]]:
    """The rows of releases and of parties, by id, in one query and as the database wrote them.

    `is_wide` also reads the licenses that no mandate leads to: a refusal can then name them.
    `known_at` reads what the store knew then; None: what it knows now. `party_ids` are read with
    all that their mandates lead to, whether the items need them or not.
    """
    parameters = {
        "releases": array(release_ids),
        "tracks": array(track_ids),
        "wide": is_wide,
        "known_at": known_at,
        "parties": array(party_ids),
    }
    statement = _FACTS if known_at is None else _FACTS_KNOWN
    rows: tuple[dict[int, str], dict[int, str]] = ({}, {})
    for kind, row_id, text in run_prepared(connection, statement, parameters):
        rows[kind][row_id] = text
    return rows


# The same of works by themselves, whatever plays them.
_FACTS_OF_WORKS = _FACTS.replace(
    "part AS MATERIALIZED (\n",
    "part AS MATERIALIZED (\n  SELECT unnest(%(works)s::bigint[]) AS work_id UNION ALL\n",
)


def read_parties_of_works(work_ids: Iterable[int]) -> dict[int, str]:
    """The rows of all parties that matter to these works, with what repertoires say of those."""
    parameters = {
        "releases": array(()),
        "tracks": array(()),
        "wide": False,
        "parties": array(()),
        "works": array(work_ids),
    }
    rows = run_prepared(connection, _FACTS_OF_WORKS, parameters)
    return {row_id: text for _, row_id, text in rows}
