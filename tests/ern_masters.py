"""Masters and covers for many deliveries: a handful of real files, made once."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from PIL import Image

from pennywhistle.engines.audio import encode
from pennywhistle.engines.audio.pcm import PcmShape, write_wav

RATE_HZ = 44_100
MASTERS = 6
COVERS = 4
COVER_SIDE_PX = 1_400


@cache
def masters() -> tuple[bytes, ...]:
    """A handful of FLAC files of a second, each another tone."""
    return tuple(_tone(220.0 * (1 + place / 4)) for place in range(MASTERS))


@cache
def covers() -> tuple[bytes, ...]:
    """A few square JPEG files, each another color."""
    found = []
    for place in range(COVERS):
        picture = io.BytesIO()
        color = (40 + 50 * place, 90, 200 - 40 * place)
        Image.new("RGB", (COVER_SIDE_PX, COVER_SIDE_PX), color).save(picture, "JPEG")
        found.append(picture.getvalue())
    return tuple(found)


def _tone(pitch_hz: float) -> bytes:
    instants = np.arange(RATE_HZ) / RATE_HZ
    wave = np.sin(2 * np.pi * pitch_hz * instants)
    samples = np.round(np.stack([wave, wave * 0.5], axis=1) * 16_000).astype(np.int16)
    shape = PcmShape(len(samples), RATE_HZ, 2, 16)
    made = io.BytesIO()
    encode(io.BytesIO(b"".join(write_wav(shape, iter([samples]), b""))), made, recipe="flac")
    return made.getvalue()
