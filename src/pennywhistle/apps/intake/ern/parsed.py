"""Messages that were parsed when they were taken, until the same process goes on with them."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.engines.ddex import Limits, NewRelease, Purge

# A parsed message takes some twenty times its bytes.
_BYTES_KEPT_MAX = 1024 * 1024

_Key = tuple[str, "Limits"]


class Parsed:
    """The newest parsed messages by the SHA-256 of their documents; each is given away once.

    Only what is at hand anyway is spared by it: whoever finds nothing here parses again.
    """

    def __init__(self, bytes_max: int = _BYTES_KEPT_MAX) -> None:
        self._bytes_max = bytes_max
        self._lock = Lock()
        self._held: OrderedDict[_Key, tuple[NewRelease | Purge, int]] = OrderedDict()

    def put(self, key: _Key, message: NewRelease | Purge, size_bytes: int) -> None:
        """Hold a message; the oldest ones go where they are too many."""
        with self._lock:
            self._held[key] = (message, size_bytes)
            while sum(size for _, size in self._held.values()) > self._bytes_max:
                self._held.popitem(last=False)

    def take(self, key: _Key) -> NewRelease | Purge | None:
        """Give a message away, if it is here."""
        with self._lock:
            message, _ = self._held.pop(key, (None, 0))
            return message


PARSED = Parsed()
