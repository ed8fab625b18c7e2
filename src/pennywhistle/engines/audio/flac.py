"""Writes FLAC (RFC 9639) with our own metadata in front, its checksum included."""

import io
import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from av.audio.frame import AudioFrame
from av.codec.context import CodecContext

from pennywhistle.engines.audio.decoding import layout_name
from pennywhistle.engines.audio.headers import Promise
from pennywhistle.engines.audio.pcm import PcmShape
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.tagwriting import picture, vorbis_comment

_streaminfo, _vorbis_comment, _picture = 0, 4, 6
_last_block = 0x80
_block_bytes_max = (1 << 24) - 1
_copy_bytes = 256 << 10
_cd_bits = 16
_default_level = 5


def copy_flac(source: BinaryIO, promise: Promise, tags: Tags, cover: bytes) -> Iterator[bytes]:
    """Yield the master's own frames, bit for bit, behind our tags.

    Only for a master that was decoded from end to end when it came in.
    """
    yield _metadata(promise.streaminfo, tags, cover)
    source.seek(promise.audio_starts_at, os.SEEK_SET)
    while block := source.read(_copy_bytes):
        yield block


def encode_flac(
    frames: Iterator[AudioFrame],
    shape: PcmShape,
    md5: bytes,
    described: tuple[Tags, bytes],
    *,
    level: int | None = None,
) -> Iterator[bytes]:
    """Yield a FLAC file from frames of 16 or 32 bits.

    Args:
        frames: packed, of `s16`, or of `s32` with 24 bits used.
        shape: what they amount to.
        md5: of those samples, which the header holds and a stream cannot patch in later.
        described: tags to write, and bytes of a cover, or empty.
        level: how hard to work, 0 to 12; None for what is usual.
    """
    encoder = CodecContext.create("flac", "w")
    encoder.sample_rate = shape.sample_rate_hz
    encoder.layout = layout_name(shape.channels)
    encoder.format = "s16" if shape.bits == _cd_bits else "s32"
    chosen = _default_level if level is None else level
    encoder.options = {"flags": "+bitexact", "compression_level": str(chosen)}
    encoder.open()
    yield _metadata(_build_streaminfo(encoder.frame_size, shape, md5), *described)
    for frame in frames:
        yield b"".join(bytes(packet) for packet in encoder.encode(frame))
    yield b"".join(bytes(packet) for packet in encoder.encode(None))


def _build_streaminfo(block_samples: int, shape: PcmShape, md5: bytes) -> bytes:
    """STREAMINFO (section 8.2); the sizes of frames are not known, which zero says."""
    packed = shape.sample_rate_hz << 44 | (shape.channels - 1) << 41 | (shape.bits - 1) << 36
    sizes = struct.pack(">HH", block_samples, block_samples) + bytes(6)
    return sizes + (packed | shape.sample_count).to_bytes(8) + md5


def _metadata(streaminfo: bytes, tags: Tags, cover: bytes) -> bytes:
    blocks = [(_streaminfo, streaminfo), (_vorbis_comment, vorbis_comment(tags))]
    front = picture(cover)
    if front and len(front) <= _block_bytes_max:
        blocks.append((_picture, front))
    written = io.BytesIO()
    written.write(b"fLaC")
    for number, (kind, content) in enumerate(blocks, start=1):
        last = _last_block if number == len(blocks) else 0
        written.write(struct.pack(">I", (kind | last) << 24 | len(content)) + content)
    return written.getvalue()
