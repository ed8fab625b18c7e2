"""Encodes frames into packets whose times are counted in whole samples."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

if TYPE_CHECKING:
    from av.packet import Packet


def packets_of(
    stream: AudioStream, frames: Iterator[AudioFrame]
) -> "Iterator[Packet[AudioStream]]":
    """Yield a stream's packets, the encoder's delay before zero, without a gap.

    The times that come with the packets went through rounded seconds, and are off by a sample now
    and then; what follows from them, a file's length, has to be exact.
    """
    position: int | None = None
    for frame in _and_end(frames):
        for packet in stream.encode(frame):
            if position is None:
                position = packet.pts or 0
            packet.pts = packet.dts = position
            position += packet.duration or 0
            yield packet


def _and_end(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame | None]:
    yield from frames
    yield None
