"""The port to where parcels lie: listing, reading, and writing acknowledgements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


class UnreachableError(Exception):
    """The place cannot be read or written now; it will be tried again."""

    code = "unreachable"


class UnsafeError(Exception):
    """The parcel holds something that is never read: a link, a device, a name that tricks."""

    code = "unsafe-file"


class TooMuchError(UnsafeError):
    """The parcel holds more than one may."""

    code = "parcel-too-large"


class ChangedError(Exception):
    """A file is not any more what was listed: somebody is still writing."""

    code = "changed"


class UnreadableError(ChangedError):
    """A file or folder of a parcel that the store may not read; its sender can let it."""

    code = "unreadable"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a parcel: its path there, and how a change of it is noticed."""

    path: str
    size_bytes: int
    version: str
    changed_at: datetime


class Place(Protocol):
    """Where a supplier puts parcels. Nothing in it is ever changed but `acknowledgements/`."""

    def folders(self) -> list[str]:
        """The names of all folders that could be parcels. Raises UnreachableError."""

    def entries(self, folder: str) -> list[Entry]:
        """The files of a parcel by path. Raises UnreachableError, ChangedError, UnsafeError."""

    def read(self, folder: str, entry: Entry) -> Iterator[bytes]:
        """A file's content in pieces. Raises UnreachableError, ChangedError."""

    def write(self, path: str, data: bytes) -> None:
        """Put a file, whole or not at all. Raises UnreachableError."""
