"""Writes WavPack (WavPack 4 & 5 Binary File / Block Format) with its length in the first block."""

import struct
from collections.abc import Iterator

from av.audio.frame import AudioFrame
from av.codec.context import CodecContext

from pennywhistle.engines.audio.decoding import layout_name
from pennywhistle.engines.audio.pcm import PcmShape
from pennywhistle.engines.audio.recipes import Recipe

_default_level = 1
_total_at, _total_top_at = 12, 11  # 32 bits below, 8 bits above
_low_bits = 32
_cd_bits = 16


def encode_wavpack(
    frames: Iterator[AudioFrame], shape: PcmShape, recipe: Recipe, tag: bytes
) -> Iterator[bytes]:
    """Yield blocks as they are made, then the tag.

    Args:
        frames: planar, of `s16p`, or of `s32p` with 24 bits used.
        shape: what they amount to.
        recipe: whose level is how hard to work.
        tag: APEv2, or empty.
    """
    encoder = CodecContext.create("wavpack", "w")
    encoder.sample_rate = shape.sample_rate_hz
    encoder.layout = layout_name(shape.channels)
    encoder.format = "s16p" if shape.bits == _cd_bits else "s32p"
    level = _default_level if recipe.level is None else recipe.level
    encoder.options = {
        "flags": "+bitexact",
        "compression_level": str(level),
        "bits_per_raw_sample": str(shape.bits),
    }
    encoder.open()
    is_first = True
    for frame in _and_end(frames):
        for packet in encoder.encode(frame):
            block = bytearray(bytes(packet))
            if is_first:
                low = shape.sample_count & ((1 << _low_bits) - 1)
                struct.pack_into("<I", block, _total_at, low)
                block[_total_top_at] = shape.sample_count >> _low_bits
                is_first = False
            yield bytes(block)
    yield tag


def _and_end(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame | None]:
    yield from frames
    yield None
