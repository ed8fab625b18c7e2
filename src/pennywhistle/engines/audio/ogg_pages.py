"""Ogg's pages (RFC 3533, section 6): read from a stream of bytes, numbered and sealed anew."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

_header_bytes = 27
_lace_max = 255
_segments_max = 255
_continued, _first, last_page = 1, 2, 4
_no_granule = (1 << 64) - 1
# Ogg's checksum takes bits in the other order than zlib's, and begins and ends with zero.
_mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_all_ones = 0xFFFFFFFF


def checksum(page: bytes) -> int:
    """CRC-32 of a page whose own checksum is zero (section 6, field 7)."""
    crc = zlib.crc32(page.translate(_mirrored), _all_ones) ^ _all_ones
    return int.from_bytes(crc.to_bytes(4, "little").translate(_mirrored))


@dataclass(frozen=True, slots=True)
class Page:
    """A page without its numbers: flags, position, lacing values, content."""

    flags: int
    granule: int
    lacing: bytes
    content: bytes

    def sealed(self, *, serial: int, number: int) -> bytes:
        """The page as it stands in a file."""
        head = struct.pack(
            "<4sBBQIIIB", b"OggS", 0, self.flags, self.granule, serial, number, 0, len(self.lacing)
        )
        page = bytearray(head + self.lacing + self.content)
        struct.pack_into("<I", page, 22, checksum(bytes(page)))
        return bytes(page)

    def packets(self) -> list[bytes]:
        """The packets, or pieces of packets, on this page."""
        found, start, length = [], 0, 0
        for lace in self.lacing:
            length += lace
            if lace < _lace_max:
                found.append(self.content[start : start + length])
                start, length = start + length, 0
        if length:
            found.append(self.content[start:])
        return found

    @property
    def ends_packet(self) -> bool:
        """Whether the last packet on the page ends on it."""
        return not self.lacing or self.lacing[-1] < _lace_max


@dataclass(slots=True)
class Reader:
    """Takes bytes as they come and gives whole pages."""

    _waiting: bytearray = field(default_factory=bytearray)

    def feed(self, content: bytes) -> Iterator[Page]:
        """Yield the pages that are complete now."""
        self._waiting += content
        while len(self._waiting) >= _header_bytes:
            _, _, flags, granule, _, _, _, count = struct.unpack_from("<4sBBQIIIB", self._waiting)
            lacing = bytes(self._waiting[_header_bytes : _header_bytes + count])
            start = _header_bytes + count
            end = start + sum(lacing)
            if len(lacing) < count or len(self._waiting) < end:
                return
            page = Page(flags, granule, lacing, bytes(self._waiting[start:end]))
            del self._waiting[:end]
            yield page


def paginate(packets: list[bytes], *, is_first: bool = False) -> Iterator[Page]:
    """Lay header packets out on pages of position zero, as many as they need."""
    lacing, content = bytearray(), b"".join(packets)
    for packet in packets:
        lacing += bytes([_lace_max]) * (len(packet) // _lace_max)
        lacing.append(len(packet) % _lace_max)
    flags = _first if is_first else 0
    while lacing:
        part = bytes(lacing[:_segments_max])
        del lacing[:_segments_max]
        length = sum(part)
        ends_packet = any(lace < _lace_max for lace in part)
        yield Page(flags, 0 if ends_packet else _no_granule, part, content[:length])
        content = content[length:]
        flags = 0 if part[-1] < _lace_max else _continued
