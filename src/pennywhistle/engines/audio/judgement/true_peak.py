"""True peak of ITU-R BS.1770-5, annex 2: the highest point between the samples."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

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
_phases = np.asarray([_first, _second, _second[::-1], _first[::-1]]).T
_taps = len(_first)
_overshoot_max = float(np.abs(_phases).sum(axis=0).max())
_chunk_samples = 512


class TruePeak:
    """Four times oversampled peak of all channels, block by block.

    Above 96 kHz the samples lie close enough by themselves; there it is the sample peak.
    """

    def __init__(self, channels: int, sample_rate_hz: int) -> None:
        self._before = np.zeros((_taps - 1, channels))
        self._oversampled = sample_rate_hz <= 96_000  # noqa: PLR2004 - annex 2 is made for 48 kHz
        self.sample_peak = 0.0
        self.peak = 0.0

    def add(self, sound: Floats) -> None:
        """Take the next rows, full scale being 1."""
        if not len(sound):
            return
        self.sample_peak = max(self.sample_peak, float(np.abs(sound).max()))
        self.peak = max(self.peak, self.sample_peak)
        if not self._oversampled:
            return
        joined = np.concatenate((self._before, sound))
        self._before = joined[-(_taps - 1) :]
        for first in range(0, len(joined) - _taps + 1, _chunk_samples):
            self._look_between(joined[first : first + _chunk_samples + _taps - 1])

    def finish(self) -> None:
        """Let the last samples swing out."""
        self.add(np.zeros((_taps, self._before.shape[1])))

    def _look_between(self, chunk: Floats) -> None:
        # Most chunks are too quiet to hold the highest point, whatever lies between.
        if np.abs(chunk).max() * _overshoot_max <= self.peak:
            return
        windows = np.lib.stride_tricks.sliding_window_view(chunk, _taps, axis=0)
        self.peak = max(self.peak, float(np.abs(windows[..., ::-1] @ _phases).max()))


def decibels(ratio: float) -> float | None:
    """20 log10, to a hundredth; None for nothing."""
    return round(20 * float(np.log10(ratio)), 2) if ratio > 0 else None
