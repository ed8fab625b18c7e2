"""The machine's encoders as places that its processes take; a crash gives them back."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.delivery.limits import PLACE_LOOK_S
from pennywhistle.machine.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)


def lock_path(name: str) -> Path:
    """Where a lock of this name lies. Nothing in that folder is worth keeping."""
    folder = Path(settings.DATA) / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / name


@contextmanager
def try_to_make(key: str) -> Iterator[bool]:
    """Whether this process may make the rendition of this key, until the end of the block."""
    lock = FileLock.try_take(lock_path(key))
    if lock is None:
        yield False
        return
    with lock:
        yield True


class Places:
    """A number of places that all processes of this machine share."""

    def __init__(self, name: str, count: int) -> None:
        self.count = count
        self.is_full = False
        self._name = name
        self._turn = threading.Lock()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a place until the end of the block; waits for one."""
        # One thread of the process looks, the others wait behind it.
        with self._turn:
            lock = self._wait()
        try:
            yield
        finally:
            if lock is not None:
                lock.release()

    def _wait(self) -> FileLock | None:
        try:
            while (lock := self._try()) is None:
                self.is_full = True
                time.sleep(PLACE_LOOK_S)
        except OSError:
            # A full disk has no room for the file of a lock. The threads of this process are few.
            logger.warning("No lock could be taken.", exc_info=True)
            lock = None
        self.is_full = False
        return lock

    def _try(self) -> FileLock | None:
        for number in range(self.count):
            lock = FileLock.try_take(lock_path(f"{self._name}-{number}"))
            if lock is not None:
                return lock
        return None
