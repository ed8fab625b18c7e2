"""A folder of files: by content (named by their SHA-256) or by name, never half written."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_CHUNK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class StoredFileMissingError(FileNotFoundError):
    """The folder has no such file."""

    code = "stored-file-missing"


class TooLargeError(Exception):
    """The file is larger than what may be stored."""

    code = "too-large"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is safely in the folder: its SHA-256, size, and CRC-32 (for zip directories)."""

    sha256: str
    size_bytes: int
    crc32: int


class Incoming:
    """Content on its way into a folder. What was flushed can be read through `open` already."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.size_bytes = 0
        self._sha256 = hashlib.sha256()
        self._crc32 = 0
        self._path = path
        self._file = file

    def write(self, chunk: bytes) -> None:
        """Append."""
        self._sha256.update(chunk)
        self._crc32 = zlib.crc32(chunk, self._crc32)
        self._file.write(chunk)
        self.size_bytes += len(chunk)

    def flush(self) -> None:
        """Let readers see what was written."""
        self._file.flush()

    def open(self) -> BinaryIO:
        """A handle of one's own for reading; it stays good when the file is stored."""
        return self._path.open("rb")

    @property
    def stored(self) -> Stored:
        """What the content is, so far."""
        return Stored(self._sha256.hexdigest(), self.size_bytes, self._crc32)


@dataclass(frozen=True, slots=True)
class Folder:
    """Files below `root`. Content is spread over 256 folders by the first byte of its hash."""

    root: Path

    def path(self, sha256: str) -> Path:
        """Where content of this hash lies, or would lie, as a file of this machine."""
        return self._place(sha256)

    def _place(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise StoredFileMissingError(f"{sha256!r} is not a SHA-256.")
        return self.root / sha256[:2] / sha256

    def here(self, sha256: str) -> Path | None:
        """The file of this machine with this content, if there is one now."""
        place = self._place(sha256)
        return place if place.is_file() else None

    def has(self, sha256: str) -> bool:
        """Whether content of this hash is here."""
        return self._place(sha256).is_file()

    def size_bytes(self, sha256: str) -> int:
        """How large the content is. Raises StoredFileMissingError."""
        try:
            return self._place(sha256).stat().st_size
        except FileNotFoundError as error:
            raise StoredFileMissingError(f"No stored file {sha256}.") from error

    def open(self, sha256: str) -> BinaryIO:
        """The content, for reading. Raises StoredFileMissingError."""
        try:
            return self._place(sha256).open("rb")
        except FileNotFoundError as error:
            raise StoredFileMissingError(f"No stored file {sha256}.") from error

    def read_part(
        self, sha256: str, start: int, end: int, *, piece_bytes: int = _CHUNK_BYTES
    ) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, exclusive, in pieces.

        The file is opened now, so that a lost one is noticed before anything is sent, and closed
        with the iterator. Raises StoredFileMissingError.
        """
        return _Part(self.open(sha256), start, end, piece_bytes)

    def put(self, chunks: Iterable[bytes], *, size_bytes_max: int | None = None) -> Stored:
        """Store content under its hash; the same content twice is one file.

        Raises:
            TooLargeError: it is larger than `size_bytes_max`; nothing is left behind.
        """
        with self.receive() as incoming:
            for chunk in chunks:
                incoming.write(chunk)
                if size_bytes_max is not None and incoming.size_bytes > size_bytes_max:
                    raise TooLargeError(f"The file is larger than {size_bytes_max} bytes.")
        return incoming.stored

    def growing_path(self, name: str) -> Path:
        """Where other processes find the file that is received under this name."""
        return self.root / "tmp" / name

    @contextmanager
    def receive(self, name: str = "") -> Iterator[Incoming]:
        """A file to be written in pieces and read meanwhile; stored when the block ends well.

        Only one writer at a time may use a `name`; what one before left there is thrown away.
        """
        with self._temporary(name) as (temporary, file):
            incoming = Incoming(temporary, file)
            yield incoming
            self._move(temporary, file, self._place(incoming.stored.sha256))

    def put_file(self, source: Path, *, size_bytes_max: int | None = None) -> Stored:
        """Store a file's content under its hash."""
        with source.open("rb") as file:
            return self.put(chunks_of(file), size_bytes_max=size_bytes_max)

    def write(self, name: str, data: bytes) -> None:
        """Write a named file, whole or not at all; `name` is ours, never a stranger's."""
        with self._temporary() as (temporary, file):
            file.write(data)
            self._move(temporary, file, self.root / name)

    def read(self, name: str) -> bytes:
        """A named file's content. Raises StoredFileMissingError."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError as error:
            raise StoredFileMissingError(f"No stored file {name}.") from error

    def remove(self, sha256: str) -> None:
        """Forget content that can be made again; its absence is no error."""
        self._place(sha256).unlink(missing_ok=True)

    def old_files(self, *, before_s: float) -> Iterator[list[str]]:
        """The hashes of all content that was stored before an instant (POSIX time), in batches."""
        for folder in self.root.glob("[0-9a-f][0-9a-f]"):
            if names := [path.name for path in folder.iterdir() if _is_older(path, before_s)]:
                yield names

    def forget_temporary(self, *, before_s: float) -> int:
        """Remove what a crash cut off before that instant; answers how many files."""
        cut_off = [path for path in (self.root / "tmp").glob("*") if _is_older(path, before_s)]
        for path in cut_off:
            path.unlink(missing_ok=True)
        return len(cut_off)

    @contextmanager
    def _temporary(self, name: str = "") -> Iterator[tuple[Path, BinaryIO]]:
        temporary = self.growing_path(name or secrets.token_hex(16))
        temporary.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        try:
            with temporary.open("xb") as file:
                yield temporary, file
        finally:
            temporary.unlink(missing_ok=True)

    def _move(self, temporary: Path, file: BinaryIO, target: Path) -> None:
        file.flush()
        os.fsync(file.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(target)
        # The name is durable only when its folder is.
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class _Part:
    """A stretch of a file, read through a handle of its own, which closing or dropping it closes.

    A generator that never began would leave its file open.
    """

    def __init__(self, file: BinaryIO, start: int, end: int, piece_bytes: int) -> None:
        with file:
            self._handle: int | None = os.dup(file.fileno())
        self._at = start
        self._end = end
        self._piece_bytes = piece_bytes

    def __iter__(self) -> Self:
        """Iterate over the pieces."""
        return self

    def __next__(self) -> bytes:
        """The next piece."""
        wanted = min(self._end - self._at, self._piece_bytes)
        if self._handle is None or wanted <= 0:
            self.close()
            raise StopIteration
        piece = os.pread(self._handle, wanted, self._at)
        if not piece:
            self.close()
            raise StopIteration
        self._at += len(piece)
        return piece

    def close(self) -> None:
        """Let go of the file."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def __del__(self) -> None:
        """An answer that nobody read nor closed holds nothing either."""
        self.close()


def _is_older(path: Path, before_s: float) -> bool:
    try:
        return path.stat().st_mtime < before_s
    except FileNotFoundError:
        return False


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """A file's content in pieces of one mebibyte."""
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk
