"""Locks between the processes of one machine: files that the kernel unlocks when a process ends."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class FileLock:
    """A lock that this process holds on a file; leaving the block lets go, as does a crash."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def try_take(cls, path: Path) -> Self | None:
        """The lock, or None if it is held, by this process or another. The folder must exist."""
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return None
            if _is_still(path, handle):
                return cls(path, handle)
            # Its holder removed the file between our opening and our locking of it.
            os.close(handle)

    def release(self, *, for_good: bool = False) -> None:
        """Let go; `for_good` also removes the file, if few locks come back under its name."""
        if for_good:
            self._path.unlink(missing_ok=True)
        os.close(self._handle)

    def __enter__(self) -> Self:
        """Hold it until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        self.release(for_good=True)


def _is_still(path: Path, handle: int) -> bool:
    try:
        there, ours = path.stat(), os.fstat(handle)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
