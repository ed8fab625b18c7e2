"""Finds what stands out of a spectrum: points that are louder than all around them.

They are what survives codecs, noise and filters (A. Wang, "An industrial-strength audio search
algorithm", ISMIR 2003). Only ratios of powers count, so a gain changes nothing: by a power of two
not even a rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.fingerprint.spectrum import (
    Signal,
    bin_high,
    bin_low,
    frames_per_batch,
)

Floats = npt.NDArray[np.float64]
_frames_around = 14
_context = frames_per_batch // 2
# Octaves by their first bin, and how many bins around a peak it has to be the loudest of.
_octaves = ((50, 8), (100, 17), (200, 34), (400, 60))
# What is 65 dB below the loudest within five seconds is hiss or dither.
_flat = -1e-9  # three powers in a row that are all but equal have no summit
_floor = np.float32(10**-6.5)


@dataclass(frozen=True, slots=True)
class Peaks:
    """Points by frame and bin, both with fractions, in no order."""

    frames: Floats
    bins: Floats


class Picking:
    """Picks the peaks out of batches of spectra, each as soon as what surrounds it is known."""

    def __init__(self) -> None:
        width = bin_high - bin_low
        self._rows: Signal = np.zeros((_context, width), np.float32)
        self._first = -_context

    def add(self, batch: Signal) -> Peaks:
        """Take the next batch; the peaks are those of the instants half a batch before it."""
        rows = np.concatenate((self._rows, batch))
        if len(rows) < frames_per_batch + 2 * _context:
            self._rows = rows
            return Peaks(np.zeros(0), np.zeros(0))
        found = self._pick(rows)
        self._rows = rows[frames_per_batch:]
        self._first += frames_per_batch
        return found

    def finish(self) -> list[Peaks]:
        """What is left when the sound has ended: silence follows."""
        silence = np.zeros((frames_per_batch, self._rows.shape[1]), np.float32)
        return [self.add(silence), self.add(silence)]

    def _pick(self, rows: Signal) -> Peaks:
        inner = slice(_context, _context + frames_per_batch)
        near = slice(_context - _frames_around, _context + frames_per_batch + _frames_around)
        over_time = _largest_around(rows[near], _frames_around)
        loudest = _largest_around(rows.max(axis=1)[:, None], _context - 1)
        audible = loudest[1 : 1 + frames_per_batch] * _floor
        middle, before = rows[inner], rows[_context - 1 : _context + frames_per_batch - 1]
        found = []
        for low, around in _octaves:
            low_column = low - bin_low
            columns = slice(low_column, 2 * low - bin_low)
            wide = over_time[:, low_column - around : 2 * low - bin_low + around]
            largest = np.ascontiguousarray(_largest_around(wide.T, around).T)
            here = middle[:, columns]
            # Of equals in time the first is the peak.
            is_peak = (here >= largest) & (here > audible) & (here > before[:, columns])
            frames, bins = np.divmod(np.flatnonzero(is_peak), low)  # as wide as its first bin
            found.append((frames + _context, bins + low_column))
        frames = np.concatenate([frames for frames, _ in found])
        bins = np.concatenate([bins for _, bins in found])
        here = rows[frames, bins]
        in_time = _summit(rows[frames - 1, bins], here, rows[frames + 1, bins])
        in_pitch = _summit(rows[frames, bins - 1], here, rows[frames, bins + 1])
        return Peaks(frames + in_time + self._first, bins + in_pitch + bin_low)


def _largest_around(rows: Signal, around: int) -> Signal:
    """The largest of each column from `around` rows before to as many after, without the edges."""
    width, have = 2 * around + 1, 1
    while have * 2 <= width:
        rows = np.maximum(rows[:-have], rows[have:])
        have *= 2
    missing = width - have
    return np.maximum(rows[:-missing], rows[missing:]) if missing else rows


def _summit(before: Signal, here: Signal, after: Signal) -> Floats:
    """Where between its neighbors a maximum lies, by a parabola through the logarithms.

    Only ratios are used, which a gain does not change.
    """
    least = np.float32(1e-12)
    left = np.log(np.maximum(before / here, least).astype(np.float64))
    right = np.log(np.maximum(after / here, least).astype(np.float64))
    bend = left + right
    safe = np.where(bend < _flat, bend, -1.0)
    return np.where(bend < _flat, np.clip(0.5 * (left - right) / safe, -0.5, 0.5), 0.0)
