"""The one process of a machine that keeps its index: it opens it, builds where it must, follows."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.discovery.searching.building import (
    BUILDING,
    IndexBeingBuiltError,
    build_folder,
    build_in_database,
)
from pennywhistle.apps.discovery.searching.changes import prune
from pennywhistle.apps.discovery.searching.chosen import is_in_database, places
from pennywhistle.apps.discovery.searching.following import Follower, IndexTooOldError
from pennywhistle.apps.discovery.searching.names import write_popular_names
from pennywhistle.apps.discovery.searching.targets import DatabaseTarget, FolderTarget
from pennywhistle.engines.search.folder.writing import HEAP_BYTES, IndexBusyError
from pennywhistle.machine.locks import FileLock

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.discovery.searching.targets import Target
    from pennywhistle.engines.search.folder import Places

logger = logging.getLogger(__name__)

_NEVER = datetime.min.replace(tzinfo=UTC)
_names_every = timedelta(minutes=5)
_pruned_every = timedelta(hours=1)


@dataclass(slots=True)
class Upkeep:
    """What the process holds between two rounds.

    After any error `let_go` and go on: the index says how far it stands.
    """

    follower: Follower | None = None
    folder: Path | None = None
    named_at: datetime = field(default=_NEVER)
    pruned_at: datetime = field(default=_NEVER)

    def round(self, *, now: datetime) -> int:
        """Bring the index up to date; answers how many documents were made.

        Builds it first where there is none, or none of this database. Raises IndexBeingBuiltError,
        IndexBusyError.
        """
        if self.follower is None or self._is_elsewhere():
            self.let_go()
            self.follower = self._opened(now=now)
        count = self.follower.follow(now=now)
        if not is_in_database() and now - self.named_at >= _names_every:
            write_popular_names()
            self.named_at = now
        if now - self.pruned_at >= _pruned_every:
            prune(now=now)
            self.pruned_at = now
        return count

    def let_go(self) -> None:
        """Close the index; what was not committed is forgotten."""
        if self.follower is not None:
            self.follower.target.close()
        self.follower, self.folder = None, None

    def _is_elsewhere(self) -> bool:
        """Whether another index was built meanwhile, or this one was deleted."""
        return not is_in_database() and self.folder != places().current()

    def _opened(self, *, now: datetime) -> Follower:
        target: Target | None = None
        try:
            target = self._target()
            if target is not None:
                return Follower.of(target, now=now)
        except IndexTooOldError as error:
            logger.warning("%s It is built again.", error)
        except (ValueError, OSError):
            logger.exception("The search index cannot be opened; it is built again.")
        if target is not None:
            target.close()
        self._build(now=now)
        target = self._target()
        assert target is not None
        return Follower.of(target, now=now)

    def _target(self) -> Target | None:
        if is_in_database():
            return DatabaseTarget()
        found = places()
        if found.current() is not None:
            _sweep(found)
        self.folder = found.current()
        if self.folder is None:
            return None
        return FolderTarget(self.folder, heap_bytes=HEAP_BYTES)

    def _build(self, *, now: datetime) -> None:
        if is_in_database():
            build_in_database(now=now)
            return
        build_folder(places(), now=now)
        self.named_at = _NEVER


def _sweep(found: Places) -> None:
    """Delete the indexes that were read before; but none while somebody is building one."""
    lock = FileLock.try_take(found.root / BUILDING)
    if lock is not None:
        with lock:
            found.sweep()


__all__ = ["IndexBeingBuiltError", "IndexBusyError", "Upkeep"]
