"""Plain measurements of the samples: bits, silence, clipping, direct current, channels."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.audio.decoding import Samples

# Whether 32 or 64 bits wide, is up to who measures.
Sound = npt.NDArray[np.floating[Any]]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

silence_dbfs = -70.0
clipped_run_samples = 3
places_max = 100
_windows_per_s = 100
_close_to_full = 1 - 2.0**-14  # two steps of 16 bits: some converters never reach the last one


@dataclass
class Bits:
    """The highest number of bits that any sample uses.

    Attributes:
        declared: what the file says it has; once they are all seen, nobody looks any further.
    """

    declared: int | None = None
    used: int = 0
    _seen: int = 0

    def add(self, samples: Samples) -> None:
        """Take the next rows, which fill their integers from the top."""
        width = samples.dtype.itemsize * 8
        if self.used == (self.declared or width):
            return
        self._seen |= int(np.bitwise_or.reduce(samples, axis=None)) & ((1 << width) - 1)
        if self._seen:
            self.used = width - (self._seen & -self._seen).bit_length() + 1


@dataclass
class Silence:
    """The loudest sample of every 10 ms, and from that the stretches in which nothing is heard."""

    sample_rate_hz: int
    _peaks: list[npt.NDArray[np.float32]] = field(default_factory=list)
    _rest: Sound = field(default_factory=lambda: np.zeros(0, np.float32))

    def add(self, sound: Sound) -> None:
        """Take the next rows, full scale being 1."""
        # Column by column: the largest of two is slow to find row by row.
        loud = np.maximum(np.abs(sound[:, 0]), np.abs(sound[:, -1]))
        loud = np.concatenate((self._rest, loud))
        size = self.window_samples
        whole = len(loud) // size * size
        self._peaks.append(loud[:whole].reshape(-1, size).max(axis=1).astype(np.float32))
        self._rest = loud[whole:]

    @property
    def window_samples(self) -> int:
        """Samples in 10 ms."""
        return self.sample_rate_hz // _windows_per_s

    def peaks(self) -> npt.NDArray[np.float32]:
        """One peak for each whole 10 ms, and one for what is left."""
        rest = [np.asarray([self._rest.max()], np.float32)] if len(self._rest) else []
        return np.concatenate([*self._peaks, *rest, np.zeros(0, np.float32)])

    def stretches(self) -> list[tuple[float, float]]:
        """Beginning and length, in seconds, of every stretch below the threshold."""
        quiet = self.peaks() <= 10 ** (silence_dbfs / 20)
        return [
            (first / _windows_per_s, (last - first) / _windows_per_s) for first, last in runs(quiet)
        ]


def runs(flags: Flags) -> list[tuple[int, int]]:
    """First and behind-last index of every run of true flags."""
    padded = np.concatenate(([False], flags, [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@dataclass
class Clipping:
    """Runs of at least three samples in a row at full scale, of each channel."""

    sample_rate_hz: int
    run_count: int = 0
    sample_count: int = 0
    at_s: list[float] = field(default_factory=list)
    _behind: int = 0
    _carried: list[int] = field(default_factory=list)

    def add(self, sound: Sound) -> None:
        """Take the next rows, full scale being 1."""
        self._carried = self._carried or [0] * sound.shape[1]
        for channel, carried in enumerate(self._carried):
            full = np.abs(sound[:, channel]) >= _close_to_full
            self._carried[channel] = self._one_channel(full, carried)
        self._behind += len(sound)

    def _one_channel(self, full: Flags, carried: int) -> int:
        if carried == 0 and not full.any():
            return 0
        found = runs(np.concatenate((np.ones(carried, np.bool_), full)))
        left = 0
        if found and found[-1][1] == carried + len(full):
            first, last = found.pop()
            left = last - first
        for first, last in found:
            self._note(first - carried + self._behind, last - first)
        return left

    def finish(self) -> None:
        """Count the runs that go on to the end."""
        for carried in self._carried:
            self._note(self._behind - carried, carried)

    def _note(self, first: int, length: int) -> None:
        if length < clipped_run_samples:
            return
        self.run_count += 1
        self.sample_count += length
        if len(self.at_s) < places_max:
            self.at_s.append(round(first / self.sample_rate_hz, 3))


@dataclass
class Channels:
    """Sums over both channels: direct current, power, and how alike they are."""

    sample_count: int = 0
    _sum: Doubles = field(default_factory=lambda: np.zeros(2))
    _products: Doubles = field(default_factory=lambda: np.zeros((2, 2)))
    _differ: bool = False

    def add(self, sound: Sound) -> None:
        """Take the next rows, full scale being 1; a mono file counts as two equal channels."""
        left, right = sound[:, 0], sound[:, -1]
        self.sample_count += len(sound)
        self._sum += left.sum(dtype=np.float64), right.sum(dtype=np.float64)
        crossed = float(left @ right)
        self._products += ((float(left @ left), crossed), (crossed, float(right @ right)))
        self._differ = self._differ or not np.array_equal(left, right)

    @property
    def identical(self) -> bool:
        """Whether both channels are the same, bit by bit."""
        return not self._differ

    @property
    def dc(self) -> tuple[float, float]:
        """Mean of each channel, as a share of full scale."""
        left, right = self._sum / max(self.sample_count, 1)
        return float(left), float(right)

    @property
    def power(self) -> tuple[float, float]:
        """Mean square of each channel."""
        left, right = np.diag(self._products) / max(self.sample_count, 1)
        return float(left), float(right)

    @property
    def correlation(self) -> float:
        """1 for equal channels, -1 for inverted ones, 0 where one of them is silent."""
        scale = np.sqrt(self._products[0, 0] * self._products[1, 1])
        return float(np.clip(self._products[0, 1] / scale, -1, 1)) if scale > 0 else 0.0

    @property
    def mono_loss_db(self) -> float:
        """How much quieter the sum of both is than two unrelated channels would be; 0 or more."""
        both = self._products[0, 0] + self._products[1, 1]
        summed = both + 2 * self._products[0, 1]
        if both <= 0:
            return 0.0
        return max(0.0, round(float(-10 * np.log10(max(summed / both, 1e-12))), 1))
