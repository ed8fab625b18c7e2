"""Segments: shelves on disk that are never changed, read where they lie.

A segment has a header, then the tracks' numbers, where they start, the removed ones, a directory
of keys by their leading bits, and for every posting the rest of its key and its place: six bytes.
Every part begins at a multiple of eight and has a checksum in the header.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.fingerprint.errors import IndexDamagedError
from pennywhistle.engines.fingerprint.index.postings import Places, TrackIds, ranges

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.engines.fingerprint.keys import Ints, KeyArray

magic = b"PWFS\x01\x00\x00\x00"
key_bits, rest_bits = 32, 16
directory_bits_min, directory_bits_max = 16, 26
_postings_per_entry = 8
_piece_bytes = 8 * 1024 * 1024
# Magic, bits of the directory, tracks, removed, postings, six checksums; then one of all that.
_numbers = struct.Struct("<8sIIIQ6I")
_sum = struct.Struct("<I")
header_bytes = 64
Rests = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Layout:
    """How many of what a segment holds, which says where each part lies."""

    bits: int
    track_count: int
    gone_count: int
    posting_count: int

    def parts(self) -> dict[str, tuple[int, int, str]]:
        """Where each part begins, how many numbers it has, and of which type."""
        counts = {
            "ids": (self.track_count, "<i8"),
            "starts": (self.track_count + 1, "<u4"),
            "gone": (self.gone_count, "<i8"),
            "directory": ((1 << self.bits) + 1, "<u4"),
            "rests": (self.posting_count, "<u2"),
            "places": (self.posting_count, "<u4"),
        }
        parts, at = {}, header_bytes
        for name, (count, kind) in counts.items():
            parts[name] = (at, count, kind)
            at = -(-(at + count * np.dtype(kind).itemsize) // 8) * 8
        return parts

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""
        at, count, kind = self.parts()["places"]
        return -(-(at + count * np.dtype(kind).itemsize) // 8) * 8


def directory_bits(posting_count: int) -> int:
    """How many leading bits of a key to list, so that about eight postings share them."""
    wanted = (max(posting_count, 1) // _postings_per_entry).bit_length()
    return min(max(wanted, directory_bits_min), directory_bits_max)


def pack_header(layout: Layout, checksums: list[int]) -> bytes:
    """The bytes at the beginning of a segment."""
    counts = (layout.track_count, layout.gone_count, layout.posting_count)
    numbers = _numbers.pack(magic, layout.bits, *counts, *checksums)
    return (numbers + _sum.pack(zlib.crc32(numbers))).ljust(header_bytes, b"\0")


class Segment:
    """A shelf on disk.

    Opening checks the header and the size, which finds what was cut off; `verify` reads everything.
    """

    def __init__(self, path: Path) -> None:
        """Open a segment.

        Raises:
            IndexDamagedError: missing, cut off, or another header than was written.
        """
        self.name = path.name
        try:
            with path.open("rb") as file:
                head = file.read(header_bytes)
                self.layout, self._checksums = _unpack_header(head, self.name)
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError as error:
            raise IndexDamagedError(self.name, "is missing") from error
        if len(self._map) != self.layout.size_bytes:
            said = f"has {len(self._map)} bytes instead of {self.layout.size_bytes}"
            raise IndexDamagedError(self.name, said)
        # Postings of a key lie together; what lies around them is not wanted.
        self._map.madvise(mmap.MADV_RANDOM)
        self.ids: TrackIds = self._part("ids")
        self.starts: Places = self._part("starts")
        self.gone: TrackIds = self._part("gone")
        self.directory: Places = self._part("directory")
        self.rests: Rests = self._part("rests")
        self.places: Places = self._part("places")

    def _part(self, name: str) -> npt.NDArray[Any]:
        at, count, kind = self.layout.parts()[name]
        return np.frombuffer(self._map, kind, count, at)

    def find(self, keys: KeyArray) -> tuple[Ints, Ints]:
        """See `Shelf`."""
        entry = (keys >> np.uint32(key_bits - self.layout.bits)).astype(np.int64)
        # A flipped bit that nobody has found yet must not reach beyond the postings.
        last = self.layout.posting_count
        starts = np.minimum(self.directory[entry].astype(np.int64), last)
        ends = np.minimum(self.directory[entry + 1].astype(np.int64), last)
        asked, at = ranges(starts, np.maximum(starts, ends))
        same = self.rests[at] == (keys & np.uint32(0xFFFF)).astype(np.uint16)[asked]
        return asked[same], self.places[at[same]].astype(np.int64)

    def has(self, track_id: int) -> bool:
        """Whether a track stands here."""
        return _within(self.ids, track_id)

    def removes(self, track_id: int) -> bool:
        """Whether a track was removed from older segments."""
        return _within(self.gone, track_id)

    def keys_between(self, first_entry: int, end_entry: int) -> KeyArray:
        """The whole keys of a stretch of the directory, posting by posting."""
        edges = self.directory[first_entry : end_entry + 1].astype(np.int64)
        shift = key_bits - self.layout.bits
        entries = np.repeat(np.arange(first_entry, end_entry, dtype=np.uint32), np.diff(edges))
        rests = self.rests[edges[0] : edges[-1]].astype(np.uint32)
        low = rests & np.uint32((1 << shift) - 1)
        return (entries << np.uint32(shift)) | low

    def verify(self) -> None:
        """Read everything and compare it with its checksums.

        Raises:
            IndexDamagedError: a part was changed; which one is said.
        """
        whole = memoryview(self._map)
        for (name, (at, count, kind)), wanted in zip(
            self.layout.parts().items(), self._checksums, strict=True
        ):
            end, found = at + count * np.dtype(kind).itemsize, 0
            for start in range(at, end, _piece_bytes):
                found = zlib.crc32(whole[start : min(start + _piece_bytes, end)], found)
            if found != wanted:
                raise IndexDamagedError(self.name, f"was changed in its {name}")


def _within(numbers: TrackIds, wanted: int) -> bool:
    at = int(np.searchsorted(numbers, wanted))
    return at < len(numbers) and int(numbers[at]) == wanted


def _unpack_header(head: bytes, name: str) -> tuple[Layout, tuple[int, ...]]:
    if len(head) < header_bytes or head[: len(magic)] != magic:
        raise IndexDamagedError(name, "does not begin as a segment does")
    numbers = head[: _numbers.size]
    if zlib.crc32(numbers) != _sum.unpack_from(head, _numbers.size)[0]:
        raise IndexDamagedError(name, "was changed in its header")
    _, bits, track_count, gone_count, posting_count, *checksums = _numbers.unpack(numbers)
    return Layout(bits, track_count, gone_count, posting_count), tuple(checksums)
