"""The transforms that lossy codecs quantize in, at every sample as their block's beginning.

A codec cuts sound into blocks at multiples of its hop and rounds each block's coefficients, many of
them to zero. Whoever cuts the decoded sound at the same samples finds the zeros again; whoever cuts
one sample beside finds nothing. So every transform here answers for every sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from pennywhistle.engines.audio.judgement.sliding import Doubles, Floats, Window, sliding

_samples_at_once = 512  # so that all of it fits into the cache
_subbands, _prototype_taps, _slots, _lines = 32, 512, 36, 18
# Half of the prototype of ISO/IEC 11172-3, table 3-B.3, in units of 1/65536, without the signs that
# the table alternates every 64 coefficients.
# fmt: off
_half_prototype = (
    0, -1, -1, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -4, -4, -5, -5, -6, -7, -7, -8, -9, -10,
    -11, -13, -14, -16, -17, -19, -21, -24, -26, -29, -31, -35, -38, -41, -45, -49, -53, -58,
    -63, -68, -73, -79, -85, -91, -97, -104, -111, -117, -125, -132, -139, -147, -154, -161,
    -169, -176, -183, -190, -196, -202, -208, -213, -218, -222, -225, -227, -228, -228, -227,
    -224, -221, -215, -208, -200, -189, -177, -163, -146, -127, -106, -83, -57, -29, 2, 36, 72,
    111, 153, 197, 244, 294, 347, 401, 459, 519, 581, 645, 711, 779, 848, 919, 991, 1064, 1137,
    1210, 1283, 1356, 1428, 1498, 1567, 1634, 1698, 1759, 1817, 1870, 1919, 1962, 2001, 2032,
    2057, 2075, 2085, 2087, 2080, 2063, 2037, 2000, 1952, 1893, 1822, 1739, 1644, 1535, 1414,
    1280, 1131, 970, 794, 605, 402, 185, -45, -288, -545, -814, -1095, -1388, -1692, -2006,
    -2330, -2663, -3004, -3351, -3705, -4063, -4425, -4788, -5153, -5517, -5879, -6237, -6589,
    -6935, -7271, -7597, -7910, -8209, -8491, -8755, -8998, -9219, -9416, -9585, -9727, -9838,
    -9916, -9959, -9966, -9935, -9863, -9750, -9592, -9389, -9139, -8840, -8492, -8092, -7640,
    -7134, -6574, -5959, -5288, -4561, -3776, -2935, -2037, -1082, -70, 998, 2122, 3300, 4533,
    5818, 7154, 8540, 9975, 11455, 12980, 14548, 16155, 17799, 19478, 21189, 22929, 24694,
    26482, 28289, 30112, 31947, 33791, 35640, 37489, 39336, 41176, 43006, 44821, 46617, 48390,
    50137, 51853, 53534, 55178, 56778, 58333, 59838, 61289, 62684, 64019, 65290, 66494, 67629,
    68692, 69679, 70590, 71420, 72169, 72835, 73415, 73908, 74313, 74630, 74856, 74992, 75038,
)
# fmt: on
# ISO/IEC 11172-3, table 3-B.9: what leaks between neighboring subbands is taken out.
_butterflies = (-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037)


@dataclass(frozen=True, slots=True)
class Filterbank:
    """A codec's transform.

    Attributes:
        name: of the codec family; `hop`: samples from block to block.
        span: samples that one block's coefficients look at.
        window: of a plain MDCT; None for the two stages of MPEG-1 layer III.
    """

    name: str
    hop: int
    span: int
    window: Window | None = None

    def bins(self, low_hz: float, high_hz: float, rate_hz: int) -> slice:
        """The coefficients between two frequencies."""
        per_bin = rate_hz / 2 / self.hop
        return slice(round(low_hz / per_bin), min(round(high_hz / per_bin), self.hop))

    def coefficients(self, sound: Floats, bins: slice) -> Iterator[Floats]:
        """Coefficients of the blocks that begin at the first, second, … sample.

        The transform is orthonormal: white noise keeps its power in every coefficient.

        Yields:
            some of the bins each time, of shape (bins, blocks). There are `len(sound) - span + 1`
            blocks, less what is left of the last 64 of them.
        """
        if self.window is None:
            yield _hybrid(sound, bins)
        else:
            yield from sliding(self.window, bins.start, bins.stop).coefficients(sound)


def _hybrid(sound: Floats, bins: slice) -> Floats:
    """MPEG-1 layer III, long blocks: 32 subbands, then an MDCT of 36 of each one's samples."""
    analysis, mdct = _hybrid_matrices()
    first_band = max(bins.start // _lines - 1, 0)
    bands = slice(first_band, min(-(-bins.stop // _lines) + 1, _subbands))
    reach = (_slots - 1) * _subbands
    slot_count = (len(sound) - _prototype_taps + 1 - reach) // _subbands
    used = slot_count * _subbands + reach
    windows = np.lib.stride_tricks.sliding_window_view(sound, _prototype_taps)[:used]
    chosen = np.ascontiguousarray(analysis[:, bands])
    filtered = np.concatenate(
        [
            np.ascontiguousarray(windows[first : first + _samples_at_once]) @ chosen
            for first in range(0, used, _samples_at_once)
        ]
    )
    # Of every band, the samples that lie whole slots apart stand in a row.
    by_phase = filtered.reshape(-1, _subbands, filtered.shape[1]).transpose(2, 1, 0)
    slots = np.lib.stride_tricks.sliding_window_view(by_phase, _slots, axis=2)[:, :, :slot_count]
    stacked = slots.reshape(len(slots), -1, _slots).transpose(0, 2, 1)
    lines = _without_leaks(np.matmul(mdct[bands], stacked))
    # From phase and slot back to the order of the samples.
    shape = (-1, _subbands, slot_count)
    ordered = lines.reshape(shape).transpose(0, 2, 1).reshape(-1, slot_count * _subbands)
    return ordered[bins.start - first_band * _lines : bins.stop - first_band * _lines]


def _without_leaks(lines: Floats) -> Floats:
    """Of shape (bands, lines, blocks)."""
    for index, leak in enumerate(_butterflies):
        cosine = np.float32(1 / np.sqrt(1 + leak**2))
        sine = np.float32(leak * cosine)
        below, above = lines[:-1, 17 - index].copy(), lines[1:, index].copy()
        lines[:-1, 17 - index] = below * cosine + above * sine
        lines[1:, index] = above * cosine - below * sine
    return lines


@cache
def _hybrid_matrices() -> tuple[Floats, Floats]:
    half = np.asarray(_half_prototype, np.float64)
    prototype = np.concatenate((half, half[-2:0:-1]))
    taps, bands = np.arange(_prototype_taps), np.arange(_subbands)
    waves = np.cos((2 * bands[None, :] + 1) * (taps[:, None] - 16) * np.pi / 64)
    analysis = prototype[:, None] * waves
    analysis /= np.sqrt((analysis**2).sum(axis=0).mean())
    slots, lines = np.arange(_slots)[:, None], np.arange(_lines)[None, :]
    window = np.sin(np.pi / 36 * (slots + 0.5))
    mdct = window * np.cos(np.pi / 72 * (2 * slots + 19) * (2 * lines + 1)) / 3
    signs = np.where((bands[:, None] & 1) & (np.arange(_slots)[None, :] & 1), -1.0, 1.0)
    # Newest samples come first in the standard; here the oldest do.
    return (
        np.ascontiguousarray(analysis[::-1]).astype(np.float32),
        np.ascontiguousarray((signs[:, :, None] * mdct[None]).transpose(0, 2, 1), np.float32),
    )


def _sine(size: int) -> Doubles:
    return np.asarray(np.sin(np.pi / size * (np.arange(size) + 0.5)))


def _power_sine(size: int) -> Doubles:
    return np.asarray(np.sin(np.pi / 2 * _sine(size) ** 2))


def _kaiser_bessel(size: int, alpha: float) -> Doubles:
    half = np.cumsum(np.kaiser(size // 2 + 1, np.pi * alpha))
    rising = np.sqrt(half[:-1] / half[-1])
    return np.concatenate((rising, rising[::-1]))


def _low_overlap(hop: int, overlap: int) -> Doubles:
    """Opus (RFC 6716, section 4.3.7): flat but for 2.5 ms at both ends, as part of 2 hops."""
    rising = _power_sine(2 * overlap)[:overlap]
    flat = (hop - overlap) // 2
    half = np.concatenate((np.zeros(flat), rising, np.ones(flat)))
    return np.concatenate((half, half[::-1]))


MP3 = Filterbank("mp3", 576, _prototype_taps + (_slots - 1) * _subbands)
AAC_SINE = Filterbank("aac", 1024, 2048, Window("sine", -1, _sine(2048)))
AAC_KAISER = Filterbank("aac", 1024, 2048, Window("Kaiser-Bessel", 1, _kaiser_bessel(2048, 4.0)))
VORBIS = Filterbank("vorbis", 1024, 2048, Window("power sine", 1, _power_sine(2048)))
OPUS = Filterbank("opus", 960, 1920, Window("low overlap", 1, _low_overlap(960, 120)))
