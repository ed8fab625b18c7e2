"""Writing files so that they are there whole or not at all, whenever the machine stops."""

from __future__ import annotations

import fcntl
import json
import os
import re
import zlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, BinaryIO

from pennywhistle.engines.fingerprint.errors import IndexBusyError, IndexDamagedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

manifest_name = "index.json"
unfinished = ".new"
_lock_name = "lock"
_ours = re.compile(r"(segment|log)-\d{8}(\.new)?|index\.json\.new")
_format = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which files are the index: segments from the oldest, the log, and the next free number."""

    segments: tuple[str, ...]
    log: str
    next_number: int
    track_count: int


def write_whole(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write a file under another name, wait for the disk, then give it its own name."""
    draft = path.with_name(path.name + unfinished)
    with draft.open("wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    take_name(draft, path)


def take_name(draft: Path, path: Path) -> None:
    """Give a finished and synced draft its name, for good."""
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the folder's names are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make these files the index, in one step."""
    said = json.dumps({"format": _format, **asdict(manifest)}, sort_keys=True)
    text = json.dumps({"checksum": zlib.crc32(said.encode()), "index": said})
    write_whole(folder / manifest_name, [text.encode()])


def read_manifest(folder: Path) -> Manifest:
    """Read which files are the index.

    Raises:
        IndexDamagedError: the manifest is not what was written.
    """
    try:
        outer = json.loads((folder / manifest_name).read_bytes())
        said = json.loads(outer["index"])
        if zlib.crc32(outer["index"].encode()) != outer["checksum"] or said["format"] != _format:
            raise IndexDamagedError(manifest_name, "was changed or is of another version")
        segments = tuple(str(name) for name in said["segments"])
        return Manifest(segments, said["log"], said["next_number"], said["track_count"])
    except FileNotFoundError as error:
        raise IndexDamagedError(manifest_name, "is missing") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamagedError(manifest_name, "was cut off or changed") from error


def segment_name(number: int) -> str:
    """What a segment is called."""
    return f"segment-{number:08}"


def log_name(number: int) -> str:
    """What a log is called."""
    return f"log-{number:08}"


def is_ours(file: Path) -> bool:
    """Whether a file is one that an index makes and deletes again."""
    return _ours.fullmatch(file.name) is not None


def lock_folder(folder: Path) -> BinaryIO:
    """Be the only writer of an index until the file is closed, or the process ends.

    Raises:
        IndexBusyError: another one is.
    """
    file = (folder / _lock_name).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise IndexBusyError(f"Another process is writing to the index in {folder}.") from error
    return file
