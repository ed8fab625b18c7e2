"""Says whether two fingerprints are of one recording: where, how fast, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pennywhistle.engines.fingerprint.keys import (
    Floats,
    Keys,
    denser_in_comparison,
    keys_of,
    triples,
)
from pennywhistle.engines.fingerprint.limits import (
    pitch_steps_per_octave,
    speeds,
    ticks_per_s,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from pennywhistle.engines.fingerprint.fingerprint import Fingerprint

# A copy: at least half of the peaks of both, over at least four seconds, as evenly in time as only
# a machine plays, at nearly the same speed, and by no chance above 1e-12.
copy_score_min = 0.5
copy_length_s_min = 4.0
copy_jitter_s_max = 0.008
copy_speed_off_max = 0.03
copy_chance_log10_max = -12.0

_votes_min = 3
_window_ticks = 30.0  # keys vote for one offset within this
_line_ticks = 15.0  # and lie on one line within this
_line_rounds = 6
_step_of_speed = 0.01
_near_ticks = (6.0, 4.0, 3.0)  # peaks are the same within this, round by round
_near_steps = 24.0
_neighbors = 8
_even_share = 0.4  # a stretch goes on while more of its peaks than this are found
_shifts_s = (1.7, 2.9, 4.3, 6.1, 7.9, 11.3, 13.7, 17.9)  # to see what chance finds
_alignments = 1e5  # what voting chooses from: offsets and speeds


@dataclass(frozen=True, slots=True)
class Match:
    """How far one recording is found in another.

    Attributes:
        is_copy: whether they are one recording, by the thresholds of this module.
        offset_s: what instant of the other is the first's beginning; negative if it begins earlier.
        start_s: where in the first what is common begins.
        length_s: how long what is common lasts, in the first.
        score: the share of peaks there that both have, 0 to 1.
        jitter_s: how far the same peaks lie apart in time; a copy's some milliseconds, but hands
            that play the same again differ by two or three times as much.
        speed: how much faster the first plays than the other.
        pitch: how much higher it sounds; equals `speed` unless one was corrected.
        chance_log10: the power of ten of the odds that unrelated music would do as well.
    """

    is_copy: bool
    offset_s: float
    start_s: float
    length_s: float
    score: float
    jitter_s: float
    speed: float
    pitch: float
    chance_log10: float


nothing = Match(
    is_copy=False,
    offset_s=0.0,
    start_s=0.0,
    length_s=0.0,
    score=0.0,
    jitter_s=0.0,
    speed=1.0,
    pitch=1.0,
    chance_log10=0.0,
)


@dataclass(frozen=True, slots=True)
class _Line:
    """Instants of the other as a function of the first's, in ticks, and steps between pitches."""

    offset: float
    speed: float
    steps: float


@dataclass(frozen=True, slots=True)
class _Points:
    """A fingerprint's peaks as floats."""

    ticks: Floats
    pitches: Floats


def compare(first: Fingerprint, other: Fingerprint) -> Match:
    """Find the first recording, or its longest part, in the other.

    Keys vote for an offset at each of the speeds that are looked for; a line is laid through those
    that agree, and through the peaks on it; the longest stretch of which both have the peaks is
    what is common.
    """
    line = _vote(first, other)
    if line is None:
        return nothing
    a = _Points(first.ticks.astype(np.float64), first.pitches.astype(np.float64))
    b = _Points(other.ticks.astype(np.float64), other.pitches.astype(np.float64))
    for near_ticks in _near_ticks:
        line = _refit(a, b, line, near_ticks)
    near_ticks = _near_ticks[-1]
    found = _partners(a, b, line, near_ticks) >= 0
    start, end = _best_stretch(found)
    if end - start < 2:  # noqa: PLR2004 a stretch has two ends
        return nothing
    return _judge(a, b, line, (start, end))


def _vote(first: Fingerprint, other: Fingerprint) -> _Line | None:
    """The offset and speed that most keys agree on, as a line through them."""
    ours, theirs = list(triples(first)), keys_of(list(triples(other)), denser=denser_in_comparison)
    most, line = _votes_min - 1, None
    for speed in speeds:
        a, b = _common(keys_of(ours, speed=speed, denser=denser_in_comparison), theirs)
        offsets = b - a
        ordered = np.sort(offsets)
        votes = np.searchsorted(ordered, ordered + _window_ticks, side="right")
        votes -= np.arange(len(ordered))
        if len(votes) and votes.max() > most:
            most, low = int(votes.max()), float(ordered[np.argmax(votes)])
            agree = (offsets >= low) & (offsets <= low + _window_ticks)
            line = _line_through(a / speed, b, agree, speed)
    return line


def _common(ours: Keys, theirs: Keys) -> tuple[Floats, Floats]:
    """The instants of every pair of equal keys."""
    starts = np.searchsorted(theirs.values, ours.values, side="left")
    counts = np.searchsorted(theirs.values, ours.values, side="right") - starts
    mine = np.repeat(np.arange(len(starts)), counts)
    within = np.arange(len(mine)) - np.repeat(np.cumsum(counts) - counts, counts)
    return ours.ticks[mine], theirs.ticks[starts[mine] + within]


