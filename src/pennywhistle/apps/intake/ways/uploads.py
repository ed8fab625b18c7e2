"""Uploads by HTTPS: files of a parcel arrive one by one, in pieces, and can be resumed.

While it is sent a parcel lies in `begun/`, each unfinished file with `.part` behind its name. One
writer at a time holds a file's lock; the lock goes with the process. `complete` moves the parcel to
`complete/` in one step, and there it is a folder like any other.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from pennywhistle.apps.intake.models import Parcel
from pennywhistle.apps.intake.ways.limits import NAME_BYTES_MAX
from pennywhistle.apps.intake.ways.names import ParcelName, parcel_name, unsafe
from pennywhistle.apps.intake.ways.places import uploads_of
from pennywhistle.apps.intake.ways.room import Piece, check_room
from pennywhistle.apps.intake.ways.upload_errors import (
    ConflictError,
    NameRefusedError,
    NoSpaceError,
    NotThereError,
    TooLargeError,
    WrongOffsetError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pennywhistle.apps.intake.models import Mailbox

PART = ".part"
_CHUNK_BYTES = 1 << 20
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a file is."""

    path: str
    offset: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """One parcel on its way into an upload mailbox."""

    mailbox: Mailbox
    name: ParcelName

    @property
    def begun(self) -> Path:
        """Where it lies while it is sent."""
        return uploads_of(self.mailbox) / "begun" / self.name.text

    @property
    def complete(self) -> Path:
        """Where it lies when its sender said that it is complete."""
        return uploads_of(self.mailbox) / "complete" / self.name.text

    @property
    def parcel(self) -> Parcel | None:
        """What became of it; None while it is not taken."""
        return Parcel.objects.filter(mailbox=self.mailbox, name=self.name.text).first()

    @property
    def is_complete(self) -> bool:
        """Whether nothing can be added."""
        return self.complete.is_dir() or self.parcel is not None


def upload_of(mailbox: Mailbox, text: str) -> Upload:
    """The upload of this name. Raises NameRefusedError."""
    name = parcel_name(text)
    if name is None:
        raise NameRefusedError(
            "A delivery is called like N_4006381333931_20261122101500000: letters, digits, dots, "
            "hyphens and underscores."
        )
    return Upload(mailbox, name)


def put(upload: Upload, path: str, piece: Piece, chunks: Iterable[bytes]) -> Sent:
    """Take a piece of a file; whole once all of it is here.

    What arrived before a connection broke stays, and the next piece goes on behind it. A piece at
    0 begins the file anew. Raises UploadError.
    """
    _check_path(path)
    if upload.is_complete:
        raise ConflictError("complete", "This delivery is complete; choose a new name for another.")
    target = upload.begun / path
    box = uploads_of(upload.mailbox)
    check_room(box, is_new=not upload.begun.is_dir(), own=(target, _part_of(target)), piece=piece)
    upload.begun.mkdir(exist_ok=True)
    with _held(upload.begun, fcntl.LOCK_SH), _part(target) as part:
        _continue(part, piece, target)
        _write(part, piece, chunks)
        size_bytes = part.tell()
        if size_bytes < piece.total_bytes:
            return Sent(path, size_bytes, is_complete=False)
        os.fsync(part.fileno())
        _check_digest(part, piece, target)
        _part_of(target).replace(target)
    return Sent(path, piece.total_bytes, is_complete=True)


def how_far(upload: Upload, path: str) -> Sent:
    """How much of a file is here. Raises NotThereError."""
    _check_path(path)
    for folder in (upload.begun, upload.complete):
        file = folder / path
        if file.is_file():
            return Sent(path, file.stat().st_size, is_complete=True)
        if _part_of(file).is_file():
            return Sent(path, _part_of(file).stat().st_size, is_complete=False)
    raise NotThereError(f"There is no {path} in {upload.name.text}.")


def files_of(upload: Upload) -> list[Sent]:
    """Every file of it, by path; [] if there is none."""
    folder = upload.complete if upload.complete.is_dir() else upload.begun
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        path = str(file.relative_to(folder))
        is_part = path.endswith(PART)
        found.append(Sent(path.removesuffix(PART), file.stat().st_size, not is_part))
    return found


