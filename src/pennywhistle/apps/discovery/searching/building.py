"""Building an index from the catalog, beside the one that is searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.discovery.searching.changes import here_and_now, source
from pennywhistle.apps.discovery.searching.following import parties_per_step, releases_per_step
from pennywhistle.apps.discovery.searching.people import party_documents
from pennywhistle.apps.discovery.searching.releases import release_documents
from pennywhistle.apps.discovery.searching.targets import DatabaseTarget, FolderTarget
from pennywhistle.apps.parties.models import Party
from pennywhistle.engines.search.folder import Kept
from pennywhistle.engines.search.folder.writing import BUILD_HEAP_BYTES
from pennywhistle.machine.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pennywhistle.engines.search import Document
    from pennywhistle.engines.search.folder import Places

    Progress = Callable[[int, int], None]

# The lock of who builds, in the folder of a machine's indexes.
BUILDING = "building"


class IndexBeingBuiltError(Exception):
    """Somebody else builds the index of this machine."""

    code = "search-index-being-built"


def unheard(done: int, total: int) -> None:
    """Nobody watches."""


def build_folder(places: Places, *, now: datetime, progress: Progress = unheard) -> int:
    """Make this machine's index again and let it be searched; answers how many releases it holds.

    The one that is searched meanwhile stays until this one is whole; its folder goes then. Killed,
    nothing has changed. Raises IndexBeingBuiltError.
    """
    places.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock.try_take(places.root / BUILDING)
    if lock is None:
        raise IndexBeingBuiltError("Somebody else is building the search index.")
    with lock:
        # What a build that was killed left behind.
        places.sweep()
        # Whatever is committed after this is followed later, whether it was read now or not.
        kept = _kept(now)
        target = FolderTarget(places.new(), heap_bytes=BUILD_HEAP_BYTES)
        count = 0
        for documents, releases in _documents(now=now, progress=progress):
            target.put(documents, is_new=True)
            count += releases
        with target.step(kept):
            pass
        target.finish()
        places.switch(target.folder)
    return count


def build_in_database(*, now: datetime, progress: Progress = unheard) -> int:
    """Make the index in the database again; searches meanwhile find what is there already.

    What is no longer in the catalog goes at the end.
    """
    target, count, kept = DatabaseTarget(), 0, _kept(now)
    seen: set[tuple[str, int]] = set()
    unbuilt = Kept("", 0, 0.0)
    for documents, releases in _documents(now=now, progress=progress):
        with target.step(unbuilt) as writing:
            writing.put(documents)
        seen |= {(document.kind.value, document.id) for document in documents}
        count += releases
    with target.step(kept):
        target.keep_only(seen)
    return count


def _kept(now: datetime) -> Kept:
    place = here_and_now()
    return Kept(source(), place.xid, now.timestamp(), place.row)


def _documents(*, now: datetime, progress: Progress) -> Iterator[tuple[list[Document], int]]:
    """All documents, some hundred at a time, with how many releases they are of."""
    releases = Release.objects.published(at=now)
    total, done, last = releases.count(), 0, 0
    while True:
        ids = list(
            releases.filter(id__gt=last)
            .order_by("id")
            .values_list("id", flat=True)[:releases_per_step]
        )
        if not ids:
            break
        yield release_documents(ids, at=now), len(ids)
        done, last = done + len(ids), ids[-1]
        progress(done, max(total, done))
    last = 0
    while True:
        ids = list(
            Party.objects.filter(id__gt=last)
            .order_by("id")
            .values_list("id", flat=True)[:parties_per_step]
        )
        if not ids:
            break
        yield party_documents(ids, at=now), 0
        last = ids[-1]
