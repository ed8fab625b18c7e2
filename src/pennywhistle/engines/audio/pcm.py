"""Writes WAV (RIFF, Microsoft) and AIFF (Apple 1989), whose sizes are known before they begin."""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pennywhistle.engines.audio.decoding import Samples, pack
from pennywhistle.engines.audio.errors import AudioRefusedError

_riff_bytes_max = (1 << 32) - 1
_pcm = 1
_extended_bias = 16383  # of the exponent of AIFF's 80-bit numbers


@dataclass(frozen=True, slots=True)
class PcmShape:
    """Everything that a header says about the samples that follow it."""

    sample_count: int
    sample_rate_hz: int
    channels: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        """Of one instant, all channels."""
        return self.channels * ((self.bits + 7) // 8)

    @property
    def data_bytes(self) -> int:
        """Of all samples."""
        return self.sample_count * self.frame_bytes


def write_wav(shape: PcmShape, blocks: Iterator[Samples], id3: bytes) -> Iterator[bytes]:
    """Yield a WAV file: header, samples as they come, then the tags in an `id3 ` chunk."""
    tail = _padding(shape.data_bytes) + _chunk("<", b"id3 ", id3)
    size = 36 + shape.data_bytes + len(tail)
    _check_size(size)
    rate = shape.sample_rate_hz
    yield struct.pack("<4sI4s", b"RIFF", size, b"WAVE")
    yield struct.pack("<4sIHHI", b"fmt ", 16, _pcm, shape.channels, rate)
    yield struct.pack("<IHH", rate * shape.frame_bytes, shape.frame_bytes, shape.bits)
    yield struct.pack("<4sI", b"data", shape.data_bytes)
    yield from (pack(block, shape.bits) for block in blocks)
    yield tail


def write_aiff(shape: PcmShape, blocks: Iterator[Samples], id3: bytes) -> Iterator[bytes]:
    """Yield an AIFF file: header, samples as they come, then the tags in an `ID3 ` chunk."""
    tail = _padding(shape.data_bytes) + _chunk(">", b"ID3 ", id3)
    size = 46 + shape.data_bytes + len(tail)
    _check_size(size)
    yield struct.pack(">4sI4s", b"FORM", size, b"AIFF")
    yield struct.pack(">4sIhIh", b"COMM", 18, shape.channels, shape.sample_count, shape.bits)
    yield _extended(shape.sample_rate_hz)
    yield struct.pack(">4sIII", b"SSND", shape.data_bytes + 8, 0, 0)
    yield from (_pack_big(block, shape.bits) for block in blocks)
    yield tail


def silent_wav(shape: PcmShape) -> bytes:
    """A WAV file of silence, to try things with."""
    header = b"".join(write_wav(shape, iter(()), b""))
    return header + bytes(shape.data_bytes)


def _check_size(size: int) -> None:
    if size > _riff_bytes_max:
        raise AudioRefusedError("too-large", "The track is too long for WAV and AIFF; take FLAC.")


def _chunk(order: str, name: bytes, content: bytes) -> bytes:
    if not content:
        return b""
    return struct.pack(f"{order}4sI", name, len(content)) + content + _padding(len(content))


def _padding(length: int) -> bytes:
    return b"\0" * (length & 1)


def _extended(number: int) -> bytes:
    """A positive whole number as 80-bit IEEE 754 extended precision."""
    exponent = math.floor(math.log2(number))
    return struct.pack(">HQ", _extended_bias + exponent, number << (63 - exponent))


def _pack_big(block: Samples, bits: int) -> bytes:
    """Big-endian bytes; samples fill their integers from the top, where these have them first."""
    if bits == block.dtype.itemsize * 8:
        return block.astype(block.dtype.newbyteorder(">")).tobytes()
    assert bits % 8 == 0
    raw = np.ascontiguousarray(block).view(np.uint8).reshape(-1, block.dtype.itemsize)
    packed = np.empty((len(raw), bits // 8), np.uint8)
    for place in range(bits // 8):
        packed[:, place] = raw[:, -1 - place]
    return packed.tobytes()
