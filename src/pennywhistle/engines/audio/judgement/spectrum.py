"""The long-term spectrum: where it ends, how sharply, and what comes and goes above 16 kHz."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

_size = 4096
_floor_db = -160.0
_windows_per_s = 8
_edge_below_hz, _edge_above_hz, _edge_width_hz = 200, 500, 800
_edge_first_hz = 8_000
_band_hz = (16_000, 19_000)
_beside_hz = (12_000, 15_000)
_hole_db = -40.0
_cd_edge_hz = (20_000, 24_500)


@dataclass(frozen=True, slots=True)
class Edge:
    """A place where the spectrum falls: the frequency, and by how much within 1.5 kHz."""

    hz: float
    drop_db: float


@dataclass(frozen=True, slots=True)
class LongTerm:
    """Mean power by frequency, in dB of full scale per bin of a 4096-point transform.

    Attributes:
        holes: share of the audible moments whose 16 to 19 kHz are 40 dB or more below their 12
            to 15 kHz; 0 where the file has no such frequencies.
    """

    sample_rate_hz: int
    levels_db: Doubles
    holes: float

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
    """Adds up one window in every eighth of a second."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._window = np.hanning(_size + 1)[:_size]
        self._scale = 2 / (self._window.sum() ** 2) * 2
        self._sum = np.zeros(_size // 2 + 1)
        self._count = self._audible = self._hollow = 0
        self._every = max(sample_rate_hz // _windows_per_s, _size)
        self._skip = 0
        self._rest = np.zeros(0)

    def add(self, sound: Doubles) -> None:
        """Take the next rows, full scale being 1."""
        mixed = np.concatenate((self._rest, sound.mean(axis=1)))
        while self._skip + _size <= len(mixed):
            self._look(mixed[self._skip : self._skip + _size])
            self._skip += self._every
        used = min(self._skip, len(mixed))
        self._rest, self._skip = mixed[used:], self._skip - used

    def _look(self, block: Doubles) -> None:
        power = np.abs(np.fft.rfft(block * self._window)) ** 2 * self._scale
        self._sum += power
        self._count += 1
        beside, band = (self._mean(power, *limits) for limits in (_beside_hz, _band_hz))
        if beside > 10 ** (-110 / 10):
            self._audible += 1
            self._hollow += int(band < beside * 10 ** (_hole_db / 10))

    def _mean(self, power: Doubles, low_hz: float, high_hz: float) -> float:
        per_bin = self._rate_hz / _size
        part = power[round(low_hz / per_bin) : round(high_hz / per_bin)]
        return float(part.mean()) if len(part) else 0.0

    def finish(self) -> LongTerm:
        """The mean over all windows."""
        mean = self._sum / max(self._count, 1)
        levels = 10 * np.log10(np.maximum(mean, 10 ** (_floor_db / 10)))
        reaches = self._rate_hz / 2 > _band_hz[1]
        holes = self._hollow / self._audible if reaches and self._audible else 0.0
        return LongTerm(self._rate_hz, levels, round(holes, 3))
