"""Writes Opus in Ogg (RFC 7845), page by page."""

import io
from collections.abc import Iterator

import av
from av.audio.stream import AudioStream

from pennywhistle.engines.audio.conversion import Rendering, ahead
from pennywhistle.engines.audio.decoding import layout_name
from pennywhistle.engines.audio.packets import packets_of
from pennywhistle.engines.audio.recipes import Recipe
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.tagwriting import comments, picture_comment

_kbps_per_channel_max = 255


def encode_opus(rendering: Rendering, recipe: Recipe, tags: Tags, cover: bytes) -> Iterator[bytes]:
    """Yield the file as it grows."""
    assert recipe.bitrate_kbps is not None
    written = _Tail()
    options = {"fflags": "+bitexact", "flush_packets": "1"}
    with av.open(written, "w", format="ogg", options=options) as file:
        file.metadata.update(_comments(tags, cover))
        stream = file.add_stream(
            "libopus", rate=rendering.shape.sample_rate_hz, options={"flags": "+bitexact"}
        )
        assert isinstance(stream, AudioStream)
        stream.codec_context.layout = layout_name(rendering.shape.channels)
        stream.codec_context.format = "flt"
        kbps_max = _kbps_per_channel_max * rendering.shape.channels
        stream.bit_rate = min(recipe.bitrate_kbps, kbps_max) * 1000
        for packet in packets_of(stream, ahead(rendering.frames())):
            file.mux(packet)
            if written.has_bytes:
                yield written.take()
    yield written.take()


def _comments(tags: Tags, cover: bytes) -> dict[str, str]:
    """The same names as in FLAC, gains apart.

    The muxer keeps one value of each, so several are joined.
    """
    joined: dict[str, str] = {}
    for name, value in [*comments(tags), *tags.gains.r128()]:
        joined[name] = f"{joined[name]}; {value}" if name in joined else value
    if front := picture_comment(cover):
        joined["METADATA_BLOCK_PICTURE"] = front
    return joined


class _Tail(io.RawIOBase):
    """A sink that cannot seek, and whose bytes are taken away while it is written to."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    @property
    def has_bytes(self) -> bool:
        return bool(self._written)

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self._written += content
        return len(content)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken
