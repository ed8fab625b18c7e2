"""Keys to look a fingerprint up by: three peaks close together, told by their distances.

Every key is made of an anchor's pitch and of the distances in pitch and time to two later peaks.
Which keys are kept is decided by their own value, so that a copy keeps the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.fingerprint.limits import pitch_steps_per_octave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.engines.fingerprint.fingerprint import Fingerprint

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
KeyArray = npt.NDArray[np.uint32]
Words = npt.NDArray[np.uint64]

# Of every eight seconds the index keeps 8 to 15 keys: one in two, four, eight, … of what there is.
_window_ticks, _kept_per_window = 800, 8
_rarest = 1 << 12
# A query keeps twice as many, should it seem richer than the original; a comparison 16 times.
denser_in_query, denser_in_comparison = 2, 16
# Peaks nearer than this change places too easily; those further away are too many.
_near_ticks, _far_ticks = 6, 160
_wide_steps = 2 * pitch_steps_per_octave
_partners_max = 24
_anchors_per_block = 4_096
# How coarsely a key sees: 80 ms, half a semitone. Semitones of A = 440 Hz fall on middles.
_tick_cell, _pitch_cell = 8.0, 32.0
_a_steps = 626.0
# What a query also tries: distances that are off by so little that they fall into the next cell.
_wobble_ticks = 2.0


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys and the instants of their anchors, in ticks."""

    values: KeyArray
    ticks: Floats


@dataclass(frozen=True, slots=True)
class Triples:
    """Neighboring peaks: an anchor and the distances to two others, column by column.

    `rarity` is how many keys are made around there for each that the index keeps, a power of two.
    """

    rarity: Words
    ticks: Ints
    pitch: Ints
    ticks_to: tuple[Ints, Ints]
    pitch_to: tuple[Ints, Ints]


def triples(fingerprint: Fingerprint) -> Iterator[Triples]:
    """All triples of a fingerprint, in blocks that bound the memory."""
    ticks, pitch = fingerprint.ticks.astype(np.int64), fingerprint.pitches.astype(np.int64)
    for start in range(0, len(ticks), _anchors_per_block):
        anchor, second = _pairs(ticks, pitch, start)
        first, middle, last = _thirds(ticks, pitch, anchor, second)
        yield Triples(
            _rarity(ticks[first]),
            ticks[first],
            pitch[first],
            (ticks[middle] - ticks[first], ticks[last] - ticks[first]),
            (pitch[middle] - pitch[first], pitch[last] - pitch[first]),
        )


def _rarity(ticks: Ints) -> Words:
    """Sparse music has few triples, dense music very many; both are to be found by as many keys."""
    if len(ticks) == 0:
        return np.zeros(0, np.uint64)
    windows = ticks // _window_ticks - ticks.min() // _window_ticks
    share = np.bincount(windows) // _kept_per_window
    exponents = np.floor(np.log2(np.clip(share, 1, _rarest))).astype(np.uint64)
    rarity: Words = np.left_shift(np.uint64(1), exponents)[windows]
    return rarity


def _pairs(ticks: Ints, pitch: Ints, start: int) -> tuple[Ints, Ints]:
    anchors = np.arange(start, min(start + _anchors_per_block, len(ticks)))
    found = []
    for distance in range(1, _partners_max):
        first = anchors[: max(len(ticks) - distance - start, 0)]
        apart = ticks[first + distance] - ticks[first]
        near = (apart >= _near_ticks) & (apart <= _far_ticks)
        near &= np.abs(pitch[first + distance] - pitch[first]) <= _wide_steps
        found.append((first[near], first[near] + distance))
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _thirds(ticks: Ints, pitch: Ints, first: Ints, middle: Ints) -> tuple[Ints, Ints, Ints]:
    found = []
    for distance in range(1, _partners_max):
        inside = middle + distance < len(ticks)
        first, middle = first[inside], middle[inside]
        last = middle + distance
        inside = ticks[last] - ticks[first] <= _far_ticks
        first, middle, last = first[inside], middle[inside], last[inside]
        apart = ticks[last] - ticks[middle] >= _near_ticks
        apart &= np.abs(pitch[last] - pitch[first]) <= _wide_steps
        found.append((first[apart], middle[apart], last[apart]))
    columns = zip(*found, strict=True)
    first, middle, last = (np.concatenate(column) for column in columns)
    return first, middle, last


