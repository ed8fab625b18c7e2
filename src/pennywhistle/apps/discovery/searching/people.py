"""Search documents of artists, labels, and everybody who is named in the credits of something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from pennywhistle.apps.discovery.searching.releases import masks_of
from pennywhistle.engines.search import Document, Kind, Text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from typing import LiteralString

# Of somebody with more, the newest rows say where anything is sold and how many bought it.
releases_per_party_max = 5_000

# Whose a release is, by what: its label and its artists; those who are on its tracks or wrote them.
_OF_PARTIES: LiteralString = """
SELECT label_id AS party_id, id AS release_id, true AS is_own FROM catalog_release
WHERE label_id = ANY (%(parties)s)
UNION ALL
SELECT party_id, release_id, true FROM catalog_releaseartist WHERE party_id = ANY (%(parties)s)
UNION ALL
SELECT c.party_id, t.release_id, false FROM catalog_recordingcredit c
JOIN catalog_track t ON t.recording_id = c.recording_id AND t.left_at IS NULL
WHERE c.party_id = ANY (%(parties)s)
UNION ALL
SELECT c.party_id, t.release_id, false FROM catalog_workcredit c
JOIN catalog_recordingwork l ON l.work_id = c.work_id AND l.closed_at IS NULL
JOIN catalog_track t ON t.recording_id = l.recording_id AND t.left_at IS NULL
WHERE c.party_id = ANY (%(parties)s)
"""

_PEOPLE: LiteralString = (
    """
WITH theirs AS ("""  # noqa: S608 (text from this file)
    + _OF_PARTIES
    + """
), shelved AS (
  SELECT * FROM (
    SELECT t.party_id, t.release_id, bool_or(t.is_own) AS is_own,
      row_number() OVER (PARTITION BY t.party_id ORDER BY t.release_id DESC) AS place
    FROM theirs t JOIN catalog_release r ON r.id = t.release_id
      AND r.published_at <= %(at)s AND (r.withdrawn_at IS NULL OR r.withdrawn_at > %(at)s)
    GROUP BY t.party_id, t.release_id) ranked
  WHERE place <= %(most)s
), bought AS (
  SELECT s.party_id, s.is_own, sum(b.buyers) AS buyers
  FROM shelved s CROSS JOIN LATERAL (
    SELECT coalesce(max(p.buyers) FILTER (WHERE p.track_id IS NULL), 0)
         + coalesce(max(p.buyers) FILTER (WHERE p.track_id IS NOT NULL), 0) AS buyers
    FROM discovery_popularity p WHERE p.release_id = s.release_id) b
  GROUP BY s.party_id, s.is_own
), sold AS (
  SELECT s.party_id, array_agg(DISTINCT a.territories_id) AS digests
  FROM shelved s JOIN rights_availability a ON a.release_id = s.release_id GROUP BY s.party_id
)
SELECT p.id, p.name, coalesce(d.digests, '{}'),
  -- What somebody is only credited on was bought for others first.
  coalesce(max(b.buyers) FILTER (WHERE b.is_own), max(b.buyers) / 4, 0)::int
FROM parties_party p JOIN bought b ON b.party_id = p.id LEFT JOIN sold d ON d.party_id = p.id
GROUP BY p.id, p.name, d.digests ORDER BY p.id
"""
)

# Everybody who has to do with releases.
_ON_RELEASES: LiteralString = """
SELECT label_id FROM catalog_release WHERE id = ANY (%(releases)s)
UNION SELECT party_id FROM catalog_releaseartist WHERE release_id = ANY (%(releases)s)
UNION SELECT c.party_id FROM catalog_track t
  JOIN catalog_recordingcredit c ON c.recording_id = t.recording_id
  WHERE t.release_id = ANY (%(releases)s)
UNION SELECT c.party_id FROM catalog_track t
  JOIN catalog_recordingwork l ON l.recording_id = t.recording_id
  JOIN catalog_workcredit c ON c.work_id = l.work_id
  WHERE t.release_id = ANY (%(releases)s)
"""


class _Person(NamedTuple):
    id: int
    name: str
    digests: Sequence[str]
    buyers: int


def party_documents(party_ids: Collection[int], *, at: datetime) -> list[Document]:
    """The documents of those parties of whom anything is on the shelves."""
    if not party_ids:
        return []
    asked: dict[str, Any] = {"parties": list(party_ids), "at": at, "most": releases_per_party_max}
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, asked)
        people = [_Person(*row) for row in cursor.fetchall()]
    masks = masks_of({digest for person in people for digest in person.digests})
    return [_document(person, masks) for person in people]


def _document(person: _Person, masks: dict[str, int]) -> Document:
    areas = 0
    for digest in person.digests:
        areas |= masks.get(digest, 0)
    return Document(
        Kind.PARTY,
        person.id,
        None,
        texts={Text.NAME: person.name},
        areas=areas,
        buyers=person.buyers,
    )


def parties_on(release_ids: Collection[int]) -> set[int]:
    """Who has to do with releases, now or before a track left them."""
    if not release_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_ON_RELEASES, {"releases": list(release_ids)})
        return {row[0] for row in cursor.fetchall()}
