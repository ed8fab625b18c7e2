"""How large a file becomes, told by its own beginning, where its format says so."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_BYTES = 12
_ID3_HEAD_BYTES = 10
# MPEG-1 layer III: four bytes of header, then 32 or 17 of side information, by the channels.
_MPEG_HEAD_BYTES = 4
_SIDE_BYTES = {True: 17, False: 32}
_MONO = 0b11
_INFO_BYTES = 16
_BYTES_KNOWN = 2


class TooEarlyError(Exception):
    """What tells the size is not there yet."""

    code = "too-early"

    def __init__(self, needed_bytes: int) -> None:
        super().__init__(f"The first {needed_bytes} bytes are needed.")
        self.needed_bytes = needed_bytes


def foretold_size(read: Callable[[int, int], bytes], *, written_bytes: int) -> int | None:
    """Bytes of the whole file, tags included; None if its format does not tell before its end.

    For files that `encode` writes: WAV and AIFF say it in their first chunk, MP3 of a constant
    rate in its information frame ("Mp3 Info Tag revision 1"), behind the ID3 tag.

    Args:
        read: the bytes from a start up to an end, exclusive.
        written_bytes: how many of them there are.

    Raises:
        TooEarlyError: it will tell when there is more of it.
    """
    if written_bytes < HEAD_BYTES:
        raise TooEarlyError(HEAD_BYTES)
    head = read(0, HEAD_BYTES)
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return 8 + int(struct.unpack("<I", head[4:8])[0])
    if head[:4] == b"FORM" and head[8:] == b"AIFF":
        return 8 + int(struct.unpack(">I", head[4:8])[0])
    audio_at = _id3_bytes(head)
    if audio_at == 0 and head[:2] != b"\xff\xfb":
        return None
    needed = audio_at + _MPEG_HEAD_BYTES + max(_SIDE_BYTES.values()) + _INFO_BYTES
    if written_bytes < needed:
        raise TooEarlyError(needed)
    return _mp3_size(read(audio_at, needed), audio_at)


def _id3_bytes(head: bytes) -> int:
    """Of the tag in front; its size has seven bits in each byte (ID3 2.4, section 3.1)."""
    if head[:3] != b"ID3":
        return 0
    size = 0
    for byte in head[6:_ID3_HEAD_BYTES]:
        size = size << 7 | byte
    return _ID3_HEAD_BYTES + size


def _mp3_size(frame: bytes, audio_at: int) -> int | None:
    if frame[:2] != b"\xff\xfb":
        return None
    at = _MPEG_HEAD_BYTES + _SIDE_BYTES[frame[3] >> 6 == _MONO]
    name, flags, _, size_bytes = struct.unpack_from(">4sIII", frame, at)
    return audio_at + int(size_bytes) if name == b"Info" and flags & _BYTES_KNOWN else None
