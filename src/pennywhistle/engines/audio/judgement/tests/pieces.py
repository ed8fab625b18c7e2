"""Sound with known properties for the tests of judgement."""

import io
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt

from pennywhistle.engines.audio import encode
from pennywhistle.engines.audio.decoding import Samples
from pennywhistle.engines.audio.judgement import Code, Facts, Finding, Judgement, judge
from pennywhistle.engines.audio.pcm import PcmShape, write_wav

Sound = npt.NDArray[np.float64]
RATE = 44_100


def sine(
    *, seconds: float, dbfs: float, hz: float = 1000, rate: int = 48_000, phase: float = 0
) -> Sound:
    """The same sine on both channels; its peak at a level."""
    at = np.arange(round(seconds * rate)) / rate
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * at + phase)
    return np.repeat(wave[:, None], 2, axis=1)


@cache
def song(*, seconds: float, seed: int = 1) -> Sound:
    """A tune with overtones, beats and hiss; stereo, up to half of full scale, to 20 kHz."""
    dice = np.random.default_rng(seed)
    at = np.arange(round(seconds * RATE))
    pitch = 110 * 2.0 ** (dice.integers(0, 24, 400)[at // 8_000] / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tune = sum(np.sin(k * phase + k * k) / k for k in range(1, 60))
    hiss = dice.standard_normal((len(at), 2))
    beat = np.exp(-(at % 11_025) / 1_500)[:, None]
    sound = tune[:, None] * (0.2, 0.15) + 0.05 * hiss * beat + 0.002 * hiss
    made = np.asarray(0.5 * sound / np.abs(sound).max())
    made.flags.writeable = False
    return made


def quantized(sound: Sound, *, bits: int = 16) -> Samples:
    """Rounded with triangular dither; 24 bits fill 32 from the top."""
    dice = np.random.default_rng(9)
    steps = 2.0 ** (bits - 1)
    whole = np.round(sound * steps + dice.random(sound.shape) - dice.random(sound.shape))
    limited = np.clip(whole, -steps, steps - 1)
    if bits == 16:
        return limited.astype(np.int16)
    return cast("Samples", limited.astype(np.int32) << (32 - bits))


def judged(samples: Samples, *, rate: int = RATE, bits: int | None = 16, **facts: Any) -> Judgement:
    """The judgement of samples in blocks of uneven size."""
    return judge(Facts(rate, samples.shape[1], bits, **facts), blocks(samples))


def blocks(samples: Samples, size: int = 7_919) -> Iterator[Samples]:
    """Pieces of so many rows."""
    return (samples[first : first + size] for first in range(0, len(samples), size))


def found(judgement: Judgement, code: Code) -> Finding | None:
    """The finding of a code."""
    return next((one for one in judgement.findings if one.code is code), None)


def through(samples: Samples, recipe: str, *, rate: int = RATE) -> Samples:
    """Encoded by the store's own encoder and decoded to 16 bits again."""
    shape = PcmShape(len(samples), RATE, samples.shape[1], 16)
    made = io.BytesIO()
    encode(io.BytesIO(b"".join(write_wav(shape, iter([samples]), b""))), made, recipe=recipe)
    made.seek(0)
    return resampled(made, rate=rate, sample_format="s16")


def resampled(source: io.BytesIO, *, rate: int, sample_format: str) -> Samples:
    """A stereo file decoded at a rate."""
    resampler = av.AudioResampler(sample_format, "stereo", rate)
    rows = []
    with av.open(source) as file:
        for frame in file.decode(file.streams.audio[0]):
            rows += [one.to_ndarray().reshape(-1, 2) for one in resampler.resample(frame)]
    rows += [one.to_ndarray().reshape(-1, 2) for one in resampler.resample(None)]
    return np.concatenate(rows)
