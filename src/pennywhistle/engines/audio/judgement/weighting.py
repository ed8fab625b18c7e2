"""K-weighting of ITU-R BS.1770-5, annex 1: two recursive filters, many samples at a time.

What a recursive filter answers within a block is a matrix times the block, plus what its memory at
the beginning still says; the memories of all blocks follow from each other by doubling steps.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.audio.judgement.levels import Sound

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Powers = npt.NDArray[np.float32]

_block = 64
_doublings = 20
# Annex 1 gives coefficients for 48 kHz; these are the analog filters that they come from.
_shelf_hz, _shelf_db, _shelf_quality = 1_681.974450955533, 3.999843853973347, 0.7071752369554196
_shelf_middle = 0.4996667741545416  # at its frequency the shelf has this share of its decibels
_high_pass_hz, _high_pass_quality = 38.13547087602444, 0.5003270373238773


@dataclass(frozen=True, slots=True)
class Blocks:
    """Both filters in a row, for a block of samples at once.

    Attributes:
        answers: of the samples, (block, block); `echoes`: of the memory, (memory, block).
        into_memory: what the samples leave in it, (block, memory); `forgetting`: what of it is left
            after 1, 2, 4, … blocks.
    """

    answers: Floats
    echoes: Floats
    into_memory: Doubles
    forgetting: tuple[Doubles, ...]


class Weighting:
    """Weighs all channels of a track that comes in pieces."""

    def __init__(self, channels: int, sample_rate_hz: int) -> None:
        self._blocks = blocks_at(sample_rate_hz)
        self._memory = np.zeros((channels, 4))
        self._rest: Sound = np.zeros((0, channels), np.float32)

    def add(self, sound: Sound) -> Powers:
        """The power of the next samples, of all channels together, as far as blocks are whole."""
        columns = np.concatenate((self._rest, sound)).T if len(self._rest) else sound.T
        whole = columns.shape[1] // _block * _block
        self._rest = columns[:, whole:].T.copy()
        if not whole:
            return np.zeros(0, np.float32)
        stacked = columns[:, :whole].astype(np.float32).reshape(len(columns), -1, _block)
        weighted = stacked @ self._blocks.answers
        weighted += self._remembered(stacked).astype(np.float32) @ self._blocks.echoes
        np.multiply(weighted, weighted, out=weighted)
        return np.asarray(weighted.sum(axis=0).reshape(-1))

    def finish(self) -> Powers:
        """The power of what is left."""
        count = len(self._rest)
        missing = np.zeros((-count % _block, self._rest.shape[1]), np.float32)
        return self.add(missing)[:count]

    def _remembered(self, stacked: Floats) -> Doubles:
        """What the filters remember at the beginning of each block, of shape (channels, blocks, 4).

        Float32 would do for the samples, but errors in what is remembered stay.
        """
        left = np.empty((stacked.shape[0], stacked.shape[1] + 1, 4))
        left[:, 0] = self._memory
        left[:, 1:] = stacked @ self._blocks.into_memory.astype(np.float32)
        distance = 1
        for forgetting in self._blocks.forgetting:
            if distance >= left.shape[1]:
                break
            left[:, distance:] += left[:, :-distance] @ forgetting
            distance *= 2
        self._memory = left[:, -1]
        return left[:, :-1]


@cache
def blocks_at(sample_rate_hz: int) -> Blocks:
    """The matrices for a rate."""
    step, inward, outward, through = _in_a_row(*coefficients(sample_rate_hz))
    powers = [np.eye(4)]
    for _ in range(_block):
        powers.append(step @ powers[-1])
    responses = np.asarray([through, *(float(outward @ one @ inward) for one in powers[:-1])])
    apart = np.arange(_block)[None, :] - np.arange(_block)[:, None]
    answers = np.where(apart >= 0, responses[np.maximum(apart, 0)], 0.0)
    forgetting = [powers[_block].T]
    for _ in range(_doublings):
        forgetting.append(forgetting[-1] @ forgetting[-1])
    return Blocks(
        answers.astype(np.float32),
        np.stack([outward @ one for one in powers[:-1]], axis=1).astype(np.float32),
        np.stack([one @ inward for one in powers[-2::-1]]),
        tuple(forgetting),
    )


def coefficients(sample_rate_hz: int) -> tuple[Doubles, Doubles]:
    """Of the shelf and the high-pass: three of what comes in, then two of what went out."""
    turn = np.tan(np.pi * _shelf_hz / sample_rate_hz)
    high = 10 ** (_shelf_db / 20)
    middle = high**_shelf_middle
    bend, square = turn / _shelf_quality, turn**2
    shelf = np.asarray(
        [
            high + middle * bend + square,
            2 * (square - high),
            high - middle * bend + square,
            2 * (square - 1),
            1 - bend + square,
        ]
    )
    shelf /= 1 + bend + square
    turn = np.tan(np.pi * _high_pass_hz / sample_rate_hz)
    bend, square = turn / _high_pass_quality, turn**2
    recursive = np.asarray([2 * (square - 1), 1 - bend + square]) / (1 + bend + square)
    return shelf, np.concatenate(([1.0, -2.0, 1.0], recursive))


def _in_a_row(first: Doubles, second: Doubles) -> tuple[Doubles, Doubles, Doubles, float]:
    """Both filters as one of four remembered numbers: step, way in, way out, straight through."""
    (step_a, in_a, out_a, through_a), (step_b, in_b, out_b, through_b) = map(_one, (first, second))
    step = np.block([[step_a, np.zeros((2, 2))], [np.outer(in_b, out_a), step_b]])
    return (
        step,
        np.concatenate((in_a, in_b * through_a)),
        np.concatenate((through_b * out_a, out_b)),
        through_a * through_b,
    )


def _one(filter_: Doubles) -> tuple[Doubles, Doubles, Doubles, float]:
    """A filter of second order, transposed direct form II."""
    b0, b1, b2, a1, a2 = filter_
    step = np.asarray([[-a1, 1.0], [-a2, 0.0]])
    return step, np.asarray([b1 - a1 * b0, b2 - a2 * b0]), np.asarray([1.0, 0.0]), float(b0)
