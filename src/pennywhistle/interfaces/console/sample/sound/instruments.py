"""Single notes of struck, plucked, blown and bowed instruments."""

from functools import lru_cache

import numpy as np

from pennywhistle.interfaces.console.sample.sound.signal import (
    SAMPLE_RATE_HZ,
    Signal,
    angle_of,
    audible,
    harmonics,
    noise_band,
    pitch_hz,
    sample_count,
    soft_edges,
    steady_phase,
    time_s,
)

CACHE_SIZE = 512
TINE_TURNS_AT = 71  # above it the fourteenth harmonic would only hiss
ENSEMBLE_SIZE = 1 << 17


def _ladder(count: int) -> Signal:
    return np.arange(1, count + 1, dtype=np.float32)


@lru_cache(maxsize=CACHE_SIZE)
def pluck(pitch: float, seconds: float, *, tone: float = 0.5, position: float = 0.2) -> Signal:
    """A plucked string: `tone` 0 is a nylon thumb, 1 a steel pick; `position` along the string."""
    hz = pitch_hz(pitch)
    count = sample_count(seconds)
    at = time_s(count)
    order = _ladder(28).astype(np.float64)
    levels = audible(np.sin(np.pi * order * position) / order ** (1.5 - 0.5 * tone), hz)
    bright = 0.86 + 0.13 * tone
    brightness = bright * np.exp(-at * (0.5 + hz / 900.0))
    decay = np.exp(-at * (0.9 + hz / 300.0))
    tail = harmonics(steady_phase(hz, count), levels, brightness.astype(np.float32)) * decay
    return soft_edges(tail.astype(np.float32), attack_s=0.0015, release_s=min(0.06, seconds / 3))


@lru_cache(maxsize=CACHE_SIZE)
def electric_piano(pitch: float, seconds: float, *, bite: float = 1.0) -> Signal:
    """Two sines, one bending the other, and a tine that rings for a moment."""
    hz = pitch_hz(pitch)
    at = time_s(sample_count(seconds))
    angle = angle_of(steady_phase(hz, len(at)))
    index = bite * (0.25 + 1.15 * np.exp(-at * 3.2)) * min(1.0, 330.0 / hz)
    body = np.sin(angle + index * np.sin(angle))
    tine = (
        0.09 * bite * np.exp(-at * 14.0) * np.sin(angle * (7.0 if pitch > TINE_TURNS_AT else 14.0))
    )
    decay = np.exp(-at * (0.7 + hz / 900.0))
    return soft_edges(((body + tine) * decay).astype(np.float32), release_s=min(0.12, seconds / 2))


@lru_cache(maxsize=CACHE_SIZE)
def felt_piano(pitch: float, seconds: float) -> Signal:
    """An upright piano with felt before its strings: two strings a hair apart, a soft knock."""
    hz = pitch_hz(pitch)
    at = time_s(sample_count(seconds))
    order = _ladder(12).astype(np.float64)
    levels = audible(np.sin(np.pi * order / 7.3) / order**1.7, hz) * 2.2
    dulling = (0.92 * np.exp(-at * 0.7)).astype(np.float32)
    tone = harmonics(steady_phase(hz, len(at)), levels, dulling)
    tone += 0.5 * harmonics(steady_phase(hz * 1.0006, len(at)), levels[:5], dulling)
    knock = np.exp(-at * 160.0) * np.sin(2 * np.pi * 95.0 * at) * 0.12
    decay = np.exp(-at * (0.8 + hz / 700.0))
    return soft_edges(
        (tone * decay + knock).astype(np.float32), attack_s=0.004, release_s=min(0.15, seconds / 2)
    )


@lru_cache(maxsize=CACHE_SIZE)
def marimba(pitch: float, seconds: float) -> Signal:
    """A rosewood bar tuned two octaves apart, struck with yarn."""
    hz = pitch_hz(pitch)
    at = time_s(sample_count(seconds))
    angle = angle_of(steady_phase(hz, len(at)))
    tone = np.sin(angle) * np.exp(-at * np.float32(3.0 + hz / 220.0))
    tone += 0.22 * np.sin(4 * angle) * np.exp(-at * np.float32(14.0 + hz / 80.0))
    return soft_edges(tone.astype(np.float32), attack_s=0.002, release_s=min(0.1, seconds / 2))


@lru_cache(maxsize=CACHE_SIZE)
def bell(pitch: float, seconds: float, *, ratio: float = 3.5, depth: float = 1.6) -> Signal:
    """A frequency-modulated bell; whole ratios chime, odd ones clang."""
    hz = pitch_hz(pitch)
    at = time_s(sample_count(seconds))
    angle = angle_of(steady_phase(hz, len(at)))
    index = depth * np.exp(-at * 2.6)
    ring = np.sin(angle + index * np.sin(angle * ratio)) * np.exp(-at * 1.8)
    return soft_edges(ring.astype(np.float32), attack_s=0.002, release_s=min(0.2, seconds / 2))


