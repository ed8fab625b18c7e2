"""The search index in PostgreSQL: `engines.search`'s port on a table of text vectors.

Words come folded from `engines.search.tokens`, so the database's own dictionaries and extensions
are not needed. A field's words are kept as `label=warp`, which no typed word can collide with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.discovery.models import SearchDocument
from pennywhistle.engines.search import Document, Field, Found, Hit, Kind, Phrase, Query, tokens
from pennywhistle.kernel.territories import TERRITORY_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable

words_per_document_max = 600
# A word that half the catalog holds is not worth sorting half the catalog for.
candidates_max = 2_000
prefix_length_min = 2
# PostgreSQL takes no position beyond this; later ones would all fall together.
_position_max = 16_000
_GAP = 8  # between two texts, so that no phrase spans them
_WHOLE_FIELDS = frozenset({f"{Field.ISRC}=", f"{Field.UPC}=", f"{Field.YEAR}="})

_PUT = """
INSERT INTO discovery_searchdocument (kind, object_id, release_id, vector)
SELECT d.kind, d.id, d.release, d.vector::tsvector
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[]) AS d(kind, id, release, vector)
ON CONFLICT (kind, object_id)
DO UPDATE SET release_id = excluded.release_id, vector = excluded.vector
"""

# Weights of D, C, B, A; 1: a long text counts less than a short one with the same words.
_FIND = """
WITH here AS MATERIALIZED (
  SELECT array_agg(digest::text) AS digests FROM rights_territoryset
  WHERE get_bit(mask, array_position(%(codes)s::text[], %(sold_in)s::text) - 1) = 1
)
SELECT c.object_id, c.rank FROM (
  SELECT d.object_id, ts_rank('{{0.1, 0.2, 0.5, 1.0}}', d.vector, q.query, 1) AS rank
  FROM (SELECT %(query)s::tsquery AS query) q, discovery_searchdocument d
  LEFT JOIN catalog_release r ON r.id = d.release_id
  WHERE d.kind = %(kind)s AND d.vector @@ q.query
    AND (r.id IS NULL OR (r.published_at <= now()
         AND (r.withdrawn_at IS NULL OR r.withdrawn_at > now())))
    AND {seen}
    AND (%(sold_in)s::text IS NULL OR EXISTS (
      SELECT FROM {of} WHERE a.territories_id = ANY ((SELECT digests FROM here)::text[])))
  LIMIT %(candidates)s) c
ORDER BY c.rank DESC, c.object_id DESC OFFSET %(offset)s LIMIT %(limit)s
"""
# What is sold of a hit: anything of a release; a track by itself or with its release; anything
# that a party made or put out.
_SOLD_OF = {
    Kind.RELEASE: "rights_availability a JOIN (SELECT d.object_id AS id) x ON a.release_id = x.id",
    Kind.TRACK: """rights_availability a JOIN (SELECT d.release_id AS id) x
      ON a.release_id = x.id AND (a.track_id = d.object_id OR a.track_id IS NULL)""",
    Kind.PARTY: """(
        SELECT p.release_id AS id FROM catalog_releaseartist p WHERE p.party_id = d.object_id
        UNION ALL SELECT l.id FROM catalog_release l WHERE l.label_id = d.object_id) x
      JOIN catalog_release s ON s.id = x.id AND s.published_at <= now()
        AND (s.withdrawn_at IS NULL OR s.withdrawn_at > now())
      JOIN rights_availability a ON a.release_id = s.id""",
}
# Documents are made as soon as a release is delivered; whose first one is still to come is not
# found before its day. Who was once on the shelves stays found.
_SEEN_OF = {
    Kind.PARTY: """(
      SELECT coalesce(bool_or(s.published_at <= now()), count(*) = 0) FROM (
        SELECT p.release_id AS id FROM catalog_releaseartist p WHERE p.party_id = d.object_id
        UNION ALL SELECT l.id FROM catalog_release l WHERE l.label_id = d.object_id) x
      JOIN catalog_release s ON s.id = x.id)"""
}
_FIND_BY_KIND = {
    kind: _FIND.format(of=of, seen=_SEEN_OF.get(kind, "true")) for kind, of in _SOLD_OF.items()
}


class PostgresIndex:
    """The index on the store's own database; a port's verbs (see `engines.search.port`)."""

    @transaction.atomic
    def put(self, documents: Iterable[Document]) -> None:
        """Add documents; the same kind and id again takes the old one's place."""
        given = {(document.kind, document.id): document for document in documents}
        rows = sorted(given.values(), key=lambda document: (document.kind, document.id))
        with connection.cursor() as cursor:
            cursor.execute(
                _PUT,
                [
                    [document.kind.value for document in rows],
                    [document.id for document in rows],
                    [document.release_id for document in rows],
                    [vector_text(document) for document in rows],
                ],
            )

    def drop_release(self, release_id: int) -> None:
        """Take out a release and its tracks; what is not there is no error."""
        SearchDocument.objects.filter(release_id=release_id).delete()

    def clear(self) -> None:
        """Take out everything."""
        SearchDocument.objects.all().delete()

    def find(
        self, query: Query, kind: Kind, *, offset: int, limit: int, sold_in: str | None = None
    ) -> Found:
        """The hits of one kind from `offset` on; nothing for an empty query.

        Only what may be sold in the territory `sold_in`, and people of whom something may.
        """
        if query.is_empty or offset >= candidates_max:
            return Found((), has_more=False)
        asked = {
            "query": query_text(query),
            "kind": kind.value,
            "codes": list(TERRITORY_CODES),
            "sold_in": sold_in,
            "candidates": candidates_max,
            "offset": offset,
            "limit": limit + 1,
        }
        with connection.cursor() as cursor:
            cursor.execute(_FIND_BY_KIND[kind], asked)
            hits = tuple(Hit(kind, row[0], row[1]) for row in cursor.fetchall())
        return Found(hits[:limit], has_more=len(hits) > limit)


def vector_text(document: Document) -> str:
    """A document's words as PostgreSQL reads a text vector: `'bjork':1A,9B 'label=warp':17C`."""
    places: dict[str, list[str]] = {}
    position, count = 1, 0
    texts = [(weight.value, "", text) for weight, text in document.texts.items()]
    texts += [("D", f"{field.value}=", text) for field, text in document.fields.items()]
    for weight, start, text in texts:
        words = tokens(text)
        if start in _WHOLE_FIELDS and words:
            words = ["".join(words)]
        for word in words[: words_per_document_max - count]:
            places.setdefault(start + word, []).append(f"{min(position, _position_max)}{weight}")
            position += 1
        count += len(words)
        position += _GAP
    # Words are letters, marks and digits only (`tokens`): nothing in them needs escaping.
    return " ".join(f"'{word}':{','.join(where)}" for word, where in places.items())


def query_text(query: Query) -> str:
    """A search as PostgreSQL reads it: `'tin' <-> 'weather' & !'live'`."""
    return " & ".join(_phrase_text(phrase) for phrase in query.phrases)


def _phrase_text(phrase: Phrase) -> str:
    start = f"{phrase.field.value}=" if phrase.field else ""
    if phrase.any_of:
        inner = " | ".join(f"'{start}{value}'" for value in phrase.any_of)
    else:
        words = [f"'{start}{word}'" for word in phrase.words]
        if phrase.is_prefix and len(phrase.words[-1]) >= prefix_length_min:
            words[-1] += ":*"
        inner = " <-> ".join(words)
    return f"{'!' if phrase.is_excluded else ''}({inner})"


INDEX = PostgresIndex()