def complete(upload: Upload) -> None:
    """Hand the parcel over; the same again changes nothing.

    Raises NotThereError, and ConflictError while files of it are unfinished.
    """
    if upload.is_complete:
        return
    if not upload.begun.is_dir():
        raise NotThereError(f"There is no delivery {upload.name.text}.")
    with _held(upload.begun, fcntl.LOCK_EX):
        files = files_of(upload)
        unfinished = [file.path for file in files if not file.is_complete]
        if unfinished or not files:
            missing = ", ".join(unfinished[:10]) or "every file"
            raise ConflictError("unfinished", f"Not whole yet: {missing}.")
        upload.complete.parent.mkdir(parents=True, exist_ok=True)
        upload.begun.rename(upload.complete)
        with _opened_folder(upload.complete.parent) as handle:
            os.fsync(handle)


# --- parts -------------------------------------------------------------------------------


def _check_path(path: str) -> None:
    if reason := unsafe(path):
        raise NameRefusedError(f"The path {reason}.")
    if path.endswith(PART) or any(step.startswith(".") for step in path.split("/")):
        raise NameRefusedError(f"Names that begin with a dot or end with {PART} are not taken.")
    if len((path.rpartition("/")[2] + PART).encode()) > NAME_BYTES_MAX:
        raise NameRefusedError("The file's name is too long.")


def _part_of(target: Path) -> Path:
    return target.with_name(target.name + PART)


@contextmanager
def _opened_folder(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _held(folder: Path, how: int) -> Iterator[None]:
    """Keep a delivery where it is while files are written, or alone while it is handed over.

    Raises ConflictError.
    """
    busy = ConflictError("busy", "Somebody is sending or completing this delivery right now.")
    try:
        with _opened_folder(folder) as handle:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(handle), folder.stat()):
                raise busy
            yield
    except (FileNotFoundError, BlockingIOError) as error:
        raise busy from error


@contextmanager
def _part(target: Path) -> Iterator[BinaryIO]:
    """The unfinished file, for one writer. Raises ConflictError."""
    taken = ConflictError("name-taken", "A file and a folder cannot have one name.")
    if target.is_dir():
        raise taken
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(_part_of(target), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o640)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise taken from error
    with os.fdopen(handle, "r+b") as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError("busy", "Somebody is sending this file right now.") from error
        # The name may have gone to the finished file while we opened it: then ours is nobody's.
        if not _is_at(part, _part_of(target)):
            raise ConflictError("busy", "Somebody has just sent this file.")
        yield part


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _continue(part: BinaryIO, piece: Piece, target: Path) -> None:
    """Go to where the piece belongs. Raises WrongOffsetError."""
    size_bytes = os.fstat(part.fileno()).st_size
    if piece.offset == 0:
        part.truncate(0)
    elif piece.offset != size_bytes:
        if not size_bytes:
            # It was not here before we looked.
            _part_of(target).unlink()
        raise WrongOffsetError(f"{size_bytes} bytes are here; go on from there.", size_bytes)
    part.seek(piece.offset)


def _write(part: BinaryIO, piece: Piece, chunks: Iterable[bytes]) -> None:
    left = piece.size_bytes
    try:
        for chunk in chunks:
            left -= len(chunk)
            if left < 0:
                raise TooLargeError("The request is longer than it says.")
            part.write(chunk)
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise NoSpaceError("The store has no room left; go on later.") from error
        raise
    finally:
        part.flush()


def _check_digest(part: BinaryIO, piece: Piece, target: Path) -> None:
    """Compare the whole with the SHA-256 that was sent; what differs is thrown away."""
    if not piece.sha256:
        return
    part.seek(0)
    hashed = hashlib.sha256()
    while chunk := part.read(_CHUNK_BYTES):
        hashed.update(chunk)
    if hashed.hexdigest() != piece.sha256:
        _part_of(target).unlink()
        raise ConflictError(
            "digest-differs",
            f"The SHA-256 of what arrived is {hashed.hexdigest()}; the file was thrown away.",
        )
