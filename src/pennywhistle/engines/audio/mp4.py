"""Writes ALAC and AAC into MP4 files whose index comes first, so that players can start at once."""

from fractions import Fraction
from typing import BinaryIO

import av
from av.audio.stream import AudioStream

from pennywhistle.engines.audio.conversion import Rendering
from pennywhistle.engines.audio.decoding import layout_name
from pennywhistle.engines.audio.recipes import Codec, Recipe
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.tagwriting import write_mp4_tags

_index_bytes_fixed = 16 << 10
# Per packet: its size, and its share of chunk offsets and of runs of equal durations.
_index_bytes_per_packet = 24
_packet_samples_min = 1024
_sample_formats = {
    Codec.ALAC: {16: "s16p", 24: "s32p"},
    Codec.AAC: {16: "fltp", 24: "fltp"},
}


def encode_mp4(
    sink: BinaryIO, rendering: Rendering, recipe: Recipe, tags: Tags, cover: bytes
) -> None:
    """Encode and tag; the sink must be readable and seekable, and holds the file in the end."""
    packet_count = rendering.shape.sample_count // _packet_samples_min + 2
    reserved = _index_bytes_fixed + packet_count * _index_bytes_per_packet
    options = {"moov_size": str(reserved), "fflags": "+bitexact"}
    with av.open(sink, "w", format="ipod", options=options) as file:
        stream = _add_stream(file, rendering, recipe)
        for frame in rendering.frames():
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    write_mp4_tags(sink, tags, cover)


def _add_stream(
    file: av.container.OutputContainer, rendering: Rendering, recipe: Recipe
) -> AudioStream:
    shape = rendering.shape
    stream = file.add_stream(
        recipe.codec.value, rate=shape.sample_rate_hz, options={"flags": "+bitexact"}
    )
    assert isinstance(stream, AudioStream)
    stream.codec_context.layout = layout_name(shape.channels)
    stream.codec_context.format = _sample_formats[recipe.codec][shape.bits]
    stream.time_base = Fraction(1, shape.sample_rate_hz)
    if recipe.bitrate_kbps is not None:
        stream.bit_rate = recipe.bitrate_kbps * 1000
    return stream