@lru_cache(maxsize=CACHE_SIZE)
def comb_tooth(pitch: float, seconds: float) -> Signal:
    """A tooth of a music box: a clamped bar, its two odd overtones, the tick of the pin."""
    hz = pitch_hz(pitch)
    at = time_s(sample_count(seconds))
    tone = np.zeros(len(at), dtype=np.float32)
    for ratio, level, rate in ((1.0, 1.0, 1.9), (2.0, 0.16, 3.2), (6.27, 0.12, 13.0)):
        if hz * ratio < SAMPLE_RATE_HZ * 0.4:
            angle = angle_of(steady_phase(hz * ratio, len(at)))
            tone += np.float32(level) * np.sin(angle) * np.exp(-at * np.float32(rate))
    tick = noise_band(0.012, 2_500, 9_000, seed=int(pitch)) * 0.05
    width = min(len(tick), len(tone))
    tone[:width] += soft_edges(tick.copy(), attack_s=0.001, release_s=0.01)[:width]
    return soft_edges(tone, attack_s=0.001, release_s=min(0.25, seconds / 2))


@lru_cache(maxsize=CACHE_SIZE)
def upright_bass(pitch: float, seconds: float) -> Signal:
    """A double bass played with the finger: a growl that darkens, a soft thump."""
    hz = pitch_hz(pitch)
    at = time_s(sample_count(seconds))
    order = _ladder(14).astype(np.float64)
    levels = np.sin(np.pi * order * 0.31) / order**1.1
    brightness = (0.9 * np.exp(-at * 1.6)).astype(np.float32)
    tone = harmonics(steady_phase(hz, len(at)), levels, brightness) * np.exp(-at * 1.5)
    return soft_edges(tone.astype(np.float32), attack_s=0.008, release_s=min(0.08, seconds / 3))


@lru_cache(maxsize=CACHE_SIZE)
def organ(pitch: float, seconds: float, *, bars: tuple[float, ...] = (1.0, 0.7, 0.3)) -> Signal:
    """Flue pipes: `bars` are the levels of harmonics 1, 2, 3 …; a slow tremulant."""
    hz = pitch_hz(pitch)
    at = time_s(sample_count(seconds))
    sway = 0.0006 * np.sin(2 * np.pi * 4.6 * at) * hz / (2 * np.pi * 4.6) * 2.0
    phase = steady_phase(hz, len(at)) + sway
    tone = harmonics(phase, audible(np.array(bars), hz))
    return soft_edges(tone, attack_s=0.03, release_s=min(0.12, seconds / 3))


@lru_cache(maxsize=CACHE_SIZE)
def stab(pitch: float, seconds: float, *, cutoff: int = 8) -> Signal:
    """A short saw chord note behind a filter at harmonic number `cutoff`."""
    hz = pitch_hz(pitch)
    at = time_s(sample_count(seconds))
    order = _ladder(36).astype(np.float64)
    levels = audible(1.0 / order / np.sqrt(1.0 + (order / cutoff) ** 4), hz)
    closing = np.exp(-at * 0.9 / max(1, cutoff) - 0.02).astype(np.float32)
    tone = harmonics(steady_phase(hz * 1.003, len(at)), levels, closing)
    tone += harmonics(steady_phase(hz * 0.997, len(at)) + 0.3, levels, closing)
    return soft_edges(tone * np.exp(-at * 5.0), attack_s=0.004, release_s=min(0.1, seconds / 2))


@lru_cache(maxsize=CACHE_SIZE)
def ensemble(pitch: float, *, rolloff: float = 1.2, spread_cents: float = 18.0) -> Signal:
    """A loop of many players on one note, stereo, without a seam.

    Every harmonic is a small hill in the spectrum with random phases, wider the higher it
    lies, and one inverse transform makes the sound (the PADsynth idea of Paul Nasca).
    """
    hz = pitch_hz(pitch)
    rng = np.random.default_rng(round(pitch * 100) + round(rolloff * 7))
    bins = ENSEMBLE_SIZE // 2 + 1
    spectrum = np.zeros((2, bins), dtype=np.complex64)
    for order in range(1, min(40, int(9_000 / hz)) + 1):
        center = hz * order * ENSEMBLE_SIZE / SAMPLE_RATE_HZ
        width = max(1.2, center * (2.0 ** (spread_cents / 1200.0) - 1.0))
        low, high = max(1, int(center - 4 * width)), min(bins, int(center + 4 * width) + 2)
        hill = np.exp(-(((np.arange(low, high) - center) / width) ** 2)) / np.sqrt(width)
        turn = np.exp(2j * np.pi * rng.random((2, high - low)))
        spectrum[:, low:high] += (hill * turn / order**rolloff).astype(np.complex64)
    loop = np.fft.irfft(spectrum, ENSEMBLE_SIZE).astype(np.float32)
    return loop / np.float32(np.sqrt(np.mean(loop**2)) * 2.0)


def sustain(
    loop: Signal, seconds: float, *, attack_s: float, release_s: float, start: int = 0
) -> Signal:
    """A note of `seconds` out of an endless loop, with a slow beginning and a slow end."""
    count, size = sample_count(seconds), loop.shape[-1]
    out = np.empty((2, count), dtype=np.float32)
    filled, place = 0, start % size
    while filled < count:
        width = min(size - place, count - filled)
        out[:, filled : filled + width] = loop[:, place : place + width]
        filled, place = filled + width, 0
    return soft_edges(out, attack_s=attack_s, release_s=release_s)
