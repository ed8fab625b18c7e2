"""The bytes of a CWR file as numbered lines of text, one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.works.limits import LINE_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PIECE_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"
# The end-of-file mark of CP/M, which some programs still write.
_END_MARK = b"\x1a"
_ASCII_MAX = 0x7F

# What senders write into the header, without hyphens and blanks.
_CODECS = {
    "": "ascii",
    "ASCII": "ascii",
    "USASCII": "ascii",
    "ISO88591": "latin-1",
    "LATIN1": "latin-1",
    "UTF8": "utf-8",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end; `is_cut` if it was longer than any record."""

    number: int
    data: bytes
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """A line as text, and why that may not be what the sender wrote, or an empty reason."""

    text: str
    doubt: str = ""
    is_wrong: bool = False


def numbered_lines(data: bytes | Iterable[bytes]) -> Iterator[Line]:
    """Split at LF, with or without CR; never holds more than one piece and one line."""
    number = 1
    kept, is_cut = bytearray(), False
    for piece in _pieces(data):
        *ended, rest = piece.split(b"\n")
        for part in ended:
            is_cut = _append(kept, part) or is_cut
            yield _line(number, kept, is_cut=is_cut)
            number += 1
            kept, is_cut = bytearray(), False
        is_cut = _append(kept, rest) or is_cut
    if kept.strip(_END_MARK):
        yield _line(number, kept, is_cut=is_cut)


def codec_of(character_set: str) -> str | None:
    """Return the codec for what the header says, or None if its columns cannot be counted.

    In Big5 and GB a character takes one or two bytes, and CWR does not say whether columns count
    bytes or characters.
    """
    return _CODECS.get("".join(character_set.upper().replace("-", "").split()))


def decode(data: bytes, codec: str) -> Decoded:
    """Read a line; in a file that declares nothing, other characters than ASCII are a doubt."""
    if codec != "ascii" or max(data, default=0) <= _ASCII_MAX:
        try:
            return Decoded(data.decode(codec))
        except UnicodeDecodeError:
            return Decoded(data.decode(codec, "replace"), "The bytes are not UTF-8", is_wrong=True)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        # One byte is one column here, so that nothing is shifted.
        return Decoded(data.decode("latin-1"), "Read as ISO-8859-1; the header declares ASCII")
    # Nobody writes such pairs of letters in ISO-8859-1; and columns may be counted in bytes.
    return Decoded(text, "The bytes are UTF-8; the header declares ASCII", is_wrong=True)


def _pieces(data: bytes | Iterable[bytes]) -> Iterator[bytes]:
    if not isinstance(data, bytes):
        yield from data
        return
    for start in range(0, len(data), _PIECE_BYTES):
        yield data[start : start + _PIECE_BYTES]


def _append(kept: bytearray, part: bytes) -> bool:
    room = LINE_BYTES_MAX - len(kept)
    kept += part[:room]
    return len(part) > room


def _line(number: int, kept: bytearray, *, is_cut: bool) -> Line:
    data = bytes(kept).removesuffix(b"\r")
    return Line(number, data.removeprefix(_BOM) if number == 1 else data, is_cut)
