"""Samples, phases, filters and noise: what every instrument is made of."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]

SAMPLE_RATE_HZ = 44_100
# Work in pieces that stay in the processor's cache; the whole of a track would not.
CHUNK_SIZE = 1 << 14
# Slow curves (pitch, level, gain of the limiter) are computed once in so many samples.
CONTROL_SIZE = 32


def pitch_hz(pitch: float) -> float:
    """Frequency of a MIDI pitch in equal temperament, A4 = 69 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def sample_count(seconds: float) -> int:
    """Whole number of samples in that many seconds, at least one."""
    return max(1, round(seconds * SAMPLE_RATE_HZ))


def time_s(count: int) -> Signal:
    """The instants of `count` samples in seconds."""
    return np.arange(count, dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)


def steady_phase(hz: float, count: int) -> NDArray[np.float64]:
    """Phase in cycles of a steady tone."""
    return np.arange(count, dtype=np.float64) * (hz / SAMPLE_RATE_HZ)


def moving_phase(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Phase in cycles of a tone whose frequency is given for every sample."""
    return np.cumsum(hz) / SAMPLE_RATE_HZ


def angle_of(phase: NDArray[np.float64]) -> Signal:
    """Phase in cycles as an angle from 0 to 2 pi, small enough for single precision."""
    return ((phase - np.floor(phase)) * (2.0 * np.pi)).astype(np.float32)


def harmonics(
    phase: NDArray[np.float64], levels: NDArray[np.float64], brightness: Signal | float = 1.0
) -> Signal:
    """Sum of sines `levels[h - 1] * brightness ** h * sin(h * phase)` over all h.

    By Clenshaw's recurrence: a few real operations for each harmonic and sample. A brightness
    that falls with time is a string that loses its high partials first, which is what the
    Karplus-Strong loop does; here in closed form, in tune at any pitch.
    """
    weights: Signal = levels.astype(np.float32)
    if not isinstance(brightness, np.ndarray):
        weights = weights * np.float32(brightness) ** np.arange(
            1, len(levels) + 1, dtype=np.float32
        )
    out = np.empty(len(phase), dtype=np.float32)
    for start in range(0, len(phase), CHUNK_SIZE):
        part = slice(start, start + CHUNK_SIZE)
        angle = angle_of(phase[part])
        sine: Signal = np.sin(angle)
        twice: Signal = np.float32(2.0) * np.cos(angle)
        square: Signal | None = None
        if isinstance(brightness, np.ndarray):
            fall = brightness[part]
            sine, twice, square = sine * fall, twice * fall, fall * fall
        out[part] = _clenshaw(weights, twice, square) * sine
    return out


def _clenshaw(weights: Signal, twice: Signal, square: Signal | None) -> Signal:
    """The sum without its last factor; `twice` is 2 r cos, `square` r * r, or None if r is 1."""
    later, latest = np.zeros_like(twice), np.zeros_like(twice)
    for weight in weights[::-1]:
        if square is not None:
            later *= square
        fresh = twice * latest
        fresh -= later
        fresh += weight
        later, latest = latest, fresh
    return latest


def audible(levels: NDArray[np.float64], hz: float) -> NDArray[np.float64]:
    """Only those harmonics that stay below 16 kHz, so that nothing folds back."""
    return levels[: max(1, int(16_000 / hz))]


def smooth_steps(corners: NDArray[np.float64], count: int) -> Signal:
    """A curve given at every `CONTROL_SIZE`-th sample, drawn out straight to all samples."""
    heights = corners.astype(np.float32)
    slope = np.diff(heights, append=heights[-1:])
    rise = np.arange(CONTROL_SIZE, dtype=np.float32) / np.float32(CONTROL_SIZE)
    drawn: Signal = (heights[:, None] + slope[:, None] * rise).ravel()[:count]
    return drawn


@lru_cache(maxsize=64)
def _rise(width: int) -> Signal:
    """Half a cosine from 0 to 1."""
    angle = np.arange(width, dtype=np.float32) * np.float32(np.pi / width)
    rise: Signal = np.float32(0.5) - np.float32(0.5) * np.cos(angle)
    return rise


def soft_edges(signal: Signal, *, attack_s: float = 0.003, release_s: float = 0.02) -> Signal:
    """The signal with raised-cosine ends, so that it neither starts nor stops with a click."""
    count = signal.shape[-1]
    for seconds, at_end in ((attack_s, False), (release_s, True)):
        width = min(sample_count(seconds), count)
        ramp = _rise(width)
        if at_end:
            signal[..., count - width :] *= ramp[::-1]
        else:
            signal[..., :width] *= ramp
    return signal


@lru_cache(maxsize=64)
def white_noise(count: int, seed: int) -> Signal:
    """The same noise for the same seed, about one in level; treat it as read-only."""
    return np.random.default_rng(seed).standard_normal(count, dtype=np.float32)


def band(signal: Signal, low_hz: float, high_hz: float, *, order: int = 2) -> Signal:
    """The signal between two frequencies, with slopes of 6 dB an octave times `order`."""
    count = signal.shape[-1]
    spectrum = np.fft.rfft(signal)
    hz = np.fft.rfftfreq(count, 1.0 / SAMPLE_RATE_HZ) + 1e-9
    gain = 1.0 / np.sqrt(1.0 + (hz / high_hz) ** (2 * order))
    if low_hz > 0.0:
        gain /= np.sqrt(1.0 + (low_hz / hz) ** (2 * order))
    spectrum *= gain.astype(np.float32)
    return np.fft.irfft(spectrum, count).astype(np.float32)


def noise_band(seconds: float, low_hz: float, high_hz: float, *, seed: int) -> Signal:
    """Noise between two frequencies, scaled to a level of one."""
    shaped = band(white_noise(sample_count(seconds), seed), low_hz, high_hz)
    return shaped / np.float32(np.sqrt(np.mean(shaped**2)) + 1e-9)
