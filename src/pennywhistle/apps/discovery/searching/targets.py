"""Where documents are written: a machine's own folder, or the store's database."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from django.db import connection, transaction

from pennywhistle.apps.discovery.index import INDEX
from pennywhistle.apps.discovery.models import Position, SearchDocument
from pennywhistle.engines.search.folder import FolderWriter, Kept
from pennywhistle.engines.search.folder.schema import VERSION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from pennywhistle.engines.search import Document

_NAME = "database"


class Target(Protocol):
    """An index that is being written; what one `step` writes holds together or not at all."""

    def kept(self) -> Kept | None:
        """How far it stands; None where it must be built."""

    @contextmanager
    def step(self, kept: Kept) -> Iterator[Target]:
        """Write some; at the end it stands as far as `kept` says."""

    def put(self, documents: Iterable[Document], *, is_new: bool = False) -> None:
        """See the port."""

    def drop_release(self, release_id: int) -> None:
        """See the port."""

    def drop_party(self, party_id: int) -> None:
        """See the port."""

    def close(self) -> None:
        """Let go of it."""


class FolderTarget:
    """The index in a folder; its writer's lock keeps others out."""

    def __init__(self, folder: Path, *, heap_bytes: int) -> None:
        self.folder = folder
        self._writer = FolderWriter(folder, heap_bytes=heap_bytes)
        self.put = self._writer.put
        self.drop_release = self._writer.drop_release
        self.drop_party = self._writer.drop_party
        self.kept = self._writer.kept
        self.close = self._writer.close
        self.finish = self._writer.finish

    @contextmanager
    def step(self, kept: Kept) -> Iterator[FolderTarget]:
        """Write some; after an error the writer is not to be used any more."""
        yield self
        self._writer.commit(kept)


class DatabaseTarget:
    """The index in the store's database, for all machines; an advisory lock lets one write."""

    drop_release = staticmethod(INDEX.drop_release)
    drop_party = staticmethod(INDEX.drop_party)

    def kept(self) -> Kept | None:
        """How far it stands, by its own row."""
        row = Position.objects.filter(name=_NAME).values_list("kept", flat=True).first()
        try:
            kept = Kept(**row) if row else None
        except TypeError:
            return None
        return kept if kept and kept.version == VERSION else None

    def put(self, documents: Iterable[Document], *, is_new: bool = False) -> None:
        """See the port; here it is found out what is new."""
        del is_new
        INDEX.put(documents)

    @contextmanager
    def step(self, kept: Kept) -> Iterator[DatabaseTarget]:
        """Write some, in one transaction."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('discovery_index'), 0)")
            yield self
            Position.objects.update_or_create(name=_NAME, defaults={"kept": asdict(kept)})

    def keep_only(self, kept: Collection[tuple[str, int]]) -> None:
        """Take out all documents but these (kind, id)."""
        rows = SearchDocument.objects.values_list("id", "kind", "object_id").iterator()
        gone = [number for number, kind, object_id in rows if (kind, object_id) not in kept]
        SearchDocument.objects.filter(id__in=gone).delete()

    def close(self) -> None:
        """Nothing is held between two steps."""
