"""Loudness of a track and of an album: ITU-R BS.1770-5, EBU R 128, EBU Tech 3342, ReplayGain 2."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame

from pennywhistle.engines.audio.decoding import Chain, Samples, layout_name

Levels = npt.NDArray[np.float64]

replaygain_target_lufs = -18.0
_absolute_gate_lufs = -70.0
_relative_gate_lu, _range_gate_lu = -10.0, -20.0
_range_percentiles = (10, 95)
# Reports come every 100 ms; the first ones look back to before the beginning.
_reports_before_momentary, _reports_before_short_term = 3, 29
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
    """Measures loudness block by block; the filters are those of FFmpeg's `ebur128`."""

    def __init__(self, channels: int, sample_rate_hz: int) -> None:
        self._chain = Chain([("ebur128", "metadata=1:framelog=quiet")])
        self._channels, self._rate_hz = channels, sample_rate_hz
        self._sample_count = 0
        self._momentary: list[float] = []
        self._short_term: list[float] = []

    def add(self, samples: Samples) -> None:
        """Take the next rows of samples, which fill their integers from the top."""
        if not len(samples):
            return
        name = "s16" if samples.dtype.itemsize == 2 else "s32"  # noqa: PLR2004 - bytes
        packed = np.ascontiguousarray(samples).reshape(1, -1)
        frame = AudioFrame.from_ndarray(packed, name, layout_name(self._channels))
        frame.sample_rate, frame.pts = self._rate_hz, self._sample_count
        self._sample_count += len(samples)
        self._read(self._chain.feed(frame))

    def finish(self) -> Loudness:
        """The loudness of all that was taken."""
        self._read(self._chain.feed(None))
        momentary = np.asarray(self._momentary[_reports_before_momentary:])
        short_term = np.asarray(self._short_term[_reports_before_short_term:])
        hundredths = np.round(momentary[momentary > _absolute_gate_lufs] * _steps_per_lu)
        counted = Counter(hundredths.astype(int).tolist())
        return Loudness(
            integrated_lufs=_integrated(momentary, np.ones(len(momentary))),
            range_lu=_range(short_term),
            blocks=tuple(sorted(counted.items())),
        )

    def _read(self, frames: Iterable[AudioFrame]) -> None:
        for frame in frames:
            report: Mapping[str, str] = frame.metadata
            if "lavfi.r128.M" in report:
                self._momentary.append(float(report["lavfi.r128.M"]))
                self._short_term.append(float(report["lavfi.r128.S"]))


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