def _line_through(a: Floats, b: Floats, agree: npt.NDArray[np.bool_], speed: float) -> _Line:
    """A line through the pairs that agree, then through all that lie on it, as it grows."""
    steps = -pitch_steps_per_octave * math.log2(speed)
    offset = float(np.median(b[agree] - speed * a[agree]))
    for _ in range(_line_rounds):
        x, y = a[agree], b[agree]
        if len(x) and np.ptp(x) > ticks_per_s:
            slope = float(np.polyfit(x - x.mean(), y, 1)[0])
            # Two seconds of keys say little of the speed; what they say must stay possible.
            speed = slope if abs(slope - speed) < _step_of_speed else speed
        offset = float(np.median(y - speed * x)) if len(x) else offset
        agree = np.abs(b - speed * a - offset) <= _line_ticks
    return _Line(offset, speed, steps)


def _partners(a: _Points, b: _Points, line: _Line, near_ticks: float) -> npt.NDArray[np.int64]:
    """For each peak of the first the nearest in pitch that the other has there, or -1."""
    at, pitch = line.offset + line.speed * a.ticks, a.pitches + line.steps
    start = np.searchsorted(b.ticks, at - near_ticks)
    partner = np.full(len(at), -1)
    least = np.full(len(at), _near_steps + 1e-9)
    for step in range(_neighbors):
        index = np.minimum(start + step, len(b.ticks) - 1)
        apart = np.abs(b.pitches[index] - pitch)
        better = (np.abs(b.ticks[index] - at) <= near_ticks) & (apart < least)
        partner[better], least[better] = index[better], apart[better]
    return partner


def _refit(a: _Points, b: _Points, line: _Line, near_ticks: float) -> _Line:
    """The line through the peaks that it brings together."""
    partner = _partners(a, b, line, near_ticks)
    found = partner >= 0
    if found.sum() < _neighbors or np.ptp(a.ticks[found]) < ticks_per_s:
        return line
    x, y = a.ticks[found], b.ticks[partner[found]]
    slope, offset = np.polyfit(x, y, 1)
    steps = float(np.median(b.pitches[partner[found]] - a.pitches[found]))
    return _Line(float(offset), float(slope), steps)


def _best_stretch(found: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """From which peak to before which the most are found, those that are not counted against it."""
    sums = np.concatenate(([0.0], np.cumsum(found - _even_share)))
    least = np.minimum.accumulate(sums)
    end = int(np.argmax(sums - least))
    return int(np.argmin(sums[: end + 1])), end


def _judge(a: _Points, b: _Points, line: _Line, stretch: tuple[int, int]) -> Match:
    start, end = stretch
    inside = _Points(a.ticks[start:end], a.pitches[start:end])
    near_ticks = _near_ticks[-1]
    found = int((_partners(inside, b, line, near_ticks) >= 0).sum())
    edges = line.offset + line.speed * inside.ticks[[0, -1]]
    low, high = np.searchsorted(b.ticks, (edges[0] - near_ticks, edges[1] + near_ticks))
    peaks = max(len(inside.ticks), int(high - low))
    score = min(found / peaks, 1.0)
    chance = _chance(inside, b, line)
    chance_log10 = min(math.log10(_alignments) + _tail_log10(peaks, score, chance), 0.0)
    length_s = float(np.ptp(inside.ticks)) / ticks_per_s
    jitter_s = _jitter(inside, b, line) / ticks_per_s
    return Match(
        is_copy=score >= copy_score_min
        and length_s >= copy_length_s_min
        and jitter_s <= copy_jitter_s_max
        and abs(line.speed - 1) <= copy_speed_off_max
        and chance_log10 <= copy_chance_log10_max,
        offset_s=round(line.offset / ticks_per_s, 3),
        start_s=float(inside.ticks[0]) / ticks_per_s,
        length_s=length_s,
        score=round(score, 4),
        jitter_s=round(jitter_s, 4),
        speed=round(line.speed, 5),
        pitch=round(2 ** (-line.steps / pitch_steps_per_octave), 5),
        chance_log10=round(chance_log10, 1),
    )


def _jitter(inside: _Points, b: _Points, line: _Line) -> float:
    """The middle distance in time of what belongs together, looked for generously."""
    partner = _partners(inside, b, line, _near_ticks[0])
    found = partner >= 0
    at = line.offset + line.speed * inside.ticks[found]
    return float(np.median(np.abs(b.ticks[partner[found]] - at))) if found.any() else 0.0


def _chance(inside: _Points, b: _Points, line: _Line) -> float:
    """The share of peaks that are found where they do not belong: shifted by some seconds."""
    found = wanted = 1.0
    for shift_s in _shifts_s:
        for sign in (-1, 1):
            off = _Line(line.offset + sign * shift_s * ticks_per_s, line.speed, line.steps)
            at = off.offset + off.speed * inside.ticks
            there = (at >= 0) & (at <= b.ticks[-1])
            found += float(((_partners(inside, b, off, _near_ticks[-1]) >= 0) & there).sum())
            wanted += float(there.sum())
    # An excerpt has little around it: never less than what music in one key has on average.
    return min(max(found / wanted if wanted > len(inside.ticks) else 0.0, 0.03), 0.95)


def _tail_log10(count: int, share: float, chance: float) -> float:
    """Chernoff's bound on finding such a share of so many where each is found by chance."""
    if share <= chance:
        return 0.0
    rest = 1 - share
    bits = share * math.log(share / chance)
    bits += rest * math.log(rest / (1 - chance)) if rest > 0 else 0.0
    return -count * bits / math.log(10)
