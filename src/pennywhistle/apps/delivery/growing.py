"""A file that is being made: followed by any number of readers, wherever in it they begin."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

from pennywhistle.apps.delivery.errors import DeliveryError, MakingFailedError
from pennywhistle.apps.delivery.limits import PIECE_BYTES, STALL_PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from pennywhistle.apps.delivery.kept import Kept


class Readable(Protocol):
    """What is being written, and can be opened by others."""

    def open(self) -> BinaryIO: ...


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

    def follow_from(self, incoming: Readable) -> None:
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
            if written_bytes != self._written_bytes:
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
        return self.has_failed and ended_at is not None and ended_at < instant_s

    @property
    def has_failed(self) -> bool:
        """Whether it ended without a file."""
        return self._failure is not None

    @property
    def has_ended(self) -> bool:
        """Whether it is made, or failed."""
        return self._ended_at is not None

    @property
    def written_bytes(self) -> int:
        """How much of it is there; all of it once it has ended well."""
        kept = self._kept
        return self._written_bytes if kept is None else kept.size_bytes

    def wait_for(self, size_bytes: int, *, seconds_max: float) -> bool:
        """Wait until so much of it is there, or all of it; False if that takes longer.

        Raises a DeliveryError if it could not be made.
        """
        with self._changed:
            is_there = self._changed.wait_for(
                lambda: self._written_bytes >= size_bytes or self.has_ended, seconds_max
            )
            if self.has_failed:
                self._result()
            return is_there

    def finished(self) -> Kept:
        """Wait until it is made. Raises a DeliveryError."""
        with self._changed:
            self._changed.wait_for(lambda: self.has_ended)
            return self._result()

    def follow(self, start: int = 0, end: int | None = None) -> Follower:
        """The bytes from `start` up to `end`, or to the last one, as they are made.

        Waits for the first bytes of the file. Raises a DeliveryError.
        """
        with self._changed:
            self._wait_until(lambda: self._written_bytes > 0 or self.has_ended)
            if self.has_ended:
                self._result()
            return Follower(self, start, end)

    def wait_beyond(self, follower: Follower) -> None:
        """Wait for more than the follower has, and show it; or leave it as it is at the end."""
        with self._changed:
            self._wait_until(lambda: self._written_bytes > follower.offset or self.has_ended)
            if self.has_failed:
                self._result()
            if follower.attempt != self._attempt or not follower.is_open:
                follower.turn_to(self._handle(), self._attempt)
            follower.available = self.written_bytes

    def _wait_until(self, is_there: Callable[[], bool]) -> None:
        """A reader keeps one of the server's threads: not for ever, when nothing is written."""
        seen_bytes = -1
        while seen_bytes != self._written_bytes:
            seen_bytes = self._written_bytes
            if self._changed.wait_for(is_there, STALL_PATIENCE_S):
                return
        raise MakingFailedError("The file has not grown for long.")

    def _handle(self) -> int:
        """A new handle for the file that is being written, or that was."""
        if self._reader is not None:
            return os.dup(self._reader.fileno())
        kept = self._result()
        with kept.folder.open(kept.sha256) as file:
            return os.dup(file.fileno())

    def _result(self) -> Kept:
        if self._kept is not None:
            return self._kept
        if isinstance(self._failure, DeliveryError):
            # Raised in another thread than the one it happened in, and more than once.
            raise type(self._failure)(*self._failure.args) from self._failure
        raise MakingFailedError("The file could not be made.") from self._failure


class Follower:
    """Reads a file while it is being written, through a handle of its own."""

    def __init__(self, making: Making, start: int = 0, end: int | None = None) -> None:
        self.offset = start
        self.available = 0
        self.attempt = 0
        self._end = end
        self._making = making
        self._handle: int | None = None
        self._is_closed = False

    @property
    def is_open(self) -> bool:
        """Whether it has a handle to read through."""
        return self._handle is not None

    def turn_to(self, handle: int, attempt: int) -> None:
        """Read on through another handle."""
        self._let_go()
        self._handle, self.attempt = handle, attempt

    def __iter__(self) -> Self:
        """Iterate over the pieces."""
        return self

    def __next__(self) -> bytes:
        """The next piece, of bounded size; waits for it. Raises a DeliveryError."""
        if not self._is_closed and not self._is_at_end and self.offset >= self.available:
            self._making.wait_beyond(self)
        wanted = min(PIECE_BYTES, self._limit - self.offset)
        if self._handle is None or self._is_closed or wanted <= 0:
            self.close()
            raise StopIteration
        # The position of the handle is shared with other readers, so it is not used.
        piece = os.pread(self._handle, wanted, self.offset)
        if not piece:
            self.close()
            raise MakingFailedError("The file is shorter than what was noted of it.")
        self.offset += len(piece)
        return piece

    @property
    def _is_at_end(self) -> bool:
        return self._end is not None and self.offset >= self._end

    @property
    def _limit(self) -> int:
        return self.available if self._end is None else min(self.available, self._end)

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
