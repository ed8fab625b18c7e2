"""The mixing desk: stems with a place in the room, reverberation, echo, level and limit."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pennywhistle.interfaces.console.sample.sound.signal import (
    CONTROL_SIZE,
    SAMPLE_RATE_HZ,
    Signal,
    sample_count,
    smooth_steps,
)

LOUDNESS_TARGET_LUFS = -16.0
PEAK_DBFS_MAX = -1.4  # leaves the peaks between samples below -1 dBTP
# The room is computed at half the rate: its walls swallow everything above 10 kHz.
ROOM_RATE_HZ = SAMPLE_RATE_HZ // 2
ROOM_SIZE = 1 << 17
ROOM_S_MAX = 2.6
METER_SIZE = 1 << 14
METER_BLOCKS_ALL = 40  # of a longer signal, every second block tells enough


class Desk:
    """A stereo mix in the making: a dry bus and a bus into the room."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.count = sample_count(seconds)
        self.dry: Signal = np.zeros((2, self.count), dtype=np.float32)
        self.room: Signal = np.zeros((2, self.count), dtype=np.float32)

    def add(
        self, sound: Signal, at_s: float, level: float, pan: float = 0.0, send: float = 0.0
    ) -> None:
        """Lay a mono or stereo sound at an instant; pan runs from -1, left, to 1, right."""
        start = int(at_s * SAMPLE_RATE_HZ)
        if start < 0 or start >= self.count:
            return
        width = min(sound.shape[-1], self.count - start)
        # Constant power, and the far channel keeps something: nothing sits in one ear only.
        angle = (0.9 * pan + 1.0) * np.pi / 4
        for channel, share in enumerate((np.cos(angle), np.sin(angle))):
            source = sound if sound.ndim == 1 else sound[channel]
            placed = source[:width] * np.float32(level * share * 1.414)
            self.dry[channel, start : start + width] += placed
            if send > 0.0:
                placed *= np.float32(send)
                self.room[channel, start : start + width] += placed

    def duck(self, starts_s: list[float], *, depth: float, release_s: float) -> None:
        """Let everything so far give way at these instants, as a compressor under a kick does."""
        width = sample_count(release_s)
        dip = np.float32(1.0) - np.float32(depth) * np.linspace(1, 0, width, dtype=np.float32) ** 2
        for start_s in starts_s:
            start = int(start_s * SAMPLE_RATE_HZ)
            for bus in (self.dry, self.room):
                part = bus[:, start : start + width]
                part *= dip[: part.shape[1]]

    def finish(
        self,
        *,
        room_s: float,
        wet: float,
        dark_hz: float = 5_000.0,
        fade_in_s: float = 0.005,
        fade_out_s: float = 1.5,
    ) -> Signal:
        """The mix with its room, at the target loudness, limited, faded at both ends."""
        mix = self.dry + np.float32(wet) * reverberate(self.room, room_s, dark_hz)
        mix -= mix.mean(axis=1, keepdims=True)
        fade(mix, fade_in_s, fade_out_s)
        mix *= np.float32(10 ** ((LOUDNESS_TARGET_LUFS - loudness_lufs(mix)) / 20))
        return limit(mix)


def fade(signal: Signal, fade_in_s: float, fade_out_s: float) -> None:
    """Fade both ends in place."""
    rise, fall = sample_count(fade_in_s), sample_count(fade_out_s)
    signal[:, :rise] *= np.linspace(0, 1, rise, dtype=np.float32)[: signal.shape[1]]
    fall = min(fall, signal.shape[1])
    signal[:, -fall:] *= np.linspace(1, 0, fall, dtype=np.float32) ** 2


@lru_cache(maxsize=4)
def _room_spectrum(room_s: float, dark_hz: float) -> NDArray[np.complex64]:
    """Spectrum of a hall made of noise: denser at once, darker as it fades, no rumble."""
    count = round(min(room_s * 1.1, ROOM_S_MAX) * ROOM_RATE_HZ)
    rng = np.random.default_rng(round(room_s * 1000))
    at = np.arange(count, dtype=np.float32) / ROOM_RATE_HZ
    noise = rng.standard_normal((2, count), dtype=np.float32)
    response = noise * np.exp(-at * np.float32(6.9 / room_s)) * np.minimum(1.0, at / 0.018)
    spectrum = np.fft.rfft(response, ROOM_SIZE)
    hz = np.fft.rfftfreq(ROOM_SIZE, 1 / ROOM_RATE_HZ) + 1e-6
    spectrum *= 1.0 / np.sqrt(1 + (hz / dark_hz) ** 2) / (1 + (160.0 / hz) ** 2)
    energy = np.sqrt(np.sum(response**2) / 2)
    shaped: NDArray[np.complex64] = (spectrum / energy).astype(np.complex64)
    return shaped


