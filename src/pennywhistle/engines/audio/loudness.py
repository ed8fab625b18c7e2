"""Measures while it decodes: integrated loudness, the waveform's peaks, the window to preview.

Loudness is ITU-R BS.1770-5 with the gates of EBU R 128, as FFmpeg's `ebur128` filter computes it.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from av.audio.frame import AudioFrame

from pennywhistle.engines.audio.decoding import Chain, Samples

preview_ms = 30_000
peak_count = 800
_peak_max = 255
_samples_per_bin = 64
_step_ms = 100  # how often the filter reports
_short_term_ms = 3_000  # how far back each report looks
_silence_lufs = -70.0  # the absolute gate; nothing below it counts as sound
_ending_ms = 5_000  # applause and fading out are no preview


class Loudness:
    """Loudness over the whole and over every three seconds, frame by frame."""

    def __init__(self) -> None:
        self._chain = Chain([("ebur128", "metadata=1:framelog=quiet")])
        self._short_term: list[float] = []
        self._integrated = _silence_lufs

    def add(self, frame: AudioFrame | None) -> None:
        """Take the next frame; None is the end."""
        for measured in self._chain.feed(frame):
            self._read(measured)

    def _read(self, measured: AudioFrame) -> None:
        report = measured.metadata
        self._integrated = float(report.get("lavfi.r128.I", self._integrated))
        self._short_term.append(float(report.get("lavfi.r128.S", _silence_lufs)))

    @property
    def integrated_lufs(self) -> float | None:
        """Integrated loudness; None for silence and for what is shorter than one gating block."""
        value = self._integrated
        return round(value, 2) if np.isfinite(value) and value > _silence_lufs else None

    def preview_start_ms(self, duration_ms: int) -> int:
        """Where the loudest 30 seconds begin, by energy of the short-term loudness.

        The first of equals wins, and the last five seconds are left out where there is room.
        """
        latest_ms = duration_ms - preview_ms
        if latest_ms <= 0:
            return 0
        latest_ms = max(latest_ms - _ending_ms, 0)
        levels = np.asarray(self._short_term)
        power = np.where(levels > _silence_lufs, 10 ** (levels / 10), 0.0)
        # A report tells of the three seconds before it: a window's reports begin that much later.
        sums = np.concatenate(([0.0], np.cumsum(power)))
        first, length = _short_term_ms // _step_ms, (preview_ms - _short_term_ms) // _step_ms
        starts = np.arange(latest_ms // _step_ms + 1)
        ends = np.minimum(starts + first + length, len(power))
        totals = sums[ends] - sums[np.minimum(starts + first, len(power))]
        return int(np.argmax(np.round(totals, 9))) * _step_ms


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


def batches(frames: Iterator[AudioFrame], *, frame_count: int) -> Iterator[list[AudioFrame]]:
    """Group frames, since arithmetic on many samples at once costs a fraction."""
    batch: list[AudioFrame] = []
    for frame in frames:
        batch.append(frame)
        if len(batch) == frame_count:
            yield batch
            batch = []
    if batch:
        yield batch
