"""A windowed MDCT at every sample at once, by few Fourier transforms and small matrix products.

Blocks that begin one sample apart see nearly the same sound through nearly the same window. Written
as a function of the shift, a window that goes on beyond its ends as a sine or cosine does is a sum
of few shapes; each of them is transformed once for 64 samples in a row. What the window's ends take
in and give up meanwhile is added exactly, sample by sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Waves = npt.NDArray[np.complex64]

shifts = 64
_bins_at_once = 48  # so that all of it fits into the cache
_negligible = 8e-6  # of the largest shape: less than rounding to 16 bits leaves of loud music


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The window of an MDCT, 2 * hop samples.

    Attributes:
        sign: 1 if it goes on beyond its ends as a cosine would, -1 as a sine.
    """

    name: str
    sign: int
    values: Doubles


@dataclass(frozen=True, slots=True)
class Sliding:
    """What a window needs for some bins.

    Attributes:
        bins: the coefficients that are computed.
        sign: of the window.
        shapes: the windows of the transforms, (shapes, 2 * hop), their halves as one complex row.
        weights: for each bin, what the transforms' parts and the samples at the ends count for
            at each shift: (bins, 2 * shapes + shifts, shifts).
    """

    bins: slice
    sign: int
    shapes: Floats
    twist: Waves
    weights: Floats

    def coefficients(self, sound: Floats) -> Iterator[Floats]:
        """Coefficients of the blocks that begin at the first, second, … sample.

        Yields:
            some bins each time, of shape (bins, blocks), of all whole groups of 64 blocks.
        """
        span = self.shapes.shape[1]
        hop = span // 2
        groups = (len(sound) - span + 1) // shifts
        padded = np.append(sound, np.float32(0))
        blocks = np.lib.stride_tricks.sliding_window_view(padded, span)[: groups * shifts : shifts]
        starts = np.arange(groups)[:, None] * shifts + np.arange(shifts)
        ends = self.sign * padded[starts] + padded[starts + span]
        if self.sign > 0:
            ends = -ends
        shaped = blocks[:, None] * self.shapes
        turned = (shaped[..., :hop] - 1j * shaped[..., hop:]) * self.twist
        halves = np.fft.fft(turned, axis=2)
        # Bins of odd numbers are the conjugates of the upper half, backwards.
        waves = np.empty_like(halves)
        waves[..., ::2] = halves[..., : hop // 2]
        waves[..., 1::2] = halves[..., : hop // 2 - 1 : -1].conj()
        chosen = waves[..., self.bins].transpose(2, 0, 1)
        shape_count = self.shapes.shape[0]
        for first in range(0, len(chosen), _bins_at_once):
            part = chosen[first : first + _bins_at_once]
            features = np.empty((len(part), groups, 2 * shape_count + shifts), np.float32)
            features[..., :shape_count] = part.real
            features[..., shape_count : 2 * shape_count] = part.imag
            features[..., 2 * shape_count :] = ends
            made = np.matmul(features, self.weights[first : first + _bins_at_once])
            yield made.reshape(len(part), groups * shifts)


@cache
def sliding(window: Window, first_bin: int, last_bin: int) -> Sliding:
    """Prepare a window for the bins from the first to before the last."""
    sign, span = window.sign, len(window.values)
    hop = span // 2
    extended = np.concatenate((sign * window.values[span - shifts :], window.values))
    shifted = np.stack([extended[shifts - b : shifts - b + span] for b in range(shifts)])
    energies, vectors = np.linalg.eigh(shifted @ shifted.T)
    mixing = vectors[:, energies > (_negligible**2) * energies[-1]].T

    omega = np.pi * (np.arange(first_bin, last_bin) + 0.5) / hop
    shift = np.arange(shifts)
    phase = np.sqrt(2 / hop) * np.exp(-1j * omega * (0.5 + hop / 2))
    waves = phase[:, None] * np.exp(1j * omega[:, None] * shift)
    of_shapes = waves[:, None, :] * mixing
    # What has left or entered by its end, as the extended window weighs it: by the distance alone.
    weighed = (waves.real * extended[shifts - shift]).astype(np.float32)
    weighed[:, 0] = 0
    distances = np.pad(weighed, ((0, 0), (shifts - 1, 0)))
    of_ends = np.lib.stride_tricks.sliding_window_view(distances, shifts, axis=1)[:, ::-1]
    weights = np.concatenate((of_shapes.real, -of_shapes.imag, of_ends), axis=1, dtype=np.float32)
    twist = np.exp(-0.5j * np.pi * np.arange(hop) / hop)
    return Sliding(
        slice(first_bin, last_bin),
        sign,
        (mixing @ shifted).astype(np.float32),
        twist.astype(np.complex64),
        weights,
    )
