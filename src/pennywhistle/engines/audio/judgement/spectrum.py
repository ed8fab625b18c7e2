"""The long-term spectrum: where it ends, and how sharply."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.audio.judgement.levels import Sound

Doubles = npt.NDArray[np.float64]

_size = 4096
_floor_db = -160.0
_windows_per_s = 4
_edge_below_hz, _edge_above_hz, _edge_width_hz = 200, 500, 800
_edge_first_hz = 8_000
_cd_edge_hz = (20_000, 24_500)


@dataclass(frozen=True, slots=True)
class Edge:
    """A place where the spectrum falls: the frequency, and by how much within 1.5 kHz."""

    hz: float
    drop_db: float


@dataclass(frozen=True, slots=True)
class LongTerm:
    """Mean power by frequency, in dB of full scale per bin of a 4096-point transform."""

    sample_rate_hz: int
    levels_db: Doubles

    def hz(self) -> Doubles:
        """The frequency of each level."""
        return np.arange(len(self.levels_db)) * self.sample_rate_hz / _size

    def edge(self, low_hz: float, high_hz: float) -> Edge | None:
        """The sharpest fall between two frequencies, behind which nothing rises again."""
        width = self.sample_rate_hz / _size
        below = _smoothed(self.levels_db, round(_edge_width_hz / width))
        gap = round((_edge_below_hz + _edge_above_hz + _edge_width_hz) / 2 / width)
        centers = np.arange(gap, len(below) - gap)
        frequencies = centers * width
        inside = (frequencies >= low_hz) & (frequencies <= high_hz)
        if not inside.any():
            return None
        highest_behind = np.maximum.accumulate(below[::-1])[::-1]
        drops = below[centers - gap] - highest_behind[centers + gap]
        index = int(np.argmax(np.where(inside, drops, -np.inf)))
        return Edge(round(float(frequencies[index])), round(float(drops[index]), 1))

    def end(self) -> Edge | None:
        """Where the spectrum ends, from 8 kHz up."""
        return self.edge(_edge_first_hz, self.sample_rate_hz / 2)

    def upsampled(self) -> Edge | None:
        """Where it ends near half of 44.1 or 48 kHz; None for a file that has no more anyway."""
        if self.sample_rate_hz <= 2 * _cd_edge_hz[1]:
            return None
        return self.edge(*_cd_edge_hz)


def _smoothed(levels: Doubles, width: int) -> Doubles:
    kernel = np.ones(width) / width
    return np.convolve(np.pad(levels, width // 2, mode="edge"), kernel, "same")[
        width // 2 : width // 2 + len(levels)
    ]


class Spectrum:
    """Adds up one window in every quarter of a second."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._window = np.hanning(_size + 1)[:_size]
        self._scale = 2 / (self._window.sum() ** 2) * 2
        self._sum = np.zeros(_size // 2 + 1)
        self._count = 0
        self._every = max(sample_rate_hz // _windows_per_s, _size)
        self._skip = 0
        self._rest: Sound = np.zeros(0, np.float32)

    def add(self, sound: Sound) -> None:
        """Take the next rows, full scale being 1."""
        mixed = sound[:, 0] + sound[:, -1]
        mixed *= mixed.dtype.type(0.5)
        mixed = np.concatenate((self._rest, mixed))
        starts = range(self._skip, len(mixed) - _size + 1, self._every)
        if starts:
            self._look(np.stack([mixed[start : start + _size] for start in starts]))
        self._skip += len(starts) * self._every
        used = min(self._skip, len(mixed))
        self._rest, self._skip = mixed[used:], self._skip - used

    def _look(self, blocks: Sound) -> None:
        bins = np.fft.rfft(blocks * self._window, axis=1)
        power = (bins.real**2 + bins.imag**2) * self._scale
        self._sum += power.sum(axis=0)
        self._count += len(blocks)

    def finish(self) -> LongTerm:
        """The mean over all windows."""
        mean = self._sum / max(self._count, 1)
        levels = 10 * np.log10(np.maximum(mean, 10 ** (_floor_db / 10)))
        return LongTerm(self._rate_hz, levels)
