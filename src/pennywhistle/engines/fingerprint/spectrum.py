"""Turns sound at any rate into the same picture: power at 25 instants a second, every 5 Hz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.fingerprint.errors import BadSamplesError
from pennywhistle.engines.fingerprint.limits import sample_rate_hz_max, sample_rate_hz_min

if TYPE_CHECKING:
    from collections.abc import Iterator

Signal = npt.NDArray[np.float32]
Sound = npt.NDArray[Any]

frames_per_s = 25
bins_per_frame_rate = 5  # a frame lasts a fifth of a second, so its bins are 5 Hz apart
bin_low, bin_high = 20, 860  # what is kept of a frame: 250 to 4,000 Hz and its surroundings
frames_per_batch = 256
_frames_at_once = 32  # fit into the processor's cache
_halvable_hz = 21_000  # keeps everything below 4 kHz clear of what is folded down
_halvable_roughly_hz = 40_000
_zero = 1e-9  # what floats make of the zeros of a sinc
# Neither channel weighs as much as the other: else a copy with one of them turned upside down
# would cancel out.
_left, _right = np.float32(2 / 3), np.float32(1 / 3)


def to_mono(samples: Sound) -> Signal:
    """One channel of 32-bit floats, from one or two of any kind, of shape (n,) or (n, channels).

    Raises:
        BadSamplesError: another shape, or numbers that are not finite.
    """
    if samples.ndim == 1:
        samples = samples[:, None]
    if samples.ndim != 2 or samples.shape[1] not in {1, 2}:  # noqa: PLR2004 rows and columns
        raise BadSamplesError(f"Samples of shape {samples.shape} are neither mono nor stereo.")
    sound = samples.astype(np.float32)
    mono: Signal = sound[:, 0] if sound.shape[1] == 1 else sound[:, 0] * _left
    if sound.shape[1] > 1:
        mono += sound[:, 1] * _right
    if np.issubdtype(samples.dtype, np.inexact) and not np.isfinite(mono).all():
        raise BadSamplesError("There are samples that are no finite numbers.")
    return mono


class Halving:
    """Halves the sample rate of a signal that comes in pieces; the pieces' sizes do not matter."""

    def __init__(self, rate_hz: float) -> None:
        if rate_hz >= _halvable_roughly_hz:
            taps = np.full(2, 0.5)
        else:
            # A half-band filter: 15 taps of a windowed sinc, every second of them zero.
            taps = np.sinc(np.arange(-7, 8) / 2) * np.hanning(17)[1:-1]
        self._taps: Signal = (taps / taps.sum()).astype(np.float32)
        self._rest: Signal = np.zeros(len(self._taps) // 2, np.float32)

    def add(self, signal: Signal) -> Signal:
        """What of the halved signal the next piece completes."""
        signal = np.concatenate((self._rest, signal))
        count = max((len(signal) - len(self._taps)) // 2 + 1, 0)
        halved = np.zeros(count, np.float32)
        # Samples that lie together are added much faster than every second one.
        alternate = np.ascontiguousarray(signal[0::2]), np.ascontiguousarray(signal[1::2])
        for tap, weight in enumerate(self._taps):
            if abs(weight) > _zero:
                halved += weight * alternate[tap % 2][tap // 2 : tap // 2 + count]
        self._rest = signal[2 * count :]
        return halved


class Spectrum:
    """Power spectra of a signal that comes in pieces, in batches of `frames_per_batch` rows.

    The last batch is filled up with silence. Rows are computed batch by batch from the beginning,
    since the last bit of a Fourier transform may depend on its neighbors in memory: the same sound
    gives the same bits, however it is cut.
    """

    def __init__(self, rate_hz: int) -> None:
        if not sample_rate_hz_min <= rate_hz <= sample_rate_hz_max:
            raise BadSamplesError(f"A sample rate of {rate_hz} Hz is not usable.")
        rate = float(rate_hz)
        self._halvings: list[Halving] = []
        while rate >= _halvable_hz:
            self._halvings.append(Halving(rate))
            rate /= 2
        self._size, self._hop = round(rate / bins_per_frame_rate), round(rate / frames_per_s)
        self.frame_s, self.bin_hz = self._hop / rate, rate / self._size
        self._window = np.hanning(self._size + 1)[:-1].astype(np.float32)
        self._pieces: list[Signal] = []
        self._waiting = 0
        self.frame_count = 0

    def add(self, mono: Signal) -> Iterator[Signal]:
        """Take the next samples; yields what batches they complete."""
        for halving in self._halvings:
            mono = halving.add(mono)
        self._pieces.append(mono)
        self._waiting += len(mono)
        wanted = (frames_per_batch - 1) * self._hop + self._size
        if self._waiting < wanted:
            return
        signal = np.concatenate(self._pieces)
        while len(signal) >= wanted:
            yield self._transform(signal[:wanted])
            self.frame_count += frames_per_batch
            signal = signal[frames_per_batch * self._hop :]
        self._pieces, self._waiting = [signal], len(signal)

    def finish(self) -> Iterator[Signal]:
        """The batch that the end of the sound leaves unfinished; none for less than a frame."""
        signal = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.float32)
        left = (len(signal) - self._size) // self._hop + 1
        if left > 0:
            wanted = (frames_per_batch - 1) * self._hop + self._size
            yield self._transform(np.pad(signal, (0, wanted - len(signal))))
            self.frame_count += left

    def _transform(self, signal: Signal) -> Signal:
        frames = np.lib.stride_tricks.sliding_window_view(signal, self._size)[:: self._hop]
        # At 8 kHz the picture ends at 4 kHz; what surrounds it is silence.
        power = np.zeros((frames_per_batch, bin_high - bin_low), np.float32)
        for start in range(0, frames_per_batch, _frames_at_once):
            rows = slice(start, start + _frames_at_once)
            bins = np.fft.rfft(frames[rows] * self._window)[:, bin_low:bin_high]
            power[rows, : bins.shape[1]] = bins.real**2 + bins.imag**2
        return power
