"""A zip archive as a plan: stored members of known size, so that any byte of it can be told.

PKWARE's APPNOTE 6.3.10: local headers (4.3.7) that know size and CRC, the members as they are
(method 0), the central directory (4.3.12), its end (4.3.16), and ZIP64 (4.5.3, 4.3.14) where a
number does not fit.
"""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

_LOCAL, _CENTRAL, _END = 0x04034B50, 0x02014B50, 0x06054B50
_END_64, _LOCATOR_64 = 0x06064B50, 0x07064B50
_ZIP64_FIELD = 0x0001
_UTF8_NAMES = 0x0800
_VERSION, _VERSION_64 = 20, 45
_MADE_ON_UNIX = 3 << 8
_ATTRIBUTES = 0o100644 << 16
_MAX_16, _MAX_32 = 0xFFFF, 0xFFFFFFFF


class Content(Protocol):
    """What a member holds."""

    @property
    def sha256(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def crc32(self) -> int: ...
    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, exclusive."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive; `name` is a safe path with `/` between its parts."""

    name: str
    content: Content


class ZipLayout:
    """An archive that nobody wrote down: its size, its ETag and any stretch of its bytes."""

    def __init__(self, members: Sequence[Member], *, at: datetime) -> None:
        time_and_date = _dos_time(at)
        self._segments: list[Content | bytes] = []
        entries, offset = [], 0
        for member in members:
            local = _local_header(member, time_and_date)
            entries.append(_central_header(member, time_and_date, offset))
            self._segments += [local, member.content]
            offset += len(local) + member.content.size_bytes
        directory = b"".join(entries)
        end = directory + _end(len(members), len(directory), offset)
        self._segments.append(end)
        self._ends = list(accumulate(map(_size_of, self._segments)))
        digest = hashlib.sha256(end)
        for member in members:
            digest.update(bytes.fromhex(member.content.sha256))
        self._etag = digest.hexdigest()

    @property
    def size_bytes(self) -> int:
        """Of the whole archive, exactly."""
        return self._ends[-1]

    @property
    def etag(self) -> str:
        """The same for the same names, contents and time; another for any other."""
        return self._etag

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, exclusive, in pieces of bounded size."""
        index = bisect_right(self._ends, start)
        while start < end and index < len(self._segments):
            segment = self._segments[index]
            begins_at = self._ends[index] - _size_of(segment)
            first, after = start - begins_at, min(end, self._ends[index]) - begins_at
            if isinstance(segment, bytes):
                yield segment[first:after]
            else:
                yield from segment.read(first, after)
            start = begins_at + after
            index += 1


def _size_of(segment: Content | bytes) -> int:
    return len(segment) if isinstance(segment, bytes) else segment.size_bytes


def _local_header(member: Member, time_and_date: tuple[int, int]) -> bytes:
    content, name = member.content, member.name.encode()
    is_large = content.size_bytes >= _MAX_32
    size = min(content.size_bytes, _MAX_32)
    # A local header that needs ZIP64 holds both sizes (4.5.3).
    extra = _zip64_field([content.size_bytes] * 2) if is_large else b""
    fixed = struct.pack(
        "<IHHHHHIIIHH",
        *(_LOCAL, _VERSION_64 if is_large else _VERSION, _UTF8_NAMES, 0, *time_and_date),
        *(content.crc32, size, size, len(name), len(extra)),
    )
    return fixed + name + extra


def _central_header(member: Member, time_and_date: tuple[int, int], offset: int) -> bytes:
    content, name = member.content, member.name.encode()
    sizes = [content.size_bytes] * 2 if content.size_bytes >= _MAX_32 else []
    large = sizes + ([offset] if offset >= _MAX_32 else [])
    extra = _zip64_field(large) if large else b""
    size = min(content.size_bytes, _MAX_32)
    version = _VERSION_64 if large else _VERSION
    fixed = struct.pack(
        "<IHHHHHHIIIHHHHHII",
        *(_CENTRAL, _MADE_ON_UNIX | version, version, _UTF8_NAMES, 0, *time_and_date),
        *(content.crc32, size, size, len(name), len(extra)),
        *(0, 0, 0, _ATTRIBUTES, min(offset, _MAX_32)),
    )
    return fixed + name + extra


def _end(count: int, directory_bytes: int, offset: int) -> bytes:
    ordinary = struct.pack(
        "<IHHHHIIH",
        *(_END, 0, 0, min(count, _MAX_16), min(count, _MAX_16)),
        *(min(directory_bytes, _MAX_32), min(offset, _MAX_32), 0),
    )
    if count < _MAX_16 and directory_bytes < _MAX_32 and offset < _MAX_32:
        return ordinary
    end_64 = struct.pack(
        "<IQHHIIQQQQ",
        *(_END_64, 44, _MADE_ON_UNIX | _VERSION_64, _VERSION_64, 0, 0),
        *(count, count, directory_bytes, offset),
    )
    locator = struct.pack("<IIQI", _LOCATOR_64, 0, offset + directory_bytes, 1)
    return end_64 + locator + ordinary


def _zip64_field(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<HH{len(numbers)}Q", _ZIP64_FIELD, 8 * len(numbers), *numbers)


def _dos_time(at: datetime) -> tuple[int, int]:
    """Time and date as MS-DOS counted them (4.4.6): two seconds a step, since 1980."""
    utc = at.astimezone(UTC)
    time = utc.hour << 11 | utc.minute << 5 | utc.second // 2
    return time, max(0, utc.year - 1980) << 9 | utc.month << 5 | utc.day
