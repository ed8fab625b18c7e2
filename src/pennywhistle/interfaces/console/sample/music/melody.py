"""Melodies found by dynamic programming: of all lines over a rhythm, the one that sings best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pennywhistle.interfaces.console.sample.music.score import Chord, Note, Scale, colored

# What a melodic interval costs, by semitones: steps are free, leaps are rare, a repeat is dull.
INTERVAL_COST = (1.1, 0.05, 0.0, 0.5, 0.55, 0.9, 2.4, 1.1, 2.2, 2.2, 3.2, 4.0, 2.0)
LEAP_COST = 5.0
FOREIGN_COST = 12.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a phrase is made over: rhythm as (beat, length), a chord for each bar, and a range."""

    rhythm: tuple[tuple[float, float], ...]
    chords: tuple[Chord, ...]
    scale: Scale
    low: int
    high: int
    beats_per_chord: float = 4.0


def _chord_at(phrase: Phrase, beat: float) -> Chord:
    return phrase.chords[min(int(beat // phrase.beats_per_chord), len(phrase.chords) - 1)]


def _local_cost(
    phrase: Phrase, pitches: list[int], contour: Sequence[float]
) -> NDArray[np.float64]:
    """Cost of each pitch at each note: chord tones where the beat is strong, along a contour."""
    cost = np.zeros((len(phrase.rhythm), len(pitches)))
    span = phrase.high - phrase.low
    for row, (beat, length) in enumerate(phrase.rhythm):
        harmony = _chord_at(phrase, beat)
        tones, within = harmony.tones, colored(phrase.scale, harmony)
        strong = beat % 2.0 == 0.0 or length >= 1.5  # noqa: PLR2004 - longer than a beat is heard
        place = beat / (phrase.rhythm[-1][0] + 1e-9) * (len(contour) - 1)
        wished = phrase.low + span * float(np.interp(place, range(len(contour)), contour))
        for column, pitch in enumerate(pitches):
            if pitch % 12 not in tones:
                cost[row, column] += 2.6 if strong else 0.5
            if pitch % 12 not in within:
                cost[row, column] += FOREIGN_COST
            cost[row, column] += 0.16 * abs(pitch - wished)
    return cost


def _step_costs(pitches: list[int]) -> NDArray[np.float64]:
    size = len(pitches)
    table = np.empty((size, size))
    for row, before in enumerate(pitches):
        for column, after in enumerate(pitches):
            jump = abs(after - before)
            table[row, column] = INTERVAL_COST[jump] if jump < len(INTERVAL_COST) else LEAP_COST
    return table


def sing(
    phrase: Phrase,
    *,
    seed: int,
    contour: Sequence[float] = (0.4, 0.75, 0.5, 0.3),
    endings: Sequence[int] = (),
    like: Sequence[Note] = (),
) -> list[Note]:
    """The cheapest line over the rhythm.

    `endings` are the pitch classes allowed for the last note, `like` an earlier phrase whose
    shape is followed as far as the chords let it. `seed` shakes the costs, so that two phrases
    over the same chords differ.
    """
    classes = set[int]().union(*(colored(phrase.scale, harmony) for harmony in phrase.chords))
    pitches = [pitch for pitch in range(phrase.low, phrase.high + 1) if pitch % 12 in classes]
    cost = _local_cost(phrase, pitches, contour)
    cost += np.random.default_rng(seed).random(cost.shape) * 0.9
    for row, model in enumerate(like[: max(0, len(cost) - 2)]):
        cost[row] += [0.55 * abs(pitch - model.pitch) for pitch in pitches]
    if endings:
        cost[-1] += [0.0 if pitch % 12 in endings else 50.0 for pitch in pitches]
    steps = _step_costs(pitches)
    best, came_from = cost[0], []
    for row in cost[1:]:
        total = best[:, None] + steps
        came_from.append(total.argmin(axis=0))
        best = total.min(axis=0) + row
    path = [int(best.argmin())]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    path.reverse()
    return [
        Note(beat, length, pitches[column], 1.1 if beat % 2.0 == 0.0 else 0.92)
        for (beat, length), column in zip(phrase.rhythm, path, strict=True)
    ]


def rhythm(cells: str, *, unit: float = 0.5, bars: int = 1) -> tuple[tuple[float, float], ...]:
    """Onsets and lengths from digits: `4211` is lengths in units, `.` a unit of silence."""
    out: list[tuple[float, float]] = []
    beat = 0.0
    for _ in range(bars):
        for cell in cells.replace(" ", ""):
            if cell == ".":
                beat += unit
                continue
            length = int(cell, 16) * unit
            out.append((beat, length))
            beat += length
    return tuple(out)


def period(
    phrase: Phrase, *, seed: int, tonic: int, contour: Sequence[float] = (0.35, 0.8, 0.55, 0.3)
) -> list[Note]:
    """A question that ends open and an answer, like it, that ends on the tonic.

    The phrase's chords are those of the question followed by those of the answer.
    """
    half = len(phrase.chords) // 2
    first = Phrase(
        phrase.rhythm,
        phrase.chords[:half],
        phrase.scale,
        phrase.low,
        phrase.high,
        phrase.beats_per_chord,
    )
    second = Phrase(
        phrase.rhythm,
        phrase.chords[half:],
        phrase.scale,
        phrase.low,
        phrase.high,
        phrase.beats_per_chord,
    )
    open_ends = [tone for tone in first.chords[-1].tones if tone != tonic]
    question = sing(first, seed=seed, contour=contour, endings=open_ends)
    answer = sing(second, seed=seed + 1, contour=contour, endings=(tonic,), like=question)
    later = half * phrase.beats_per_chord
    return question + [Note(n.beat + later, n.length, n.pitch, n.level) for n in answer]
