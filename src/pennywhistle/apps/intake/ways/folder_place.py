"""A folder on this machine, as an SFTP server writes into it. Links are refused, never followed."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ways.limits import (
    FILES_PER_PARCEL_MAX,
    FOLDERS_MAX,
    PARCEL_BYTES_MAX,
)
from pennywhistle.apps.intake.ways.names import unsafe
from pennywhistle.apps.intake.ways.place import (
    ChangedError,
    Entry,
    TooMuchError,
    UnreachableError,
    UnreadableError,
    UnsafeError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK_BYTES = 1 << 20
# A name is opened as what it is: O_NOFOLLOW at every step, so that nobody can swap a folder for a
# link between the look and the reading; O_NONBLOCK, so that a pipe cannot hold us.
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ENTRIES_PER_FOLDER_MAX = FILES_PER_PARCEL_MAX


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """Parcels are the folders of `root`. Hidden names are left alone: programs write there."""

    root: Path

    def folders(self) -> list[str]:
        """The names of folders, and of links: those are refused by name."""
        names = []
        with _told(), os.scandir(self.root) as entries:
            for entry in entries:
                if entry.name.startswith(".") or not (entry.is_symlink() or entry.is_dir()):
                    continue
                names.append(entry.name)
                if len(names) > FOLDERS_MAX:
                    raise UnreachableError(f"The folder holds more than {FOLDERS_MAX:,} parcels.")
        return names

    def entries(self, folder: str) -> list[Entry]:
        """Every file below the parcel's folder that is not hidden."""
        found: list[Entry] = []
        with _told(missing=ChangedError), _opened(self.root, [folder]) as handle:
            size_bytes = 0
            for entry in _walk(handle, ""):
                found.append(entry)
                size_bytes += entry.size_bytes
                if len(found) > FILES_PER_PARCEL_MAX:
                    raise TooMuchError(f"It holds more than {FILES_PER_PARCEL_MAX:,} files.")
                if size_bytes > PARCEL_BYTES_MAX:
                    raise TooMuchError(f"It holds more than {PARCEL_BYTES_MAX:,} bytes.")
        return sorted(found, key=lambda entry: entry.path)

    def read(self, folder: str, entry: Entry) -> Iterator[bytes]:
        """The file's content; ChangedError if it is not the file that was listed."""
        steps = [folder, *entry.path.split("/")]
        with _told(missing=ChangedError), _opened(self.root, steps[:-1]) as handle:
            file = os.open(steps[-1], _FILE, dir_fd=handle)
        with os.fdopen(file, "rb") as opened:
            _same(entry, os.fstat(opened.fileno()))
            with _told():
                while chunk := opened.read(_CHUNK_BYTES):
                    yield chunk
            _same(entry, os.fstat(opened.fileno()))

    def write(self, path: str, data: bytes) -> None:
        """Write beside, sync, rename: who looks sees all of it or nothing."""
        *folders, name = path.split("/")
        with _told():
            if folders:
                Path(self.root, *folders).mkdir(exist_ok=True)
            with _opened(self.root, folders) as handle:
                _write(handle, name, data)


def _write(handle: int, name: str, data: bytes) -> None:
    temporary = f".{secrets.token_hex(8)}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    # The supplier, who has another account on this machine, shall read it.
    file = os.open(temporary, flags, 0o644, dir_fd=handle)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(temporary, name, src_dir_fd=handle, dst_dir_fd=handle)
    except BaseException:
        os.unlink(temporary, dir_fd=handle)
        raise
    os.fsync(handle)


def _walk(handle: int, above: str) -> Iterator[Entry]:
    """Files below an open folder; each is judged by what it is, not by what a link leads to."""
    with os.scandir(handle) as entries:
        names = []
        for entry in entries:
            if not entry.name.startswith("."):
                names.append(entry.name)
            if len(names) > _ENTRIES_PER_FOLDER_MAX:
                raise TooMuchError(f"A folder holds more than {_ENTRIES_PER_FOLDER_MAX:,} names.")
    for name in sorted(names):
        path = above + name
        if reason := unsafe(path):
            raise UnsafeError(f"{path[-100:]!r} {reason}.")
        status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            inner = os.open(name, _FOLDER, dir_fd=handle)
            try:
                yield from _walk(inner, f"{path}/")
            finally:
                os.close(inner)
        elif stat.S_ISREG(status.st_mode):
            yield Entry(path, status.st_size, _version(status), _changed_at(status))
        else:
            raise UnsafeError(f"{path!r} is neither a file nor a folder; links are not followed.")


@contextmanager
def _opened(root: Path, steps: list[str]) -> Iterator[int]:
    """A handle of a folder below the root, opened step by step."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in steps:
            inner = os.open(step, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _told(missing: type[Exception] = UnreachableError) -> Iterator[None]:
    """The machine's errors in our words; `missing` is what a name that is gone means here.

    Where that is ChangedError we are in a parcel, and what we may not read is its sender's matter.
    """
    try:
        yield
    except OSError as error:
        name = Path(str(error.filename or "?")).name
        if isinstance(error, FileNotFoundError):
            raise missing(f"{name} is not there.") from error
        if isinstance(error, PermissionError) and missing is ChangedError:
            raise UnreadableError(name) from error
        # A link where a folder or a file should be.
        if isinstance(error, NotADirectoryError) or error.errno == errno.ELOOP:
            raise UnsafeError(f"{name!r} is a link, or no folder; it is not followed.") from error
        raise UnreachableError(f"{name}: {error.strerror or error}.") from error


def _changed_at(status: os.stat_result) -> datetime:
    """The later of both times: programs set the time of the content back, but not the other."""
    return datetime.fromtimestamp(max(status.st_mtime, status.st_ctime), tz=UTC)


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino:x}-{status.st_mtime_ns:x}"


def _same(entry: Entry, status: os.stat_result) -> None:
    is_file = stat.S_ISREG(status.st_mode)
    if not is_file or (status.st_size, _version(status)) != (entry.size_bytes, entry.version):
        raise ChangedError(f"{entry.path} is being written.")
