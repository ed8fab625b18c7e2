"""Renditions in an archive: there when their turn comes, however long its reader takes.

The cache forgets what was not used within the hour, and a shelf on a slow line takes longer.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.delivery.cache import note_use
from pennywhistle.apps.delivery.errors import MakingFailedError
from pennywhistle.apps.delivery.limits import USED_AT_GRAIN_S
from pennywhistle.apps.delivery.unmade import Unmade
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from datetime import datetime

    from pennywhistle.apps.delivery.kept import Kept
    from pennywhistle.apps.delivery.wanted import Wanted


class Uses:
    """The use of all that an archive holds, noted now and then while it is sent."""

    def __init__(self, keys: Sequence[str], *, now: datetime) -> None:
        self._keys = keys
        self._from = now
        self._from_s = self._noted_s = time.monotonic()
        self._lock = threading.Lock()

    @property
    def now(self) -> datetime:
        """The instant at which the archive was asked for, and what has passed since."""
        return self._from + timedelta(seconds=time.monotonic() - self._from_s)

    def note(self) -> None:
        """Note it, if that was not done for a while."""
        with self._lock:
            if time.monotonic() - self._noted_s < USED_AT_GRAIN_S:
                return
            self._noted_s = time.monotonic()
        note_use(self._keys, now=self.now)
        _let_go_of_database()


@dataclass(frozen=True, slots=True)
class Lasting:
    """A rendition as an archive holds it: `kept` while it is, else made once more."""

    kept: Kept
    wanted: Wanted
    person: Hashable
    uses: Uses

    @property
    def sha256(self) -> str:
        """Of the content."""
        return self.kept.sha256

    @property
    def size_bytes(self) -> int:
        """Of the content."""
        return self.kept.size_bytes

    @property
    def crc32(self) -> int:
        """Of the content."""
        return self.kept.crc32

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, exclusive.

        Raises a DeliveryError: it is gone, and not made again within a request's patience.
        """
        self.uses.note()
        try:
            return self.kept.read(start, end)
        except StoredFileMissingError:
            again = Unmade(self.wanted, self.uses.now, self.person).finished_soon()
            _let_go_of_database()
        if again.sha256 != self.kept.sha256:
            raise MakingFailedError("Made again, the file is another one.")
        return again.read(start, end)


def _let_go_of_database() -> None:
    """A slow reader's thread keeps no connection."""
    if not connection.in_atomic_block:
        connection.close()
