"""Audio for the tests, made of sines and seeded noise."""

import io
from pathlib import Path
from typing import Any

import numpy as np

from pennywhistle.engines.audio import AudioRefusedError, Examination, Tags, encode, examine
from pennywhistle.engines.audio.decoding import Samples
from pennywhistle.engines.audio.pcm import PcmShape, write_wav

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\xff\xd9"
TAGS = Tags(
    title="Größe \u202e ../../etc/passwd",
    artists=("Ann & Bob", "Çelik"),
    album="A/B\\C:*?",
    album_artists=("Various",),
    track_number=3,
    track_total=12,
    disc_number=1,
    disc_total=2,
    date="2026-03-01",
    genres=("Folk", "Noise"),
    composers=("🎵 Composer",),
    isrc="GBAYE0000001",
    iswc="T0000000010",
    label="Label; & Co = Sons",
    barcode="0123456789012",
    copyright="(C) 2026",
    comment="=HYPERLINK(1) <script>",
)


def sine(*, seconds: float, level_db: float, rate: int = 48_000) -> Samples:
    """1 kHz on both channels, 16 bits."""
    instants = np.arange(round(seconds * rate)) / rate
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * 1000 * instants)
    return np.repeat(np.round(wave * 32767).astype(np.int16)[:, None], 2, axis=1)


def music(*, sample_count: int, channels: int = 2, bits: int = 16, rate: int = 44_100) -> Samples:
    """Two sines and some noise, never the same on both channels."""
    random = np.random.default_rng(7)
    instants = np.arange(sample_count)[:, None] / rate
    pitches = np.asarray([[220.0, 331.0]])[:, :channels]
    wave = 0.5 * np.sin(2 * np.pi * pitches * instants)
    wave += 0.02 * random.standard_normal((sample_count, channels))
    kind = np.int16 if bits <= 16 else np.int32
    full_scale = 2.0 ** (bits - 1) - 1
    whole = np.clip(np.round(wave * full_scale), -full_scale, full_scale).astype(np.int64)
    return (whole << (np.iinfo(kind).bits - bits)).astype(kind)


def wav(samples: Samples, *, rate: int = 44_100, bits: int = 16) -> bytes:
    """A WAV file of samples."""
    shape = PcmShape(len(samples), rate, samples.shape[1], bits)
    return b"".join(write_wav(shape, iter([samples]), b""))


def song(*, sample_count: int = 50_001, **options: int) -> bytes:
    """A WAV file of `music`."""
    rate, bits = options.get("rate", 44_100), options.get("bits", 16)
    return wav(music(sample_count=sample_count, **options), rate=rate, bits=bits)


def encoded(source: bytes, recipe: str, **arguments: Any) -> bytes:
    """What `encode` makes of a file."""
    sink = io.BytesIO()
    encode(io.BytesIO(source), sink, recipe=recipe, **arguments)
    return sink.getvalue()


def examined(source: bytes, **arguments: float) -> Examination:
    """What `examine` finds, or its refusal raised."""
    return examine(io.BytesIO(source), **arguments).examination


def answer(source: bytes, **arguments: float) -> dict[str, Any]:
    """What `examine` finds, or its refusal, as JSON."""
    try:
        return examined(source, **arguments).to_json()
    except AudioRefusedError as refusal:
        return refusal.to_json()


def cover_of(source: bytes) -> bytes:
    """The cover that `examine` finds."""
    return examine(io.BytesIO(source)).cover


def save(folder: Path, name: str, content: bytes) -> Path:
    """A file that others may read."""
    path = folder / name
    path.write_bytes(content)
    return path
