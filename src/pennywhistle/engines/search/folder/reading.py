"""Reading the index: the port's `find` on the folder that this machine's writer keeps."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import tantivy
from tantivy import Occur, Order, Query

from pennywhistle.engines.search.folder.asking import Asking, any_of
from pennywhistle.engines.search.folder.schema import COMPARED_GAP, opened
from pennywhistle.engines.search.folder.writing import Kept, kept_of
from pennywhistle.engines.search.marks import marks_here, mask_of, read_mark
from pennywhistle.engines.search.port import (
    Found,
    Hit,
    How,
    IndexNotThereError,
    Kind,
    Sort,
    facet_values_max,
    hits_max,
)
from pennywhistle.engines.search.ranking import Candidate, Written, candidates_max, order_of
from pennywhistle.engines.search.slots import slots_of
from pennywhistle.kernel.territories import TERRITORY_CODES

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.engines.search.folder.places import Places
    from pennywhistle.engines.search.port import Ask
    from pennywhistle.engines.search.query import Query as Search

# How often it is looked whether the writer wrote.
look_again_s = 0.2
# With fewer hits, words that are written a little differently are looked for as well.
hits_enough = 5
_ORDERS = {
    Sort.NEW: ("day", Order.Desc),
    Sort.SALES: ("buyers", Order.Desc),
    Sort.PRICE: ("price", Order.Asc),
    Sort.NAME: ("sort", Order.Asc),
}
_BITS = {code: bit for bit, code in enumerate(TERRITORY_CODES)}
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class _Open:
    """An index as it was at one commit, and where things in it are sold."""

    folder: Path
    stamp: int
    index: tantivy.Index
    searcher: tantivy.Searcher
    # Territories (a bit each), and how many documents are sold exactly there.
    areas: tuple[tuple[str, int, int], ...]
    marks: dict[str, tuple[str, ...]] = field(default_factory=dict)


class FolderIndex:
    """The index that a folder's pointer names, as it is now; threads may share it."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._looked_at_s = _NEVER

    def kept(self) -> Kept | None:
        """How far the index stands. Raises IndexNotThereError."""
        return kept_of(self._now().searcher)

    def find(self, query: Search, ask: Ask) -> Found:
        """The hits of one kind; see the port. Raises IndexNotThereError."""
        if query.is_empty or ask.offset >= hits_max:
            return Found()
        try:
            return _Search(self._now(), query, ask).run()
        except (ValueError, OSError) as error:
            # A file of it is gone or damaged.
            self._forget()
            raise IndexNotThereError("The search index cannot be read.") from error

    def searcher(self) -> tantivy.Searcher:
        """What is there now, for upkeep. Raises IndexNotThereError."""
        return self._now().searcher

    def _now(self) -> _Open:
        with self._lock:
            now_s = time.monotonic()
            if self._open is None or now_s - self._looked_at_s >= look_again_s:
                self._open = self._looked(self._open)
                self._looked_at_s = now_s
            return self._open

    def _looked(self, before: _Open | None) -> _Open:
        folder = self._places.current()
        if folder is None:
            self._open = None
            raise IndexNotThereError("There is no search index yet.")
        try:
            stamp = (folder / "meta.json").stat().st_mtime_ns
            if before is not None and (before.folder, before.stamp) == (folder, stamp):
                return before
            index = before.index if before and before.folder == folder else opened(str(folder))
            index.reload()
            searcher = index.searcher()
            areas = tuple(
                (text, mask_of(text), count)
                for text, count in searcher.terms_with_prefix("area", "")
            )
        except (ValueError, OSError) as error:
            self._open = None
            raise IndexNotThereError("The search index cannot be read.") from error
        return _Open(folder, stamp, index, searcher, areas)

    def _forget(self) -> None:
        with self._lock:
            self._open = None
            self._looked_at_s = _NEVER


