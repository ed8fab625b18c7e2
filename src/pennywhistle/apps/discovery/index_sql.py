"""The statements of the index in PostgreSQL."""

from __future__ import annotations

from typing import LiteralString

from pennywhistle.engines.search import Kind, Sort

PUT: LiteralString = """
INSERT INTO discovery_searchdocument (kind, object_id, release_id, vector, marks, price_micro,
  released_on, buyers, sort, digest)
SELECT d.kind, d.id, d.release, d.vector::tsvector, string_to_array(d.marks, E'\\n'), d.price_micro,
  d.released_on, d.buyers, d.sort, d.digest
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[],
  %s::date[], %s::int[], %s::bigint[], %s::bigint[])
  AS d(kind, id, release, vector, marks, price_micro, released_on, buyers, sort, digest)
ON CONFLICT (kind, object_id)
DO UPDATE SET release_id = excluded.release_id, vector = excluded.vector, marks = excluded.marks,
  price_micro = excluded.price_micro, released_on = excluded.released_on,
  buyers = excluded.buyers, sort = excluded.sort, digest = excluded.digest
"""

# Weights of D, C, B, A; 1: a long text counts less than a short one with the same words.
_FOUND: LiteralString = """
WITH here AS MATERIALIZED (
  SELECT array_agg(digest::text) AS digests FROM rights_territoryset
  WHERE get_bit(mask, array_position(%(codes)s::text[], %(sold_in)s::text) - 1) = 1
), found AS (
  SELECT d.object_id, d.marks, d.price_micro, d.released_on, d.buyers, d.sort,
    ts_rank('{{0.1, 0.2, 0.5, 1.0}}', d.vector, q.query, 1) * (1 + 0.2 * ln(1 + d.buyers))
      AS rank
  FROM (SELECT %(query)s::tsquery AS query) q, discovery_searchdocument d
  LEFT JOIN catalog_release r ON r.id = d.release_id
  WHERE d.kind = %(kind)s AND d.vector @@ q.query
    AND (r.id IS NULL OR (r.published_at <= now()
         AND (r.withdrawn_at IS NULL OR r.withdrawn_at > now())))
    AND {seen}
    AND (%(sold_in)s::text IS NULL OR EXISTS (
      SELECT FROM {of} WHERE a.territories_id = ANY ((SELECT digests FROM here)::text[])))
    AND NOT EXISTS (
      SELECT FROM unnest(%(marks)s::text[]) AS wanted(lines)
      WHERE NOT d.marks && string_to_array(wanted.lines, E'\\n')::varchar[])
  LIMIT %(candidates)s)
"""
FIND: LiteralString = (
    _FOUND
    + """
SELECT c.object_id, c.rank, count(*) OVER () FROM found c
ORDER BY {order}, c.object_id DESC OFFSET %(offset)s LIMIT %(limit)s
"""
)
FACETS: LiteralString = (
    _FOUND + "SELECT m, count(*) FROM found c, unnest(c.marks) AS m GROUP BY m"  # noqa: S608
)
ORDER_BY: dict[Sort, LiteralString] = {
    Sort.BEST: "c.rank DESC",
    Sort.NEW: "c.released_on DESC NULLS LAST",
    Sort.SALES: "c.buyers DESC",
    Sort.PRICE: "c.price_micro",
    Sort.NAME: "c.sort",
}
# What is sold of a hit: anything of a release; a track by itself or with its release; anything
# that a party made, put out, or is named on.
_THEIRS: LiteralString = """(
        SELECT p.release_id AS id FROM catalog_releaseartist p WHERE p.party_id = d.object_id
        UNION ALL SELECT l.id FROM catalog_release l WHERE l.label_id = d.object_id
        UNION ALL SELECT t.release_id FROM catalog_recordingcredit g
          JOIN catalog_track t ON t.recording_id = g.recording_id WHERE g.party_id = d.object_id
        UNION ALL SELECT t.release_id FROM catalog_workcredit g
          JOIN catalog_recordingwork k ON k.work_id = g.work_id AND k.closed_at IS NULL
          JOIN catalog_track t ON t.recording_id = k.recording_id WHERE g.party_id = d.object_id
      ) x"""
_SOLD_OF: dict[Kind, LiteralString] = {
    Kind.RELEASE: "rights_availability a JOIN (SELECT d.object_id AS id) x ON a.release_id = x.id",
    Kind.TRACK: """rights_availability a JOIN (SELECT d.release_id AS id) x
      ON a.release_id = x.id AND (a.track_id = d.object_id OR a.track_id IS NULL)""",
    Kind.PARTY: _THEIRS
    + """ JOIN catalog_release s ON s.id = x.id AND s.published_at <= now()
        AND (s.withdrawn_at IS NULL OR s.withdrawn_at > now())
      JOIN rights_availability a ON a.release_id = s.id""",
}
# Documents are made as soon as a release is delivered; whose first one is still to come is not
# found before its day. Who was once on the shelves stays found.
_SEEN_OF_PARTY: LiteralString = (
    "(SELECT coalesce(bool_or(s.published_at <= now()), count(*) = 0) FROM "  # noqa: S608
    + _THEIRS
    + " JOIN catalog_release s ON s.id = x.id)"
)


def sold_of(kind: Kind) -> LiteralString:
    """From where it is told what is sold of a hit."""
    return _SOLD_OF[kind]


def seen_of(kind: Kind) -> LiteralString:
    """Which documents may be seen now."""
    return _SEEN_OF_PARTY if kind is Kind.PARTY else "true"
