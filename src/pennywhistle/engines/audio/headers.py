"""What a lossless file's own header promises: sample count, bits per sample, checksum.

FLAC: RFC 9639, section 8.2. WAV: Microsoft RIFF, WAVE form. AIFF: Apple, AIFF-C draft of 1991.
ALAC: the magic cookie of Apple's ALACMagicCookieDescription.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pennywhistle.engines.audio.containers import Container, id3_bytes
from pennywhistle.engines.audio.errors import AudioRefusedError

_chunks_max = 1000
_streaminfo_bytes = 34
_flac_streaminfo_block = 0
_alac_bits_at = 9
_alac_cookie_bytes = 24


@dataclass(frozen=True, slots=True)
class Promise:
    """What the header says; None where it says nothing.

    Attributes:
        sample_count: samples per channel.
        bits_per_sample: of lossless audio.
        md5: of the interleaved little-endian samples, as FLAC defines it.
        audio_starts_at: offset in bytes of the first FLAC frame.
        streaminfo: FLAC's 34 bytes.
    """

    sample_count: int | None = None
    bits_per_sample: int | None = None
    md5: bytes | None = None
    audio_starts_at: int = 0
    streaminfo: bytes = b""


def read_promise(source: BinaryIO, container: Container) -> Promise:
    """Read the header of a FLAC, WAV or AIFF file; other containers promise nothing here.

    Raises:
        AudioRefusedError: the header is damaged, or the audio data is shorter than it says.
    """
    readers = {Container.FLAC: _read_flac, Container.WAV: _read_wav, Container.AIFF: _read_aiff}
    reader = readers.get(container)
    if reader is None:
        return Promise()
    source.seek(0)
    try:
        return reader(source)
    except struct.error as error:
        raise AudioRefusedError("damaged-audio", "The file's header is damaged.") from error
    finally:
        source.seek(0)


def alac_bits(extradata: bytes | None) -> int | None:
    """Bits per sample from an ALAC cookie, with or without the atom header around it."""
    if not extradata or len(extradata) < _alac_cookie_bytes:
        return None
    cookie = extradata[12:] if extradata[4:8] == b"alac" else extradata
    return cookie[_alac_bits_at - 4] if len(cookie) >= _alac_cookie_bytes else None


def _read_flac(source: BinaryIO) -> Promise:
    start = id3_bytes(source.read(10))
    source.seek(start)
    if source.read(4) != b"fLaC":
        raise AudioRefusedError("damaged-audio", "The FLAC marker is missing.")
    streaminfo, last = b"", False
    for _ in range(_chunks_max):
        head = source.read(4)
        kind, length = head[0] & 0x7F if head else 0, int.from_bytes(head[1:4])
        last = bool(head and head[0] & 0x80)
        if kind == _flac_streaminfo_block and not streaminfo:
            streaminfo = source.read(length)
        else:
            source.seek(length, os.SEEK_CUR)
        if last or not head:
            break
    if not last or len(streaminfo) != _streaminfo_bytes:
        raise AudioRefusedError("damaged-audio", "The FLAC header is damaged.")
    # 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of samples.
    packed = int.from_bytes(streaminfo[10:18])
    return Promise(
        sample_count=packed & ((1 << 36) - 1) or None,
        bits_per_sample=(packed >> 36 & 0x1F) + 1,
        md5=streaminfo[18:] if any(streaminfo[18:]) else None,
        audio_starts_at=source.tell(),
        streaminfo=streaminfo,
    )


def _read_wav(source: BinaryIO) -> Promise:
    block_bytes = bits = 0
    for name, length, complete in _chunks(source, "<4sI"):
        if name == b"fmt ":
            _, _, _, _, block_bytes, bits = struct.unpack("<HHIIHH", source.read(16))
        elif name == b"data":
            _demand(complete=complete)
            if block_bytes == 0:
                break
            return Promise(sample_count=length // block_bytes, bits_per_sample=bits)
    raise AudioRefusedError("damaged-audio", "The WAV file has no format or no data chunk.")


def _read_aiff(source: BinaryIO) -> Promise:
    sample_count = bits = channels = None
    for name, length, complete in _chunks(source, ">4sI"):
        if name == b"COMM":
            channels, sample_count, bits = struct.unpack(">hIh", source.read(8))
        elif name == b"SSND":
            _demand(complete=complete)
            if sample_count is None or bits is None or channels is None:
                break
            if length - 8 < sample_count * channels * ((bits + 7) // 8):
                _demand(complete=False)
            return Promise(sample_count=sample_count, bits_per_sample=bits)
    raise AudioRefusedError("damaged-audio", "The AIFF file has no format or no sound chunk.")


def _chunks(source: BinaryIO, layout: str) -> Iterator[tuple[bytes, int, bool]]:
    """Yield each chunk's name, length and whether the file holds all of it; read at its content."""
    end = source.seek(0, os.SEEK_END)
    position = 12
    for _ in range(_chunks_max):
        source.seek(position)
        head = source.read(8)
        if len(head) < 8:  # noqa: PLR2004 - the length of a chunk's head
            return
        name, length = struct.unpack(layout, head)
        yield name, length, position + 8 + length <= end
        position += 8 + length + (length & 1)


def _demand(*, complete: bool) -> None:
    if not complete:
        raise AudioRefusedError(
            "incomplete-audio", "The file is cut short: its header announces more audio."
        )
