"""Hearings that go wrong in the locked child, which finds them here by name."""

import ctypes
import signal
from typing import Any, BinaryIO

from pennywhistle.apps.media.hearing import hear, warm_up

__all__ = ["FATAL", "hear_or_crash", "wait_to_be_killed", "warm_up"]

# In the tags of a file at which the decoder is to crash.
FATAL = b"fatal to decoders"


def hear_or_crash(source: BinaryIO, sink: BinaryIO, *, seconds_max: float) -> dict[str, Any]:
    """Hear a file, unless its tags say that the decoder crashes at it."""
    if FATAL in source.read():
        ctypes.string_at(0)
    return hear(source, sink, seconds_max=seconds_max)


def wait_to_be_killed(source: BinaryIO, sink: BinaryIO, *, seconds_max: float) -> None:
    """Never end."""
    while True:
        signal.pause()
