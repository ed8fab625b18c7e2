"""The search index in PostgreSQL: `engines.search`'s port on a table of text vectors.

Words come folded from `engines.search.tokens`, so the database's own dictionaries and extensions
are not needed. A field's words are kept as `label=warp`, which no typed word can collide with.
Other spellings are kept and looked for as in a folder; slips of the hand are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from pennywhistle.apps.discovery.index_sql import (
    FACETS,
    FIND,
    ORDER_BY,
    PUT,
    seen_of,
    sold_of,
)
from pennywhistle.apps.discovery.models import SearchDocument
from pennywhistle.engines.search import (
    Ask,
    Document,
    Field,
    Found,
    Hit,
    Phrase,
    Query,
    Text,
    slots_of,
    spellings,
    tokens,
)
from pennywhistle.engines.search.folder.schema import sort_number
from pennywhistle.engines.search.marks import (
    PRICE_ENDS_CENTS,
    PRICE_MORE,
    Facet,
    marks_here,
    read_mark,
)
from pennywhistle.engines.search.port import hits_max, words_per_document_max
from pennywhistle.engines.search.query import NUMBERS
from pennywhistle.kernel.territories import TERRITORY_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.search import Slot

# A word that half the catalog holds is not worth sorting half the catalog for.
candidates_max = hits_max
prefix_length_min = 2
# PostgreSQL takes no position beyond this; later ones would all fall together.
_position_max = 16_000
_PRICES = frozenset((*map(str, PRICE_ENDS_CENTS), PRICE_MORE))
_GAP = 8  # between two texts, so that no phrase spans them
_WHOLE_FIELDS = frozenset(f"{each}=" for each in (*NUMBERS, Field.YEAR))


class PostgresIndex:
    """The index on the store's own database; a port's verbs (see `engines.search.port`)."""

    @transaction.atomic
    def put(self, documents: Iterable[Document]) -> None:
        """Add documents; the same kind and id again takes the old one's place."""
        given = {(document.kind, document.id): document for document in documents}
        rows = sorted(given.values(), key=lambda document: (document.kind, document.id))
        columns: list[list[Any]] = [
            [document.kind.value for document in rows],
            [document.id for document in rows],
            [document.release_id for document in rows],
            [vector_text(document) for document in rows],
            # Arrays of arrays are of one length; no mark has a line break.
            ["\n".join(document.marks) for document in rows],
            [document.price_micro for document in rows],
            [document.released_on for document in rows],
            [document.buyers for document in rows],
            [sort_number(document.texts.get(Text.NAME, "")) for document in rows],
            [document.digest for document in rows],
        ]
        with connection.cursor() as cursor:
            cursor.execute(PUT, columns)

    def drop_release(self, release_id: int) -> None:
        """Take out a release and its tracks; what is not there is no error."""
        SearchDocument.objects.filter(release_id=release_id).delete()

    def drop_party(self, party_id: int) -> None:
        """Take out a party; what is not there is no error."""
        SearchDocument.objects.filter(kind="party", object_id=party_id).delete()

    def clear(self) -> None:
        """Take out everything."""
        SearchDocument.objects.all().delete()

    def find(self, query: Query, ask: Ask) -> Found:
        """The hits of one kind from `offset` on; nothing for an empty query."""
        if query.is_empty or ask.offset >= candidates_max:
            return Found()
        asked = {
            "query": query_text(query),
            "kind": ask.kind.value,
            "codes": list(TERRITORY_CODES),
            "sold_in": ask.sold_in,
            "marks": self._variants(ask),
            "candidates": candidates_max,
            "offset": ask.offset,
            "limit": ask.limit + 1,
        }
        parts = {"of": sold_of(ask.kind), "seen": seen_of(ask.kind), "order": ORDER_BY[ask.sort]}
        with connection.cursor() as cursor:
            cursor.execute(FIND.format(**parts), asked)
            rows = cursor.fetchall()
            counts: dict[str, int] = {}
            if ask.counts_facets:
                cursor.execute(FACETS.format(**parts), asked)
                counts = dict(cursor.fetchall())
        hits = tuple(Hit(ask.kind, row[0], row[1]) for row in rows)
        here = marks_here(counts, _bit(ask))
        return Found(
            hits[: ask.limit],
            has_more=len(hits) > ask.limit,
            total=rows[0][2] if rows else 0,
            facets={plain: sum(counts[each] for each in given) for plain, given in here.items()},
        )

    def _variants(self, ask: Ask) -> list[str]:
        """Each mark that narrows, with those that stand for it here: one text a mark, by lines."""
        found = []
        for plain in ask.marks:
            known = [plain]
            # The index is read for it: only for a price that there can be.
            read = read_mark(plain)
            if read is not None and read[0] is Facet.PRICE and read[1] in _PRICES:
                known += _marks_like(f"{plain}@%")
            found.append("\n".join(marks_here(known, _bit(ask)).get(plain, [plain])))
        return found


def _marks_like(pattern: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT m FROM discovery_searchdocument, unnest(marks) AS m WHERE m LIKE %s",
            [pattern],
        )
        return [row[0] for row in cursor.fetchall()]


def _bit(ask: Ask) -> int | None:
    return TERRITORY_CODES.index(ask.sold_in) if ask.sold_in in TERRITORY_CODES else None


def vector_text(document: Document) -> str:
    """A document's words as PostgreSQL reads a text vector: `'bjork':1A,9B 'label=warp':17C`."""
    places: dict[str, list[str]] = {}
    position, count = 1, 0
    texts = [(weight.value, "", text) for weight, text in document.texts.items()]
    texts += [("D", f"{field.value}=", text) for field, text in document.fields.items()]
    for weight, start, text in texts:
        words = tokens(text)
        if start in _WHOLE_FIELDS and words:
            words = text.casefold().split()
        for word in words[: words_per_document_max - count]:
            places.setdefault(start + word, []).append(f"{min(position, _position_max)}{weight}")
            position += 1
        count += len(words)
        position += _GAP
    for name in (Text.NAME, Text.MAKER):
        for word in spellings(document.texts.get(name, "")):
            places.setdefault(word, []).append(f"{min(position, _position_max)}B")
            position += _GAP
    # Words are letters, marks, digits and signs that mean nothing here: nothing needs escaping.
    return " ".join(f"'{word}':{','.join(where)}" for word, where in places.items())


def query_text(query: Query) -> str:
    """A search as PostgreSQL reads it: `('tin' <-> 'weather' | 'tinweather') & !'live'`."""
    needed = [_slot_text(slot) for slot in slots_of(query) if not slot.is_optional]
    excluded = [f"!({_phrase_text(each)})" for each in query.phrases if each.is_excluded]
    return " & ".join([*needed, *excluded])


def _slot_text(slot: Slot) -> str:
    start = f"{slot.phrase.field.value}=" if slot.phrase.field else ""
    ways = [_phrase_text(slot.phrase)]
    ways += [" <-> ".join(f"'{start}{word}'" for word in other) for other in slot.others]
    return f"({' | '.join(ways)})"


def _phrase_text(phrase: Phrase) -> str:
    start = f"{phrase.field.value}=" if phrase.field else ""
    if phrase.any_of:
        return " | ".join(f"'{start}{value}'" for value in phrase.any_of)
    words = [f"'{start}{word}'" for word in phrase.words]
    if phrase.is_prefix and len(phrase.words[-1]) >= prefix_length_min:
        words[-1] += ":*"
    return " <-> ".join(words)


INDEX = PostgresIndex()
