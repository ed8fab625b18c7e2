"""A folder of files that lies in an S3 bucket, with working copies on this machine."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from pennywhistle.machine.storage.folder import (
    Folder,
    Incoming,
    StoredFileMissingError,
)
from pennywhistle.machine.storage.s3 import OtherContentError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pennywhistle.machine.storage.s3 import Prefix

_PIECE_BYTES = 256 << 10
_BATCH = 500
_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)


class DamagedError(Exception):
    """What the bucket holds under a hash is not what was put there."""

    code = "stored-file-damaged"


@dataclass(frozen=True, slots=True)
class BucketFolder(Folder):
    """Content that lies in a bucket; `root` holds the copies that this machine works with.

    Content is in the bucket before it is here, so that what was taken is never only here. Whatever
    is asked for as a file (`path`, `open`) is fetched first, and checked against its hash. Only
    content by hash lies in the bucket: files by name (`write`) stay on this machine.

    Every method raises `s3.UnreachableError` if the bucket is needed and cannot be reached.
    """

    bucket: Prefix

    def path(self, sha256: str) -> Path:
        """Where the working copy lies; it is fetched if it is not there."""
        place = self._place(sha256)
        if place.is_file():
            # By this the working copies that are not needed any more are told from the others.
            with suppress(FileNotFoundError):
                os.utime(place)
        else:
            self._fetch(sha256)
        return place

    def has(self, sha256: str) -> bool:
        """Whether content of this hash is here or in the bucket."""
        return self._place(sha256).is_file() or self.bucket.size_bytes(_key(sha256)) is not None

    def size_bytes(self, sha256: str) -> int:
        """How large the content is. Raises StoredFileMissingError."""
        with suppress(FileNotFoundError):
            return self._place(sha256).stat().st_size
        size_bytes = self.bucket.size_bytes(_key(sha256))
        if size_bytes is None:
            raise _missing(sha256)
        return size_bytes

    def open(self, sha256: str) -> BinaryIO:
        """The working copy, for reading. Raises StoredFileMissingError, DamagedError."""
        self.path(sha256)
        return Folder.open(self, sha256)

    def read_part(
        self, sha256: str, start: int, end: int, *, piece_bytes: int = _PIECE_BYTES
    ) -> Iterator[bytes]:
        """As a folder does it; without a working copy straight from the bucket."""
        if self._place(sha256).is_file():
            with suppress(StoredFileMissingError):
                return Folder.read_part(self, sha256, start, end, piece_bytes=piece_bytes)
        if start >= end:
            return iter(())
        found = self.bucket.read_part(_key(sha256), start, end)
        if found is None:
            raise _missing(sha256)
        return found

    @contextmanager
    def receive(self, name: str = "") -> Iterator[Incoming]:
        """As a folder does it; stored is what the bucket has taken."""
        with self._temporary(name) as (temporary, file):
            incoming = Incoming(temporary, file)
            yield incoming
            file.flush()
            sha256 = incoming.stored.sha256
            self.bucket.write_file(_key(sha256), temporary)
            self._move(temporary, file, self._place(sha256))

    def remove(self, sha256: str) -> None:
        """Forget content that can be made again, there and here."""
        self.bucket.remove(_key(sha256))
        Folder.remove(self, sha256)

    def old_files(self, *, before_s: float) -> Iterator[list[str]]:
        """The hashes of all content that the bucket took before an instant, in batches."""
        batch = []
        for key in self.bucket.keys(""):
            name = key.path.rpartition("/")[2]
            if key.changed_at.timestamp() < before_s and _NAME.fullmatch(name):
                batch.append(name)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def trim(self, *, size_bytes_max: int) -> int:
        """Remove the working copies that were not used for longest; answers how many."""
        places = [place for place in self.root.glob("[0-9a-f][0-9a-f]/*") if place.is_file()]
        found = sorted((place.stat().st_mtime, place.stat().st_size, place) for place in places)
        size_bytes = sum(size for _, size, _ in found)
        removed = 0
        for _, size, place in found:
            if size_bytes <= size_bytes_max:
                break
            # Who has it open reads on.
            place.unlink(missing_ok=True)
            size_bytes -= size
            removed += 1
        return removed

    def _fetch(self, sha256: str) -> None:
        size_bytes = self.bucket.size_bytes(_key(sha256))
        if size_bytes is None:
            return
        with self._temporary() as (temporary, file):
            incoming = Incoming(temporary, file)
            try:
                for piece in self.bucket.read(_key(sha256)):
                    incoming.write(piece)
            except OtherContentError:
                # Removed since.
                return
            if incoming.stored.sha256 != sha256:
                raise DamagedError(f"The bucket's {sha256} has other content.")
            self._move(temporary, file, self._place(sha256))


def _key(sha256: str) -> str:
    """As in a folder, so that one can be copied to the other."""
    return f"{sha256[:2]}/{sha256}"


def _missing(sha256: str) -> StoredFileMissingError:
    return StoredFileMissingError(f"No stored file {sha256}.")
