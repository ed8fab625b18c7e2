"""Finds the thirty seconds of a recording that tell most of it, while it is decoded.

A chorus is what comes back. So every half second is described by its harmony (chroma) and its
color (energy in bands), and a place counts by how often what follows it is heard again elsewhere
in the same order: the diagonals of the self-similarity matrix (M. Goto, "A Chorus Section
Detection Method for Musical Audio Signals", IEEE TASLP 14(5), 2006). Loudness decides where
nothing comes back or everything does. The place then moves to the change of section nearby, and to
an onset there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.audio.decoding import Samples

Floats = npt.NDArray[np.floating[Any]]

preview_ms = 30_000
_looks_per_s = 4
_envelope_ms = 20
_window_s = 0.19
# Of harmony; the guitar's lowest string, and as high as chords are told apart.
_harmony_hz = (80.0, 2_000.0)
_harmony_weight = 0.6
# Of color, and of loudness: wide bands up to where every recording has something.
_bands_hz = np.geomspace(100, 8_000, 13)
_quietest_db = -70.0
_cell_s = 0.5
# Beyond 13 minutes the cells grow instead, so that four hours take the memory of 13 minutes.
_cells_max = 1_600
_phrase_s = 8.0
# What comes back sooner is a riff, not a section.
_return_s_min = 20.0
# Of returns within as much, the likest counts once.
_apart_s = 4.0
_likeness_min = 0.45
_loudness_weight, _here_weight, _silence_weight = 0.6, 0.5, 4.0
_loudness_range_db = 12.0
_silence_db = -55.0
_change_s = 8.0
# Applause and fading out are no preview.
_ending_s = 5.0
_onset_reach_s, _onset_db = 0.6, 3.0


class Telling:
    """Takes a recording block by block; in the end says where its preview begins.

    Holds less than a kilobyte for each second that it has heard: 15 MB for four hours.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._size = 1 << round(np.log2(sample_rate_hz * _window_s))
        self._hop = sample_rate_hz // _looks_per_s
        self._window = np.hanning(self._size).astype(np.float32)
        self._weights = _weights(self._size, sample_rate_hz)
        self._looks: list[Floats] = []
        self._rest = np.zeros(0, np.float32)
        self._skip = 0
        self._envelope = _Envelope(max(1, sample_rate_hz * _envelope_ms // 1000))
        self._sample_count = 0

    def add(self, samples: Samples | Floats) -> None:
        """Take the next rows: integers that are filled from the top, or floats up to 1."""
        mixed = _mixed(samples)
        self._sample_count += len(mixed)
        self._envelope.add(mixed)
        sound = np.concatenate((self._rest, mixed))
        while self._skip + self._size <= len(sound):
            self._look(sound[self._skip : self._skip + self._size])
            self._skip += self._hop
        used = min(self._skip, len(sound))
        self._rest, self._skip = sound[used:].copy(), self._skip - used

    def _look(self, block: Floats) -> None:
        power = np.abs(np.fft.rfft(block * self._window)) ** 2
        used = power[: self._weights.shape[1]].astype(np.float32)
        self._looks.append(self._weights @ used / np.float32(self._window.sum() ** 2))

    def start_ms(self) -> int:
        """Where the thirty seconds begin; 0 for what is hardly longer."""
        duration_s = self._sample_count / self._rate_hz
        length_s = preview_ms / 1000
        latest_s = duration_s - length_s
        if latest_s <= 0 or not self._looks:
            return 0
        latest_s = max(latest_s - _ending_s, 0.0)
        cells = _cells(np.stack(self._looks), duration_s)
        start_s = cells.best_start_s(length_s, latest_s)
        onset_s = self._envelope.onset_near(start_s) * _envelope_ms / 1000
        return int(1000 * min(max(onset_s, 0.0), latest_s))


class _Envelope:
    """Mean power of every fiftieth of a second."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._powers: list[Floats] = []
        self._rest = np.zeros(0, np.float32)

    def add(self, mixed: Floats) -> None:
        """Take the next samples."""
        sound = np.concatenate((self._rest, mixed))
        whole = len(sound) // self._step * self._step
        rows = sound[:whole].reshape(-1, self._step)
        self._powers.append(np.einsum("ij,ij->i", rows, rows) / np.float32(self._step))
        self._rest = sound[whole:].copy()

    def onset_near(self, second: float) -> int:
        """The index where the sound rises most within reach, just before it does."""
        levels = _decibels(np.concatenate(self._powers))
        center = round(second * 1000 / _envelope_ms)
        reach = round(_onset_reach_s * 1000 / _envelope_ms)
        first, last = max(center - reach, 2), min(center + reach, len(levels) - 2)
        if first >= last:
            return min(center, len(levels))
        indices = np.arange(first, last)
        after = np.maximum(levels[indices], levels[indices + 1])
        before = np.maximum(levels[indices - 1], levels[indices - 2])
        rises = (after - before) * (1 - np.abs(indices - center) / (2 * reach))
        highest = int(np.argmax(rises))
        return int(indices[highest]) - 1 if rises[highest] > _onset_db else center


@dataclass(frozen=True, slots=True)
class _Cells:
    """A recording in equal pieces: what each is like (unit vectors), and how loud in dB."""

    seconds: float
    likes: Floats
    levels: Floats

    def best_start_s(self, length_s: float, latest_s: float) -> float:
        """Where the window of this length begins whose first seconds weigh most."""
        length = max(1, round(length_s / self.seconds))
        starts = np.arange(int(latest_s / self.seconds) + 1)
        # Who listens hears the beginning first, and may stop there.
        weights = np.linspace(1.5, 0.5, length)
        audible = self.levels > max(_silence_db, float(self.levels.max()) - 40)
        returns, changes = self._returns(), self._changes()
        score = _up_to_one(_windowed(returns, weights))
        score += _loudness_weight * _windowed(self._loudness(), weights)
        score -= _silence_weight * _windowed((~audible).astype(float), np.ones(length))
        # Just here something changes, and a phrase begins that is heard again.
        here = (_up_to_one(changes) + _up_to_one(returns)) / 2 - _silence_weight * ~audible
        score += _here_weight * here[: len(score)]
        return float(np.argmax(np.round(score[starts[starts < len(score)]], 6)) * self.seconds)

    def _returns(self) -> Floats:
        """How often the phrase that begins at each place is heard elsewhere."""
        count = len(self.likes)
        phrase = max(1, round(_phrase_s / self.seconds))
        nearest = max(1, round(_return_s_min / self.seconds))
        apart = max(1, round(_apart_s / self.seconds))
        found = np.zeros(count)
        for first in range(nearest, count - phrase + 1, apart):
            best = np.zeros((2, count))
            for lag in range(first, min(first + apart, count - phrase + 1)):
                again = self._again(lag, phrase)
                np.maximum(best[0, : len(again)], again, out=best[0, : len(again)])
                later = best[1, lag : lag + len(again)]
                np.maximum(later, again, out=later)
            found += best.sum(axis=0)
        return found

    def _again(self, lag: int, phrase: int) -> Floats:
        """From 0 to 1: how alike the phrase from each place is to the one that begins later."""
        alike = np.einsum("ij,ij->i", self.likes[lag:], self.likes[:-lag])
        sums = np.concatenate(([0.0], np.cumsum(alike)))
        phrases = (sums[phrase:] - sums[:-phrase]) / phrase
        return np.asarray(((phrases - _likeness_min) / (1 - _likeness_min)).clip(0))

    def _loudness(self) -> Floats:
        """From 0 to 1: how near to the loudest."""
        below_db = self.levels.max() - self.levels
        return np.asarray((1 - below_db / _loudness_range_db).clip(0))

    def _changes(self) -> Floats:
        """How much what comes differs from what was."""
        width = max(1, round(_change_s / self.seconds))
        padded = np.pad(self.likes, ((width, width), (0, 0)), mode="edge")
        sums = np.concatenate((np.zeros((1, padded.shape[1])), np.cumsum(padded, axis=0)))
        means = (sums[width:] - sums[:-width]) / width
        before, after = means[: len(self.likes)], means[width : width + len(self.likes)]
        return np.asarray(np.linalg.norm(after - before, axis=1))


def _weights(size: int, rate_hz: int) -> Floats:
    """Rows that make twelve classes of pitch and twelve bands out of a spectrum's power."""
    frequencies = np.arange(size // 2 + 1) * rate_hz / size
    used = frequencies[frequencies <= _bands_hz[-1]]
    inside = (used >= _harmony_hz[0]) & (used <= _harmony_hz[1])
    pitches = np.round(12 * np.log2(np.maximum(used, 1.0) / 440.0)).astype(int) % 12
    classes = (pitches == np.arange(12)[:, None]) & inside
    bands = (used >= _bands_hz[:-1, None]) & (used < _bands_hz[1:, None])
    return np.concatenate((classes, bands)).astype(np.float32)


def _mixed(samples: Samples | Floats) -> Floats:
    mixed = samples[:, 0].astype(np.float32)
    for column in range(1, samples.shape[1]):
        mixed += samples[:, column]
    full_scale = np.iinfo(samples.dtype.name).max if samples.dtype.kind == "i" else 1
    return mixed / np.float32(full_scale * samples.shape[1])


def _cells(looks: Floats, duration_s: float) -> _Cells:
    seconds = max(_cell_s, duration_s / _cells_max)
    index = np.arange(len(looks)) / _looks_per_s // seconds
    firsts = np.flatnonzero(np.diff(index, prepend=-1))
    counts = np.diff(np.append(firsts, len(looks)))[:, None]
    means = np.add.reduceat(looks, firsts, axis=0) / counts
    harmony, bands = means[:, :12], means[:, 12:]
    color = _decibels(bands)
    levels = _decibels(bands.sum(axis=1))
    # The root tames the one loud note; what all cells have in common tells them not apart.
    chroma = _unit(_centered(np.sqrt(harmony / np.maximum(harmony.sum(axis=1)[:, None], 1e-12))))
    shape = _unit(_centered(color - color.mean(axis=1)[:, None]))
    parts = (np.sqrt(_harmony_weight) * chroma, np.sqrt(1 - _harmony_weight) * shape)
    return _Cells(seconds, np.concatenate(parts, axis=1), levels)


def _decibels(power: Floats) -> Floats:
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (_quietest_db / 10))))


def _centered(rows: Floats) -> Floats:
    return np.asarray(rows - rows.mean(axis=0))


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1), 1e-6)[:, None])


def _windowed(values: Floats, weights: Floats) -> Floats:
    """Weighted means over the window that begins at each place."""
    if len(values) <= len(weights):
        return np.asarray([values.mean()])
    return np.asarray(np.convolve(values, weights[::-1] / weights.sum(), "valid"))


def _up_to_one(values: Floats) -> Floats:
    """Down to 0 to 1 where the largest is above one; small values stay small."""
    return np.asarray(values / max(float(values.max()), 1.0))
