"""Writes ALAC and AAC into MP4 files whose index comes first, so that players can start at once."""

from fractions import Fraction
from typing import BinaryIO

import av
from av.audio.stream import AudioStream

from pennywhistle.engines.audio.conversion import Rendering, ahead
from pennywhistle.engines.audio.decoding import layout_name
from pennywhistle.engines.audio.packets import packets_of
from pennywhistle.engines.audio.recipes import Codec, Recipe
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.tagwriting import Gapless, write_mp4_tags

_index_bytes_fixed = 16 << 10
# Per packet: its size, and its share of chunk offsets and of runs of equal durations.
_index_bytes_per_packet = 24
_packet_samples_min = 1024
_sample_formats = {
    Codec.ALAC: {16: "s16p", 24: "s32p"},
    Codec.AAC: {16: "fltp", 24: "fltp"},
}
_aac_kbps_per_channel_max = 256


def encode_mp4(
    sink: BinaryIO, rendering: Rendering, recipe: Recipe, tags: Tags, cover: bytes
) -> None:
    """Encode and tag; the sink must be readable and seekable, and holds the file in the end."""
    packet_count = rendering.shape.sample_count // _packet_samples_min + 2
    reserved = _index_bytes_fixed + packet_count * _index_bytes_per_packet
    shape = rendering.shape
    options = {
        "moov_size": str(reserved),
        "fflags": "+bitexact",
        # The edit list, which tells what to play, counts in this.
        "movie_timescale": str(shape.sample_rate_hz),
    }
    first, end = 0, 0
    with av.open(sink, "w", format="ipod", options=options) as file:
        stream = _add_stream(file, rendering, recipe)
        for packet in packets_of(stream, ahead(rendering.frames())):
            first = min(first, packet.pts or 0)
            end = (packet.pts or 0) + _packet_samples_min
            file.mux(packet)
    # Lossless packets hold as many samples as they say; AAC's are all of the same length.
    gapless = Gapless(-first, end - shape.sample_count, shape.sample_count) if first else None
    write_mp4_tags(sink, tags, cover, gapless)


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
        kbps_max = _aac_kbps_per_channel_max * shape.channels
        stream.bit_rate = min(recipe.bitrate_kbps, kbps_max) * 1000
    return stream