@dataclass(slots=True)
class _Search:
    """One search in one state of the index."""

    open: _Open
    query: Search
    ask: Ask
    found: list[Hit] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)

    def run(self) -> Found:
        """Ask strictly first, and less strictly where too little is found."""
        used, total, facets = How.ALL, 0, {}
        enough = 1 if self.ask.is_typing else hits_enough
        for how in How:
            if how is How.MOST and (self.found or self.ask.is_typing):
                break
            asked = Asking(self.ask.kind).query(self.query, how=how)
            if asked is None:
                continue
            narrowed = self._narrowed(asked)
            had = len(self.found)
            total = max(total, self._collect(narrowed))
            used = how if self.found and not had else used
            if self.ask.counts_facets and self.found:
                facets = self._facets(narrowed)
            if total >= enough or (self.found and self.ask.sort is not Sort.BEST):
                break
        end = self.ask.offset + self.ask.limit
        total = max(total, len(self.found))
        return Found(
            hits=tuple(self.found[self.ask.offset : end]),
            has_more=total > end and end < hits_max,
            total=total,
            facets=facets,
            how=used,
        )

    def _collect(self, query: Query) -> int:
        """Add what was not found before, in its order; answers how many there are."""
        searcher, ask = self.open.searcher, self.ask
        wanted = min(hits_max, max(candidates_max, ask.offset + ask.limit))
        if ask.sort is Sort.BEST:
            result = searcher.search(query, wanted, weight_by_field="weight")
        else:
            by, order = _ORDERS[ask.sort]
            result = searcher.search(query, wanted, order_by_field=by, order=order)
        places = [place for _, place in result.hits]
        ids = searcher.fast_field_values("id", places)
        ranks = [float(score) for score, _ in result.hits] if ask.sort is Sort.BEST else []
        hits = [
            Hit(ask.kind, int(number or 0), ranks[at] if ranks else 0.0)
            for at, number in enumerate(ids)
        ]
        if ask.sort is Sort.BEST:
            best = self._ranked(hits[:candidates_max], places[:candidates_max])
            hits = [*best, *hits[candidates_max:]]
        self.found += [hit for hit in hits if hit.id not in self.ids]
        self.ids |= {hit.id for hit in hits}
        return int(getattr(result, "count", 0) or 0)

    def _ranked(self, hits: list[Hit], places: list[tantivy.DocAddress]) -> list[Hit]:
        searcher = self.open.searcher
        buyers = searcher.fast_field_values("buyers", places)
        candidates = []
        for at, place in enumerate(places):
            compared = searcher.doc(place).get_first("compared") or ""
            name, maker = map(Written.from_text, compared.split(COMPARED_GAP))
            candidates.append(Candidate(name, maker, int(buyers[at] or 0), hits[at].rank))
        order = order_of(slots_of(self.query), candidates)
        return [Hit(hits[at].kind, hits[at].id, rank) for rank, at in order]

    def _narrowed(self, query: Query) -> Query:
        parts = [(Occur.Must, query), *self._sold_here()]
        narrow = (any_of("marks", self._variants(plain)) for plain in self.ask.marks)
        parts += [(Occur.Must, each) for each in narrow]
        return query if len(parts) == 1 else Query.boolean_query(parts)

    def _sold_here(self) -> list[tuple[Occur, Query]]:
        """What is sold in the territory, asked by whichever side holds fewer documents."""
        if self.ask.sold_in is None:
            return []
        bit = _BITS.get(self.ask.sold_in)
        here, elsewhere, count_here, count_elsewhere = [], [], 0, 0
        for text, mask, count in self.open.areas:
            if bit is not None and mask >> bit & 1:
                here.append(text)
                count_here += count
            else:
                elsewhere.append(text)
                count_elsewhere += count
        if not here:
            return [(Occur.Must, Query.empty_query())]
        if count_here <= count_elsewhere:
            return [(Occur.Must, any_of("area", here))]
        return [(Occur.MustNot, any_of("area", elsewhere))] if elsewhere else []

    def _variants(self, plain: str) -> list[str]:
        """A mark, and those that stand for it here alone; for one that is none, itself."""
        known = self.open.marks.get(plain)
        if known is None:
            found = self.open.searcher.terms_with_prefix("marks", f"{plain}@")
            known = (plain, *(text for text, _ in found))
            if read_mark(plain) is not None and len(self.open.marks) < facet_values_max:
                self.open.marks[plain] = known
        return marks_here(known, self._bit()).get(plain, [plain])

    def _facets(self, query: Query) -> dict[str, int]:
        wanted = {"marks": {"terms": {"field": "marks", "size": facet_values_max}}}
        buckets = self.open.searcher.aggregate(query, wanted)["marks"]["buckets"]
        counts = {bucket["key"]: int(bucket["doc_count"]) for bucket in buckets}
        here = marks_here(counts, self._bit())
        return {plain: sum(counts[each] for each in given) for plain, given in here.items()}

    def _bit(self) -> int | None:
        return _BITS.get(self.ask.sold_in) if self.ask.sold_in else None


def kind_of(number: int) -> Kind:
    """The kind that a number stands for in the index."""
    return (Kind.RELEASE, Kind.TRACK, Kind.PARTY)[number - 1]
