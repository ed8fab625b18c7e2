"""Comparing the index with the database, document by document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import tantivy

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.discovery.models import SearchDocument
from pennywhistle.apps.discovery.searching.chosen import folder_index, is_in_database
from pennywhistle.apps.discovery.searching.people import party_documents
from pennywhistle.apps.discovery.searching.releases import release_documents
from pennywhistle.apps.parties.models import Party
from pennywhistle.engines.search import Kind
from pennywhistle.engines.search.folder.schema import KINDS, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from pennywhistle.engines.search import Document

_per_step = 200
_examples_max = 20
_last = 2**62

# (kind, id) → digest, of what one stretch of ids holds.
Digests = dict[tuple[Kind, int], int]


@dataclass(slots=True)
class Difference:
    """How many documents of the catalog are missing, stale, or only in the index."""

    documents: int = 0
    missing: int = 0
    stale: int = 0
    extra: int = 0
    examples: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.missing or self.stale or self.extra)

    def add(self, wanted: Digests, held: Digests) -> None:
        """Compare what should be there with what is."""
        missing = wanted.keys() - held.keys()
        extra = held.keys() - wanted.keys()
        stale = [key for key in wanted.keys() & held.keys() if wanted[key] != held[key]]
        self.documents += len(wanted)
        self.missing += len(missing)
        self.extra += len(extra)
        self.stale += len(stale)
        named = [f"{kind.value} {number}" for kind, number in (*missing, *stale, *extra)]
        self.examples = (*self.examples, *sorted(named))[:_examples_max]


def compare(*, now: datetime) -> Difference:
    """Make every document anew and compare; run it twice where the shop sells meanwhile.

    Raises IndexNotThereError.
    """
    found = Difference()
    for first, ids in _stretches(lambda last: _releases_after(last, now)):
        documents = release_documents(ids, at=now)
        found.add(_digests(documents), _held_of_releases(first, ids[-1] if ids else _last))
    for first, ids in _stretches(_parties_after):
        held = _held_of_parties(first, ids[-1] if ids else _last)
        found.add(_digests(party_documents(ids, at=now)), held)
    return found


def _stretches(after: Callable[[int], Sequence[int]]) -> Iterator[tuple[int, Sequence[int]]]:
    """The ids in order, some hundred at a time, each with the first id of its stretch."""
    first = 0
    while True:
        ids = after(first - 1)
        yield first, ids
        if not ids:
            return
        first = ids[-1] + 1


def _releases_after(last: int, now: datetime) -> list[int]:
    found = Release.objects.published(at=now).filter(id__gt=last).order_by("id")
    return list(found.values_list("id", flat=True)[:_per_step])


def _parties_after(last: int) -> list[int]:
    found = Party.objects.filter(id__gt=last).order_by("id")
    return list(found.values_list("id", flat=True)[:_per_step])


def _digests(documents: Sequence[Document]) -> Digests:
    return {(document.kind, document.id): document.digest for document in documents}


def _held_of_releases(first: int, last: int) -> Digests:
    if is_in_database():
        rows = SearchDocument.objects.filter(release_id__gte=first, release_id__lte=last)
        return _rows(rows.values_list("kind", "object_id", "digest"))
    between = tantivy.Query.range_query(
        schema(), "release", tantivy.FieldType.Unsigned, max(1, first), last
    )
    return _held(between)


def _held_of_parties(first: int, last: int) -> Digests:
    if is_in_database():
        rows = SearchDocument.objects.filter(
            kind=Kind.PARTY.value, object_id__gte=first, object_id__lte=last
        )
        return _rows(rows.values_list("kind", "object_id", "digest"))
    of_kind = tantivy.Query.term_query(schema(), "kind", KINDS[Kind.PARTY])
    between = tantivy.Query.range_query(schema(), "id", tantivy.FieldType.Unsigned, first, last)
    both = [(tantivy.Occur.Must, of_kind), (tantivy.Occur.Must, between)]
    return _held(tantivy.Query.boolean_query(both))


def _rows(rows: Iterable[tuple[str, int, int]]) -> Digests:
    return {(Kind(kind), number): digest for kind, number, digest in rows}


def _held(query: tantivy.Query) -> Digests:
    searcher = folder_index().searcher()
    count = int(getattr(searcher.search(query, 1), "count", 0) or 0)
    places = [place for _, place in searcher.search(query, max(1, count)).hits]
    by_number = {number: kind for kind, number in KINDS.items()}
    columns = [searcher.fast_field_values(name, places) for name in ("kind", "id", "digest")]
    return {
        (by_number[int(kind or 0)], int(number or 0)): int(digest or 0)
        for kind, number, digest in zip(*columns, strict=True)
    }
