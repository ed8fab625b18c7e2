"""The waveform of a track, measured while it is decoded: 800 peaks that pages draw."""

from itertools import pairwise

import numpy as np

from pennywhistle.engines.audio.decoding import Samples

peak_count = 800
_peak_max = 255
_samples_per_bin = 64


class Waveform:
    """Largest absolute sample of every small bin, reduced to a fixed number of peaks."""

    def __init__(self) -> None:
        self._peaks: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
        self._rest: Samples | None = None

    def add(self, samples: Samples) -> None:
        """Take the next rows of samples that fill their integers from the top."""
        if self._rest is not None:
            samples = np.concatenate((self._rest, samples))
        whole = len(samples) // _samples_per_bin * _samples_per_bin
        self._rest = samples[whole:]
        if whole:
            self._keep(samples[:whole].reshape(-1, _samples_per_bin * samples.shape[1]))

    def _keep(self, bins: Samples) -> None:
        full_scale = float(np.iinfo(bins.dtype).max)
        largest = np.maximum(bins.max(axis=1), -bins.min(axis=1).astype(np.float64))
        self._peaks.append((np.minimum(largest / full_scale, 1.0)).astype(np.float32))

    def peaks(self) -> list[int]:
        """`peak_count` numbers from 0 to 255, fewer for what is shorter than as many bins."""
        if self._rest is not None and len(self._rest):
            self._keep(self._rest.reshape(1, -1))
            self._rest = None
        if not self._peaks:
            return []
        bins = np.concatenate(self._peaks)
        count = min(peak_count, len(bins))
        edges = np.linspace(0, len(bins), count + 1).astype(int)
        return [round(float(bins[a:b].max()) * _peak_max) for a, b in pairwise(edges)]
