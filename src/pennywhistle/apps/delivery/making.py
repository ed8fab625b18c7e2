"""Encodings under way: one thread each, followed by any number of readers, kept whoever leaves."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, BinaryIO, Self

from django.db import connection

from pennywhistle.apps.delivery.errors import MakingFailedError
from pennywhistle.apps.delivery.limits import (
    BACKGROUND_ENCODERS_MAX,
    ENCODERS_MAX,
    FAILURE_REMEMBERED_S,
    PIECE_BYTES,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pennywhistle.apps.delivery.kept import Kept
    from pennywhistle.machine.storage import Incoming

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_under_way: dict[str, Making] = {}
_slots = {
    False: threading.BoundedSemaphore(ENCODERS_MAX),
    True: threading.BoundedSemaphore(BACKGROUND_ENCODERS_MAX),
}


def join(key: str, make: Callable[[Making], Kept], *, in_background: bool) -> Making:
    """The making under this key: the one under way in this process, else a new one.

    Args:
        key: of the rendition.
        make: makes and keeps it, in a thread with a database connection of its own. It tells the
            making of the file as soon as there is something to follow.
        in_background: wait behind others of its kind rather than take a place from someone waiting.
    """
    with _lock:
        _forget_old_failures()
        making = _under_way.get(key)
        if making is None:
            making = _under_way[key] = Making(key)
            arguments = (making, make, _slots[in_background])
            threading.Thread(target=_run, args=arguments, name=f"make {key}", daemon=True).start()
        return making


def _run(making: Making, make: Callable[[Making], Kept], slot: threading.BoundedSemaphore) -> None:
    kept, failure = None, None
    try:
        with slot:
            kept = make(making)
    except Exception as error:  # whatever it was, the readers must not wait for ever
        logger.exception("Rendition %s was not made.", making.key)
        failure = error
    connection.close()
    with _lock:
        if failure is None:
            _under_way.pop(making.key)
    making.end(kept, failure)


def _forget_old_failures() -> None:
    since = time.monotonic() - FAILURE_REMEMBERED_S
    for key in [key for key, making in _under_way.items() if making.failed_before(since)]:
        del _under_way[key]


class Making:
    """One encoding, from the first wish to the kept file or the failure."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._changed = threading.Condition()
        self._reader: BinaryIO | None = None
        self._attempt = 0
        self._written_bytes = 0
        self._kept: Kept | None = None
        self._failure: Exception | None = None
        self._ended_at: float | None = None

    # For the one who makes it.

    def follow_from(self, incoming: Incoming) -> None:
        """Let readers at the file that is being written; a later attempt takes an earlier's place.

        Both give the same bytes, so readers of the earlier one go on where they are.
        """
        with self._changed:
            self._close_reader()
            self._reader = incoming.open()
            self._attempt += 1
            self._written_bytes = 0

    def wrote(self, written_bytes: int) -> None:
        """Say how many bytes can be read."""
        with self._changed:
            self._written_bytes = written_bytes
            self._changed.notify_all()

    def end(self, kept: Kept | None, failure: Exception | None) -> None:
        """Say how it ended. Readers see the end of the file only now, when it is kept."""
        with self._changed:
            self._kept, self._failure = kept, failure
            self._ended_at = time.monotonic()
            self._close_reader()
            self._changed.notify_all()

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    # For those who wait for it.

    def failed_before(self, instant_s: float) -> bool:
        """Whether it failed, and that before this instant of the monotonic clock."""
        ended_at = self._ended_at
        return ended_at is not None and ended_at < instant_s

    @property
    def has_failed(self) -> bool:
        """Whether it ended without a file."""
        return self._failure is not None

    def finished(self) -> Kept:
        """Wait until it is made. Raises MakingFailedError."""
        with self._changed:
            self._changed.wait_for(self._has_ended)
            return self._result()

    def follow(self) -> Iterator[bytes]:
        """All bytes as they are made; waits for the first ones. Raises MakingFailedError."""
        with self._changed:
            self._changed.wait_for(lambda: self._written_bytes > 0 or self._has_ended())
            if self._reader is None:
                kept = self._result()
                return kept.read(0, kept.size_bytes)
            return Follower(self)

    def wait_beyond(self, follower: Follower) -> None:
        """Wait for more than the follower has, and show it; or leave it as it is at the end."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._written_bytes > follower.offset or self._has_ended()
            )
            if self._failure is not None:
                self._result()
            if follower.attempt != self._attempt:
                follower.turn_to(self._handle(), self._attempt)
            follower.available = self._written_bytes

    def _handle(self) -> int:
        """A new handle for the file that is being written, or that was."""
        if self._reader is not None:
            return os.dup(self._reader.fileno())
        kept = self._result()
        return os.open(kept.folder.path(kept.sha256), os.O_RDONLY)

    def _has_ended(self) -> bool:
        return self._ended_at is not None

    def _result(self) -> Kept:
        if self._kept is None:
            raise MakingFailedError("The file could not be made.") from self._failure
        return self._kept


class Follower:
    """Reads a file while it is being written, through a handle of its own."""

    def __init__(self, making: Making) -> None:
        self.offset = 0
        self.available = 0
        self.attempt = 0
        self._making = making
        self._handle: int | None = None
        self._is_closed = False

    def turn_to(self, handle: int, attempt: int) -> None:
        """Read on through another handle."""
        self._let_go()
        self._handle, self.attempt = handle, attempt

    def __iter__(self) -> Self:
        """Iterate over the pieces."""
        return self

    def __next__(self) -> bytes:
        """The next piece, of bounded size; waits for it. Raises MakingFailedError."""
        if not self._is_closed and self.offset == self.available:
            self._making.wait_beyond(self)
        if self._handle is None or self._is_closed or self.offset == self.available:
            self.close()
            raise StopIteration
        wanted = min(PIECE_BYTES, self.available - self.offset)
        # The position of the handle is shared with other readers, so it is not used.
        piece = os.pread(self._handle, wanted, self.offset)
        self.offset += len(piece)
        return piece

    def close(self) -> None:
        """Let go of the file; the making goes on."""
        self._is_closed = True
        self._let_go()

    def _let_go(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __del__(self) -> None:
        """A reader that was dropped without closing holds nothing either."""
        self._let_go()