def keys_of(
    source: list[Triples], *, speed: float = 1.0, denser: int = 1, wobble: bool = False
) -> Keys:
    """The keys of a recording as it would be if it were played back at its right speed.

    Args:
        source: its `triples`.
        speed: how much too fast it is; 1.02 stretches its distances in time and lowers its pitches.
        denser: how many times as many keys to keep as the index does; a power of two.
        wobble: whether to give the neighboring cells too where a distance lies close to their edge.
    """
    found = [keys for block in source for keys in _kept(block, speed, denser, wobble=wobble)]
    values = np.concatenate([np.zeros(0, np.uint32), *(keys.values for keys in found)])
    ticks = np.concatenate([np.zeros(0), *(keys.ticks for keys in found)])
    order = np.lexsort((ticks, values))
    values, ticks = values[order], ticks[order]
    fresh = np.ones(len(values), bool)
    fresh[1:] = (values[1:] != values[:-1]) | (ticks[1:] != ticks[:-1])
    return Keys(values[fresh], ticks[fresh])


def _kept(block: Triples, speed: float, denser: int, *, wobble: bool) -> Iterator[Keys]:
    """The keys of a block; with wobble those of its triples that lie close to an edge as well."""
    word = _pitch_words(block.pitch, block.pitch_to, speed)
    early, late = (_cells(apart * speed, wobble=wobble) for apart in block.ticks_to)
    for early_at, early_cell in early:
        for late_at, late_cell in late:
            which = early_at & late_at
            mixed = _mix(word[which], early_cell[which], late_cell[which])
            # Powers of two: whoever keeps fewer keys keeps a part of what others keep.
            kept = mixed & _mask(block.rarity[which], denser) == 0
            yield Keys(_value(mixed[kept]), block.ticks[which][kept] * speed)


def key_values(
    rarity: Words, pitch: Ints, pitch_to: tuple[Ints, Ints], ticks_to: tuple[Ints, Ints]
) -> KeyArray:
    """The keys that the index would keep of triples that stand nowhere; for statistics."""
    (_, early), (_, late) = (_cells(apart * 1.0, wobble=False)[0] for apart in ticks_to)
    mixed = _mix(_pitch_words(pitch, pitch_to, 1.0), early, late)
    return _value(mixed[mixed & _mask(rarity, 1) == 0])


def _mask(rarity: Words, denser: int) -> Words:
    mask: Words = np.maximum(rarity // np.uint64(denser), np.uint64(1)) - np.uint64(1)
    return mask


def _pitch_words(pitch: Ints, pitch_to: tuple[Ints, Ints], speed: float) -> Words:
    anchor = pitch - (_a_steps + pitch_steps_per_octave * np.log2(speed))
    words: Words = (np.rint(anchor / _pitch_cell) + 512).astype(np.uint64)
    for steps in pitch_to:
        words = words * np.uint64(256) + (np.rint(steps / _pitch_cell) + 128).astype(np.uint64)
    return words


def _cells(
    apart: npt.NDArray[np.floating[Any]], *, wobble: bool
) -> list[tuple[npt.NDArray[np.bool_], Words]]:
    """In which cell each distance lies, then those that by a little less or more lie in another."""
    cells = np.floor(apart / _tick_cell).astype(np.uint64)
    found = [(np.ones(len(apart), bool), cells)]
    for off in (-_wobble_ticks, _wobble_ticks) if wobble else ():
        others = np.floor((apart + off) / _tick_cell).astype(np.uint64)
        found.append((others != cells, others))
    return found


def _mix(words: Words, early: Words, late: Words) -> Words:
    """Put the parts together and spread every bit over all 64 (MurmurHash3's finalizer)."""
    words = words * np.uint64(4096) + early * np.uint64(64) + late
    words ^= words >> np.uint64(33)
    words *= np.uint64(0xFF51AFD7ED558CCD)
    words ^= words >> np.uint64(33)
    words *= np.uint64(0xC4CEB9FE1A85EC53)
    return words ^ (words >> np.uint64(33))


def _value(mixed: Words) -> KeyArray:
    return (mixed >> np.uint64(32)).astype(np.uint32)