def reverberate(signal: Signal, room_s: float, dark_hz: float) -> Signal:
    """The signal in the hall only, by overlapping blocks of fast convolution."""
    response = _room_spectrum(room_s, dark_hz)
    even = signal.shape[1] // 2 * 2
    slow = 0.5 * (signal[:, 0:even:2] + signal[:, 1:even:2])
    hop = ROOM_SIZE - round(ROOM_S_MAX * ROOM_RATE_HZ) - 1
    wet = np.zeros((2, slow.shape[1] + ROOM_SIZE), dtype=np.float32)
    for start in range(0, slow.shape[1], hop):
        spectrum = np.fft.rfft(slow[:, start : start + hop], ROOM_SIZE)
        spectrum *= response
        wet[:, start : start + ROOM_SIZE] += np.fft.irfft(spectrum, ROOM_SIZE)
    out = np.zeros_like(signal)
    half = even // 2
    out[:, 0:even:2] = wet[:, :half]
    out[:, 1:even:2] = 0.5 * (wet[:, :half] + wet[:, 1 : half + 1])
    return out


def echo(signal: Signal, delay_s: float, *, feedback: float, repeats: int = 5) -> Signal:
    """Repeats only, each softer and duller than the last, bouncing from side to side."""
    out = np.zeros_like(signal)
    delay = sample_count(delay_s)
    repeat = signal
    for turn in range(1, repeats + 1):
        if turn * delay >= signal.shape[1]:
            break
        dull = repeat.copy()
        for shift in (2, 4, 6):
            dull[:, shift:] += repeat[:, :-shift]
        repeat = dull[::-1] * np.float32(feedback / 4)
        out[:, turn * delay :] += repeat[:, : -turn * delay]
    return out


@lru_cache(maxsize=1)
def _weighting() -> NDArray[np.float64]:
    """Power gain of K-weighting (ITU-R BS.1770-5, annex 1) at the meter's frequencies.

    The shelf and the high-pass are drawn with analog prototypes of the published corner
    frequencies, which is within 0.2 dB over the band that music fills.
    """
    hz = np.fft.rfftfreq(METER_SIZE, 1 / SAMPLE_RATE_HZ) + 1e-6
    high_pass = (hz / 38.1) ** 4 / ((1 - (hz / 38.1) ** 2) ** 2 + (hz / 38.1 / 0.5) ** 2)
    ratio, gain = hz / 1_682.0, 10 ** (4.0 / 20)
    top = (1 - gain * ratio**2) ** 2 + gain * (ratio / 0.707) ** 2
    bottom = (1 - ratio**2) ** 2 + (ratio / 0.707) ** 2
    return np.asarray(high_pass * top / bottom, dtype=np.float64)


def loudness_lufs(signal: Signal) -> float:
    """Loudness of the louder parts (ITU-R BS.1770-5 with its relative gate of -10 LU)."""
    blocks = signal.shape[1] // METER_SIZE
    if blocks == 0:
        return LOUDNESS_TARGET_LUFS
    framed = signal[:, : blocks * METER_SIZE].reshape(2, blocks, METER_SIZE)
    framed = framed[:, :: 2 if blocks > METER_BLOCKS_ALL else 1]
    power = np.abs(np.fft.rfft(framed)) ** 2 * _weighting()
    energy = 2.0 * power.sum(axis=(0, 2)) / METER_SIZE**2 + 1e-12
    energy = energy[energy > 10 ** ((-70 + 0.691) / 10)]
    if energy.size == 0:
        return LOUDNESS_TARGET_LUFS
    kept = energy[energy > energy.mean() * 0.1]
    return float(-0.691 + 10 * np.log10(kept.mean()))


def limit(signal: Signal) -> Signal:
    """Turn down smoothly around every peak above the ceiling; look ahead by 12 ms."""
    ceiling = 10 ** (PEAK_DBFS_MAX / 20)
    blocks = -(-signal.shape[1] // CONTROL_SIZE)
    loudest = np.zeros(blocks * CONTROL_SIZE, dtype=np.float32)
    loudest[: signal.shape[1]] = np.abs(signal).max(axis=0)
    peak = loudest.reshape(blocks, CONTROL_SIZE).max(axis=1)
    needed = np.minimum(1.0, ceiling / np.maximum(peak, 1e-9))
    reach = 17
    padded = np.pad(needed, 2 * reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    lowest = windows.min(axis=1)
    shape = np.hanning(2 * reach + 1)[1:-1]
    # Averaging what is already the minimum of its surroundings never rises above the need.
    smooth = np.convolve(lowest, shape / shape.sum(), mode="same")[reach:-reach]
    if smooth.min() >= 1.0:
        return signal
    gain = smooth_steps(smooth, signal.shape[1])
    limited: Signal = np.clip(signal * gain, -ceiling, ceiling)
    return limited


def to_pcm(signal: Signal) -> NDArray[np.int16]:
    """16-bit samples of a signal within -1 … 1."""
    return np.round(signal * 32_767).astype(np.int16)
