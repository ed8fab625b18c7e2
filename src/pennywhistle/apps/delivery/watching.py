"""Renditions that other processes are making: their files are followed as they grow."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from pennywhistle.apps.delivery.limits import WATCH_S
from pennywhistle.apps.delivery.places import lock_path
from pennywhistle.machine.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pennywhistle.apps.delivery.growing import Making

logger = logging.getLogger(__name__)


class Watch:
    """One thread that looks at all of them, while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followed: list[_Elsewhere] = []
        self._is_awake = False

    def is_made_elsewhere(self, key: str) -> bool:
        """Whether another process is at it. A lock that cannot be asked for says no."""
        return _is_held(lock_path(key))

    def follow(
        self, making: Making, *, growing_at: Path | None, on_end: Callable[[], None]
    ) -> None:
        """Show the readers of `making` what another process writes; `on_end` when that ends."""
        with self._lock:
            self._followed.append(_Elsewhere(making, growing_at, on_end))
            if not self._is_awake:
                self._is_awake = True
                threading.Thread(target=self._look, name="watch makings", daemon=True).start()

    def _look(self) -> None:
        try:
            while self._look_once():
                time.sleep(WATCH_S)
        except BaseException:
            # Whatever it was, the next one to follow wakes another thread, which sees to all.
            with self._lock:
                self._is_awake = False
            raise

    def _look_once(self) -> bool:
        """Look at each; False, once there are none, and then nobody is awake any more."""
        with self._lock:
            if not self._followed:
                self._is_awake = False
                return False
            followed = list(self._followed)
        ended = [each for each in followed if not _is_going_on(each)]
        with self._lock:
            self._followed = [each for each in self._followed if each not in ended]
        for each in ended:
            try:
                each.on_end()
            except Exception:
                logger.exception("The end of %s was not told.", each.making.key)
        return True


def _is_going_on(each: _Elsewhere) -> bool:
    """One that cannot be looked at (a disk's error, no handles left) has ended for us."""
    try:
        return each.is_going_on()
    except Exception:
        logger.exception("The making of %s elsewhere cannot be followed.", each.making.key)
        each.close()
        return False


@dataclass(slots=True, eq=False)
class _Elsewhere:
    making: Making
    growing_at: Path | None
    on_end: Callable[[], None]
    _followed: BinaryIO | None = None
    _identity: tuple[int, int] | None = None

    def is_going_on(self) -> bool:
        """Show what there is; False once the other process has let go."""
        # Asked first: what was written before it let go is seen either way.
        is_held = _is_held(lock_path(self.making.key))
        if self.growing_at is not None:
            with suppress(FileNotFoundError):
                self._turn_to(self.growing_at)
            if self._followed is not None:
                self.making.wrote(os.fstat(self._followed.fileno()).st_size)
        if not is_held:
            self.close()
        return is_held

    def close(self) -> None:
        """Let go of the file."""
        if self._followed is not None:
            self._followed.close()

    def _turn_to(self, path: Path) -> None:
        """Follow the file that lies there now: the first, or one of a second attempt."""
        there = path.stat()
        if (there.st_dev, there.st_ino) == self._identity:
            return
        self.close()
        self._followed = path.open("rb")
        self._identity = (there.st_dev, there.st_ino)
        self.making.follow_from(_Opened(self._followed))


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file by its handle, since its name goes when the other process has made it."""

    file: BinaryIO

    def open(self) -> BinaryIO:
        """Another handle for reading."""
        return os.fdopen(os.dup(self.file.fileno()), "rb")


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        lock = FileLock.try_take(path)
    except OSError:
        return False
    if lock is None:
        return True
    lock.release(for_good=True)
    return False
