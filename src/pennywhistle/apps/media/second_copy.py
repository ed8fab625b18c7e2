"""The second storage of masters: a folder on another disk, or a bucket; read only to restore."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from pennywhistle.apps.media.volumes import mark, require_mark
from pennywhistle.machine.storage import Folder, StoredFileMissingError
from pennywhistle.machine.storage.folder import chunks_of
from pennywhistle.machine.storage.s3 import OtherContentError, Prefix

if TYPE_CHECKING:
    from collections.abc import Iterator


class SecondCopy(Protocol):
    """Somewhere else, where content lies under its SHA-256.

    Everything may raise OSError or `s3.UnreachableError` while it is away.
    """

    def size_bytes(self, sha256: str) -> int | None:
        """How large the copy is; None: there is none."""

    def read(self, sha256: str) -> Iterator[bytes]:
        """The copy in pieces. Raises StoredFileMissingError."""

    def write(self, sha256: str, source: Path) -> None:
        """Copy a file; what is there under this hash is replaced."""


def second_copy() -> SecondCopy | None:
    """What `PENNYWHISTLE_MASTERS_COPY` names; None without a second storage."""
    return _at(settings.MASTERS_COPY) if settings.MASTERS_COPY else None


@cache
def _at(address: str) -> SecondCopy:
    if address.startswith("s3://"):
        return InBucket(Prefix(address))
    return InFolder(Folder(Path(address)))


@dataclass(frozen=True, slots=True)
class InFolder:
    """A folder, on another disk or mounted from another machine, that was taken into use.

    Everything raises VolumeAwayError while it is not mounted, so that no copy lands on the disk
    under its mount point.
    """

    folder: Folder

    def take_into_use(self) -> None:
        """Mark it; the operator does this once, with the disk mounted."""
        mark(self.folder.root)

    def size_bytes(self, sha256: str) -> int | None:
        """See SecondCopy."""
        require_mark(self.folder.root)
        try:
            return self.folder.path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, sha256: str) -> Iterator[bytes]:
        """See SecondCopy."""
        require_mark(self.folder.root)
        with self.folder.open(sha256) as file:
            yield from chunks_of(file)

    def write(self, sha256: str, source: Path) -> None:
        """See SecondCopy. The folder files content under what it is, so a wrong one lies apart."""
        del sha256
        require_mark(self.folder.root)
        self.folder.put_file(source)


@dataclass(frozen=True, slots=True)
class InBucket:
    """A prefix of a bucket of any S3-compatible service."""

    prefix: Prefix

    def size_bytes(self, sha256: str) -> int | None:
        """See SecondCopy."""
        return self.prefix.size_bytes(_key(sha256))

    def read(self, sha256: str) -> Iterator[bytes]:
        """See SecondCopy."""
        try:
            yield from self.prefix.read(_key(sha256))
        except OtherContentError as error:
            raise StoredFileMissingError(f"No copy of {sha256}.") from error

    def write(self, sha256: str, source: Path) -> None:
        """See SecondCopy."""
        self.prefix.write_file(_key(sha256), source)


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
