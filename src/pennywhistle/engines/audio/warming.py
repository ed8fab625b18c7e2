"""Makes the audio libraries load everything that they load late, before the sandbox is locked."""

import io
import struct

import av
import numpy as np
from av.audio.frame import AudioFrame

from pennywhistle.engines.audio.containers import Container
from pennywhistle.engines.audio.decoding import Chain, as_samples, decode, open_audio, pack

_silent_samples = 64


def warm_up() -> None:
    """Decode, filter and encode a moment of silence; the sandbox calls this once, unlocked."""
    data = bytes(4 * _silent_samples)
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16)
    with open_audio(io.BytesIO(header + data)) as opened:
        assert opened.container is Container.WAV
