"""Loudness of a track and of an album: ITU-R BS.1770-5, EBU R 128, EBU Tech 3342, ReplayGain 2."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.audio.judgement.levels import Sound
from pennywhistle.engines.audio.judgement.weighting import Powers, Weighting

Levels = npt.NDArray[np.float64]

replaygain_target_lufs = -18.0
_absolute_gate_lufs = -70.0
_relative_gate_lu, _range_gate_lu = -10.0, -20.0
_range_percentiles = (10, 95)
_offset_lu = -0.691
_nothing = 1e-20
# Windows of 400 ms and 3 s begin every 100 ms.
_reports_per_s, _reports_per_momentary, _reports_per_short_term = 10, 4, 30
_steps_per_lu = 100


@dataclass(frozen=True, slots=True)
class Loudness:
    """Loudness of a piece.

    Attributes:
        integrated_lufs: None for silence and for what is shorter than 400 ms.
        range_lu: None below 3 seconds of sound.
        blocks: how many gating blocks there are of each hundredth of a LU, rising: an album is
            measured from its tracks' blocks, since the mean of their loudness is another number.
    """

    integrated_lufs: float | None
    range_lu: float | None
    blocks: tuple[tuple[int, int], ...]

    @property
    def replaygain_db(self) -> float | None:
        """What ReplayGain 2 writes into tags as the gain: up or down to -18 LUFS."""
        if self.integrated_lufs is None:
            return None
        return round(replaygain_target_lufs - self.integrated_lufs, 2)


class Programme:
    """Measures loudness block by block; it keeps one number for each tenth of a second."""

    def __init__(self, channels: int, sample_rate_hz: int) -> None:
        self._weighting = Weighting(channels, sample_rate_hz)
        self._rate_hz = sample_rate_hz
        self._sample_count = 0
        self._energies: list[Levels] = []
        self._begun = 0.0

    def add(self, sound: Sound) -> None:
        """Take the next rows, full scale being 1."""
        self._take(self._weighting.add(sound))

    def _take(self, weighted: Powers) -> None:
        """Add up the power of all channels over each tenth of a second."""
        if not len(weighted):
            return
        first, self._sample_count = self._sample_count, self._sample_count + len(weighted)
        tenths = np.arange(
            first * _reports_per_s // self._rate_hz + 1,
            self._sample_count * _reports_per_s // self._rate_hz + 1,
        )
        # A tenth ends before the first whole sample that is not in it.
        ends = -(-tenths * self._rate_hz // _reports_per_s) - first
        edges = np.concatenate(([0], ends[(ends > 0) & (ends < len(weighted))]))
        sums = np.add.reduceat(weighted, edges, dtype=np.float64)
        sums[0] += self._begun
        whole = len(ends)
        self._begun = float(sums[-1]) if len(sums) > whole else 0.0
        self._energies.append(sums[:whole])

    def finish(self) -> Loudness:
        """The loudness of all that was taken."""
        self._take(self._weighting.finish())
        energies = np.concatenate([np.zeros(0), *self._energies]) * _reports_per_s / self._rate_hz
        momentary = _levels(energies, _reports_per_momentary)
        hundredths = np.round(momentary[momentary > _absolute_gate_lufs] * _steps_per_lu)
        counted = Counter(hundredths.astype(int).tolist())
        return Loudness(
            integrated_lufs=_integrated(momentary, np.ones(len(momentary))),
            range_lu=_range(_levels(energies, _reports_per_short_term)),
            blocks=tuple(sorted(counted.items())),
        )


def _levels(energies: Levels, window: int) -> Levels:
    """LUFS of every whole window of so many tenths of a second."""
    if len(energies) < window:
        return np.zeros(0)
    sums = np.convolve(energies, np.ones(window), "valid") / window
    return np.asarray(_offset_lu + 10 * np.log10(np.maximum(sums, _nothing)))


def album_loudness(tracks: Iterable[Loudness]) -> Loudness:
    """Loudness of tracks as if they were one piece, to a hundredth of a LU; it has no range."""
    counted: Counter[int] = Counter()
    for track in tracks:
        counted.update(dict(track.blocks))
    levels = np.asarray(sorted(counted), np.float64)
    counts = np.asarray([counted[int(level)] for level in levels], np.float64)
    return Loudness(
        _integrated(levels / _steps_per_lu, counts), None, tuple(sorted(counted.items()))
    )


def _integrated(levels: Levels, counts: Levels) -> float | None:
    heard = levels > _absolute_gate_lufs
    levels, counts = levels[heard], counts[heard]
    if not len(levels):
        return None
    kept = levels > _mean(levels, counts) + _relative_gate_lu
    return round(_mean(levels[kept], counts[kept]), 2)


def _range(levels: Levels) -> float | None:
    levels = levels[levels > _absolute_gate_lufs]
    if not len(levels):
        return None
    levels = levels[levels > _mean(levels, np.ones(len(levels))) + _range_gate_lu]
    low, high = np.percentile(levels, _range_percentiles)
    return round(float(high - low), 2)


def _mean(levels: Levels, counts: Levels) -> float:
    """Of the power, not of the decibels."""
    return float(10 * np.log10(np.average(10 ** (levels / 10), weights=counts)))
