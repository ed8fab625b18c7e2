"""Files that are there: read in part or whole, in pieces, by whoever answers a request."""

from __future__ import annotations

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
        """The bytes from `start` up to `end`, exclusive; the file is open only meanwhile."""
        with self.folder.open(self.sha256) as file:
            file.seek(start)
            left = end - start
            while left > 0 and (piece := file.read(min(left, PIECE_BYTES))):
                left -= len(piece)
                yield piece
