"""True peak of ITU-R BS.1770-5, annex 2: the highest point between the samples."""

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.audio.judgement.levels import Sound

# Annex 2, the coefficients of the four phases; the last two are the first two backwards.
_first = (
    0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875,
    0.1373291015625, 0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250,
    0.0148925781250, -0.0083007812500,
)  # fmt: skip
_second = (
    -0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500,
    0.4650878906250, 0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625,
    0.0330810546875, -0.0189208984375,
)  # fmt: skip
_phases = np.asarray([_first, _second, _second[::-1], _first[::-1]])
_taps = _phases.shape[1]
_overshoot_max = float(np.abs(_phases).sum(axis=1).max())
_step = 32
_reach = _step + _taps - 1
_steps_at_once = 1024


def _between() -> npt.NDArray[np.float32]:
    """Of `_reach` samples in a row the points between them: a filter as a matrix."""
    matrix = np.zeros((_reach, _step, len(_phases)), np.float32)
    for place in range(_step):
        matrix[place : place + _taps, place] = _phases[:, ::-1].T
    return matrix.reshape(_reach, -1)


_matrix = _between()


class TruePeak:
    """Four times oversampled peak of all channels, block by block.

    Above 96 kHz the samples lie close enough by themselves; there it is the sample peak.
    """

    def __init__(self, channels: int, sample_rate_hz: int) -> None:
        self._before: list[Sound] = [np.zeros(_taps - 1, np.float32)] * channels
        self._oversampled = sample_rate_hz <= 96_000  # noqa: PLR2004 - annex 2 is made for 48 kHz
        self.sample_peak = 0.0
        self.peak = 0.0

    def add(self, sound: Sound) -> None:
        """Take the next rows, full scale being 1."""
        if not len(sound):
            return
        for channel, before in enumerate(self._before):
            samples = sound[:, channel]
            self.sample_peak = max(self.sample_peak, float(samples.max()), -float(samples.min()))
            self.peak = max(self.peak, self.sample_peak)
            if self._oversampled:
                joined = np.concatenate((before, samples))
                self._before[channel] = self._look_between(joined)

    def finish(self) -> None:
        """Let the last samples swing out."""
        self.add(np.zeros((_reach, len(self._before)), np.float32))

    def _look_between(self, samples: Sound) -> Sound:
        """Look at all whole steps; what is left is for the next time."""
        count = (len(samples) - _taps + 1) // _step
        if count > 0:
            windows = np.lib.stride_tricks.sliding_window_view(samples, _reach)[::_step][:count]
            steps = np.abs(samples[: count * _step]).reshape(-1, _step).max(axis=1)
            behind = np.abs(samples[count * _step :]).max(initial=0.0)
            highest = np.maximum(steps, np.append(steps[1:], behind))
            # The highest first: it may leave the others too low to hold the highest point,
            # whatever lies between.
            order = np.argsort(-highest)
            for first in range(0, count, _steps_at_once):
                some = order[first : first + _steps_at_once]
                some = some[highest[some] * _overshoot_max > self.peak]
                if not len(some):
                    break
                points = windows[some] @ _matrix
                self.peak = max(self.peak, float(points.max()), -float(points.min()))
        return samples[max(count, 0) * _step :]


def decibels(ratio: float) -> float | None:
    """20 log10, to a hundredth; None for nothing."""
    return round(20 * float(np.log10(ratio)), 2) if ratio > 0 else None
