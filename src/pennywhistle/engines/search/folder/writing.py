"""Writing the index: documents in and out, and the position that they stand at, in one commit."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

import tantivy

from pennywhistle.engines.search.folder.schema import VERSION, key_of, opened, row_of, schema
from pennywhistle.engines.search.port import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from pennywhistle.engines.search.port import Document

_NOTE = "note"
# What a change adds waits here, and a build in so much more.
HEAP_BYTES, BUILD_HEAP_BYTES = 30_000_000, 200_000_000


class IndexBusyError(Exception):
    """Another process writes to this index."""

    code = "search-index-busy"


@dataclass(frozen=True, slots=True)
class Kept:
    """What an index says of itself: which database it follows, how far, and until when it looked.

    `place` is a number of that database's transactions and `row` one among what it noted;
    `looked_at_s` is an instant in Unix seconds.
    """

    source: str
    place: int
    looked_at_s: float
    row: int = 0
    version: int = VERSION


def kept_of(searcher: tantivy.Searcher) -> Kept | None:
    """What an index says of itself; None: nothing that this version understands."""
    found = searcher.search(tantivy.Query.term_query(schema(), "key", _NOTE), 1).hits
    if not found:
        return None
    try:
        kept = Kept(**json.loads(searcher.doc(found[0][1]).get_first("note") or ""))
    except (TypeError, ValueError):
        return None
    return kept if kept.version == VERSION else None


class FolderWriter:
    """The one writer of an index; see the port for its verbs. Nothing holds before `commit`."""

    def __init__(self, folder: Path, *, heap_bytes: int = HEAP_BYTES) -> None:
        self.folder = folder
        self._index = opened(str(folder))
        try:
            # One thread: a machine that sells has no others to spare.
            self._writer = self._index.writer(heap_bytes, 1)
        except ValueError as error:
            if "Lock" in str(error):
                raise IndexBusyError("Another process writes to the search index.") from error
            raise

    def kept(self) -> Kept | None:
        """What the index says of itself."""
        self._index.reload()
        return kept_of(self._index.searcher())

    def put(self, documents: Iterable[Document], *, is_new: bool = False) -> None:
        """Add documents; the same kind and id again takes the old one's place.

        `is_new` promises that none of them is there.
        """
        for document in documents:
            if not is_new:
                self._drop("key", key_of(document.kind, document.id))
            self._writer.add_document(row_of(document))

    def drop_release(self, release_id: int) -> None:
        """Take out a release and its tracks."""
        # A term of the number itself would be read as one of a signed field, and find nothing.
        of_release = tantivy.Query.term_query(schema(), "release", release_id)
        self._writer.delete_documents_by_query(of_release)

    def drop_party(self, party_id: int) -> None:
        """Take out a party."""
        self._drop("key", key_of(Kind.PARTY, party_id))

    def clear(self) -> None:
        """Take out everything."""
        self._writer.delete_all_documents()

    def commit(self, kept: Kept) -> None:
        """Let readers see it, with how far it stands: all of it, or after a crash nothing."""
        self._drop("key", _NOTE)
        row = tantivy.Document()
        row.add_text("key", _NOTE)
        row.add_text("note", json.dumps(asdict(kept)))
        self._writer.add_document(row)
        self._writer.commit()

    def finish(self) -> None:
        """Wait until small parts were merged into few, and let go."""
        self._writer.wait_merging_threads()

    def close(self) -> None:
        """Let go of what was not committed, and of the lock."""
        del self._writer

    def __enter__(self) -> Self:
        """Write until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        if hasattr(self, "_writer"):
            self.close()

    def _drop(self, field: str, value: str) -> None:
        self._writer.delete_documents_by_term(field, value)
