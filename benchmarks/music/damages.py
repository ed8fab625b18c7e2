"""What happens to a recording before somebody delivers it again."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import av
import lameenc
import numpy as np
from music.recordings import RATE_HZ, decode


def mp3_64(samples: np.ndarray, _: random.Random) -> np.ndarray:
    """Through MP3 at 64 kbit/s and back."""
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(64)
    encoder.set_in_sample_rate(RATE_HZ)
    encoder.set_channels(2)
    encoder.silence()
    return decode(io.BytesIO(bytes(encoder.encode(samples.tobytes()) + encoder.flush())))


def opus_48(samples: np.ndarray, _: random.Random) -> np.ndarray:
    """Through Opus at 48 kbit/s and back."""
    made = io.BytesIO()
    with av.open(made, "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=48_000, layout="stereo", bit_rate=48_000)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "stereo")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler("s16", "stereo", 48_000, 960)
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(resampled))
        file.mux(stream.encode(None))
    made.seek(0)
    return decode(made)


def noise(samples: np.ndarray, dice: random.Random) -> np.ndarray:
    """White noise, 10 dB below the music, and half the level."""
    sound = samples.astype(np.float32)
    level = np.sqrt(np.mean(sound**2)) * 10 ** (-10 / 20)
    hiss = np.random.default_rng(dice.randrange(1 << 30)).standard_normal(sound.shape, np.float32)
    return np.clip((sound + level * hiss) / 2, -32_768, 32_767).astype(np.int16)


def excerpt_10s(samples: np.ndarray, _: random.Random) -> np.ndarray:
    """Ten seconds out of the middle."""
    return samples[10 * RATE_HZ : 20 * RATE_HZ]


def speed_2pct(samples: np.ndarray, dice: random.Random) -> np.ndarray:
    """Two percent faster or slower, with its pitch."""
    instants = np.arange(0, len(samples) - 1, dice.choice((0.98, 1.02)))
    whole = np.arange(len(samples))
    channels = [np.interp(instants, whole, samples[:, channel]) for channel in (0, 1)]
    return np.stack(channels, axis=1).astype(np.int16)


DAMAGES: dict[str, Callable[[np.ndarray, random.Random], np.ndarray]] = {
    "recall_mp3_64": mp3_64,
    "recall_opus_48": opus_48,
    "recall_noise": noise,
    "recall_excerpt_10s": excerpt_10s,
    "recall_speed_2pct": speed_2pct,
}
