"""Tells whether anybody opened a file, by inotify(7): C libraries escape Python's own hooks."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IN_ACCESS, _IN_OPEN = 0x1, 0x20
_libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    """Watches one file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def was_touched(self) -> bool:
        """Whether the file was opened or read since the last question."""
        try:
            return bool(os.read(self._descriptor, 4096))
        except BlockingIOError:
            return False


@contextmanager
def watched(path: Path) -> Iterator[Watch]:
    """Watch a file inside the block; proves first that it sees an opening."""
    descriptor = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert descriptor >= 0, os.strerror(ctypes.get_errno())
    try:
        _libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_ACCESS | _IN_OPEN)
        watch = Watch(descriptor)
        path.read_bytes()
        assert watch.was_touched()
        yield watch
    finally:
        os.close(descriptor)
