"""The log of an index: every change is in it, and on disk, before it is acknowledged."""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pennywhistle.engines.fingerprint.errors import IndexDamagedError
from pennywhistle.engines.fingerprint.index.files import write_whole
from pennywhistle.engines.fingerprint.index.postings import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import RawIOBase
    from pathlib import Path

Change = Entry | int  # a track that was added, or the number of one that was removed
_magic = b"PWFL\x01\x00\x00\x00"
_frame = struct.Struct("<II")  # length and CRC-32 of a record
_sum = struct.Struct("<I")  # CRC-32 of the frame: a changed length must not look like a break
_framed_size = _frame.size + _sum.size
_head = struct.Struct("<BqII")  # kind, track, places, keys
_added, _removed = 1, 2
_record_bytes_max = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Replay:
    """What a log says, and up to which byte it says it."""

    changes: list[Change]
    end: int


def create_log(path: Path) -> None:
    """Begin an empty log."""
    write_whole(path, [_magic])


def append(file: RawIOBase, changes: Iterable[Change]) -> None:
    """Add changes behind what is there, and wait for the disk."""
    left = memoryview(b"".join(_framed(change) for change in changes))
    while left:
        left = left[file.write(left) or 0 :]
    os.fsync(file.fileno())


def replay(path: Path, start: int = len(_magic)) -> Replay:
    """Read what a log says from a byte on.

    A record that breaks off at the end was being written when the machine stopped: it was never
    acknowledged and does not count. So do zeros at the end, which some file systems leave.

    Raises:
        IndexDamagedError: a record in between is not what was written.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise IndexDamagedError(path.name, "is missing") from error
    if data[: len(_magic)] != _magic:
        raise IndexDamagedError(path.name, "does not begin as a log does")
    changes: list[Change] = []
    at = start
    while at < len(data):
        record = _record(data, at, path.name)
        if record is None:
            break
        if zlib.crc32(record) != _frame.unpack_from(data, at)[1]:
            raise IndexDamagedError(path.name, f"was changed in the record at byte {at}")
        changes.append(_read(record, path.name))
        at += _framed_size + len(record)
    return Replay(changes, at)


def _record(data: bytes, at: int, name: str) -> bytes | None:
    """The record at a byte; None if the log ends in the middle of it, or in zeros."""
    frame = data[at : at + _framed_size]
    if len(frame) < _framed_size or not any(data[at:]):
        return None
    if zlib.crc32(frame[: _frame.size]) != _sum.unpack_from(frame, _frame.size)[0]:
        raise IndexDamagedError(name, f"was changed at byte {at}")
    begins, length = at + _framed_size, _frame.unpack_from(frame)[0]
    return data[begins : begins + length] if begins + length <= len(data) else None


def _framed(change: Change) -> bytes:
    if isinstance(change, int):
        record = _head.pack(_removed, change, 0, 0)
    else:
        head = _head.pack(_added, change.track_id, change.length, len(change.keys))
        keys, places = change.keys.astype("<u4"), change.places.astype("<u4")
        record = head + keys.tobytes() + places.tobytes()
    assert len(record) <= _record_bytes_max
    frame = _frame.pack(len(record), zlib.crc32(record))
    return frame + _sum.pack(zlib.crc32(frame)) + record


def _read(record: bytes, name: str) -> Change:
    kind, track_id, length, count = _head.unpack_from(record)
    if kind == _removed:
        return int(track_id)
    if kind != _added or len(record) != _head.size + 8 * count:
        raise IndexDamagedError(name, "holds a record of an unknown kind")
    keys = np.frombuffer(record, "<u4", count, _head.size).astype(np.uint32)
    places = np.frombuffer(record, "<u4", count, _head.size + 4 * count).astype(np.uint32)
    return Entry(int(track_id), keys, places, int(length))
