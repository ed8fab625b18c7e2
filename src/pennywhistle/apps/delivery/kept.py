"""Files that are there: read in part or whole, in pieces, by whoever answers a request."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.limits import PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.machine.storage import Folder


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file. The same `etag` means the same bytes."""

    folder: Folder
    sha256: str
    size_bytes: int
    crc32: int
    etag: str

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, exclusive. Raises StoredFileMissingError at once."""
        return self.folder.read_part(self.sha256, start, end, piece_bytes=PIECE_BYTES)


@dataclass(frozen=True, slots=True)
class InMemory:
    """A small file that is held in memory: see `in_memory`."""

    data: bytes
    sha256: str
    crc32: int

    @property
    def size_bytes(self) -> int:
        """Of the data."""
        return len(self.data)

    @property
    def etag(self) -> str:
        """Its SHA-256."""
        return self.sha256

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, exclusive, in one piece."""
        yield self.data[start:end]


def in_memory(data: bytes) -> InMemory:
    """A few bytes as a file."""
    return InMemory(data, hashlib.sha256(data).hexdigest(), zlib.crc32(data))
