"""Traces of a lossy codec: zeros that appear only where its blocks began.

Sound that was rounded in a codec's transform holds far more coefficients near zero when it is cut
at the codec's own blocks than one sample beside. What the music is like shifts both alike: dull,
old, synthetic or low-passed music shows no such place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

import av
import numpy as np
from av.audio.frame import AudioFrame

from pennywhistle.engines.audio.judgement.filterbanks import (
    AAC_KAISER,
    AAC_SINE,
    MP3,
    OPUS,
    VORBIS,
    Filterbank,
)
from pennywhistle.engines.audio.judgement.levels import Sound
from pennywhistle.engines.audio.judgement.sliding import Doubles, Floats

_segments_max = 32
_segments_used, _first_of = 16, 4  # every fourth of them is looked at first
_segment_s = 0.117  # three of the longest hops, and what they look at
# Rates at which nearly all lossy files are made.
_cd_rate_hz, _studio_rate_hz = 44_100, 48_000
_low_hz, _high_hz = 2_000, 16_000
# Rounding to 16 bits leaves 1/12 of a squared step in every coefficient.
_rounding_power = np.float32(0.1)
_steps_of_16_bits = 32_768.0
_beside = range(3, 15)  # samples; a trace is at most two samples wide to either side
_certain_deviations = 20.0  # nothing needs to be looked for any more
# What a quarter of the pieces shows of this much is more than chance, or a trace twice as clear.
_innocent_deviations = 4.0
_quietest = 4.0  # root mean square, in steps of 16 bits
_vicinity = 4  # samples
_deviations_of_median = 1.4826  # by which the median distance of normal noise becomes a deviation
_tail, _deviations_of_tail = 0.995, 2.576
_resampler_edge = 64
_emphasis = np.float32(0.85)  # RFC 6716, section 4.3.7.2, before the transform
_vorbis_short_hop = 128  # short blocks in between move the long ones by whole ones of theirs


@dataclass(frozen=True, slots=True)
class Trace:
    """How much one place stands out.

    Attributes:
        codec: family of the transform; `rate_hz`: at which the blocks were looked for.
        deviations: of the place with the most zeros from its neighborhood, in robust standard
            deviations of all places.
        offset: the place, in samples modulo the codec's hop.
        profile: that number for each place.
    """

    codec: str
    rate_hz: int
    deviations: float
    offset: int
    profile: Doubles


@dataclass(frozen=True, slots=True)
class Segment:
    """A short piece of a track: the first sample's number, and the samples in 16-bit steps."""

    start: int
    sound: Floats


class Segments:
    """Keeps short pieces spread over a track whose length nobody knows yet."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._size = round(_segment_s * sample_rate_hz)
        # Starts from which both usual rates are reached at a whole sample.
        steps = {self._rate_hz // gcd(self._rate_hz, to) for to in (_cd_rate_hz, _studio_rate_hz)}
        self._unit = int(np.lcm.reduce([*steps]))
        self._stride = -(-self._size // self._unit) * self._unit
        self._next = self._position = self._filled = 0
        self._pending: list[Floats] = []
        self._kept: list[Segment] = []

    def add(self, sound: Sound) -> None:
        """Take the next rows, full scale being 1."""
        end = self._position + len(sound)
        while self._next + self._filled < end:
            first = self._next + self._filled - self._position
            piece = sound[first : first + self._size - self._filled]
            self._pending.append(np.asarray(piece * _steps_of_16_bits, np.float32, order="C"))
            self._filled += len(piece)
            if self._filled == self._size:
                self._keep(np.concatenate(self._pending))
        self._position = end

    def _keep(self, sound: Floats) -> None:
        self._kept.append(Segment(self._next, sound))
        if len(self._kept) == _segments_max:
            self._kept = self._kept[::2]
            self._stride *= 2
        self._next = self._kept[-1].start + self._stride
        self._pending, self._filled = [], 0

    def best(self) -> list[Segment]:
        """The pieces with the most treble, in order; none that is nearly silent."""
        heard = [one for one in self._kept if np.sqrt(np.mean(one.sound**2)) >= _quietest]
        heard.sort(key=lambda one: -float(np.mean(np.diff(one.sound, axis=0) ** 2)))
        return sorted(heard[:_segments_used], key=lambda one: one.start)


class Pieces:
    """The kept pieces of a track at whatever rate they are wanted, each made once.

    The first few are spread over the track; the others follow.
    """

    def __init__(self, segments: list[Segment], sample_rate_hz: int) -> None:
        self._parts = (
            segments[::_first_of],
            [one for number, one in enumerate(segments) if number % _first_of],
        )
        self._rate_hz = sample_rate_hz
        self._made: dict[tuple[int, int], list[Segment]] = {}

    def part(self, number: int, rate_hz: int) -> list[Segment]:
        """The first few (0) or the others (1)."""
        if (number, rate_hz) not in self._made:
            source = self._parts[number]
            self._made[number, rate_hz] = resampled(source, self._rate_hz, rate_hz)
        return self._made[number, rate_hz]


def find_traces(segments: list[Segment], sample_rate_hz: int) -> list[Trace]:
    """The clearest trace of each codec family; an empty list where there is nothing to hear."""
    if not segments:
        return []
    pieces = Pieces(segments, sample_rate_hz)
    own_hz = _studio_rate_hz if sample_rate_hz == _studio_rate_hz else _cd_rate_hz
    rounds = [
        [(MP3, own_hz)],
        # Their windows resemble each other, so the clearest of the three names the codec.
        [(bank, own_hz) for bank in (AAC_KAISER, AAC_SINE, VORBIS)],
        # Opus knows one rate only; an MP3 may have been brought to it afterwards.
        [(OPUS, _studio_rate_hz)],
        [(MP3, _cd_rate_hz)] if own_hz != _cd_rate_hz else [],
    ]
    best: dict[str, Trace] = {}
    for looked_for in rounds:
        for bank, rate_hz in looked_for:
            trace = find_trace(bank, pieces, rate_hz)
            if bank.name not in best or trace.deviations > best[bank.name].deviations:
                best[bank.name] = trace
        if any(trace.deviations > _certain_deviations for trace in best.values()):
            break
    return [*best.values()]


def find_trace(bank: Filterbank, pieces: Pieces, rate_hz: int) -> Trace:
    """Look at every place modulo the hop, in all pieces where the first few leave a doubt."""
    search = _Search(bank, rate_hz)
    search.add(pieces.part(0, rate_hz))
    first = search.trace()
    if not _innocent_deviations < first.deviations < _certain_deviations:
        return first
    search.add(pieces.part(1, rate_hz))
    return search.trace()


class _Search:
    """Adds up the dips of pieces, modulo the hop."""

    def __init__(self, bank: Filterbank, rate_hz: int) -> None:
        self._bank, self._rate_hz = bank, rate_hz
        self._dips, self._moved = np.zeros(bank.hop), np.zeros(bank.hop)
        self._count = 0

    def add(self, segments: list[Segment]) -> None:
        hop = self._bank.hop
        for segment in segments:
            one = _emphasized(segment) if self._bank is OPUS else segment
            sound = _one_channel(one, self._count)
            dip = np.roll(_dips(_emptiness(self._bank, sound, self._rate_hz)), one.start % hop)
            self._dips += dip
            largest = dip.reshape(-1, _vorbis_short_hop).max(axis=0) if self._bank is VORBIS else 0
            self._moved += np.tile(largest, hop // np.size(largest))
            self._count += 1

    def trace(self) -> Trace:
        trace = _clearest(self._bank, self._rate_hz, self._dips)
        if self._bank is not VORBIS:
            return trace
        moved = _clearest(self._bank, self._rate_hz, self._moved)
        return max(trace, moved, key=lambda one: one.deviations)


def _clearest(bank: Filterbank, rate_hz: int, dips: Doubles) -> Trace:
    offset = int(dips.argmax())
    profile = (dips - float(np.median(dips))) / _spread(dips, offset)
    return Trace(bank.name, rate_hz, float(profile[offset]), offset, profile)


def _spread(dips: Doubles, offset: int) -> float:
    """Standard deviation of all places but the best, by the middle or by the tail if that is wider.

    Sound of exact periods, as chips make it, has many places that stand out; a codec has one.
    """
    others = np.delete(np.roll(dips, _vicinity - offset), np.arange(2 * _vicinity + 1))
    distances = others - float(np.median(dips))
    middle = _deviations_of_median * float(np.median(np.abs(distances)))
    tail = float(np.quantile(distances, _tail)) / _deviations_of_tail
    return max(middle, tail, 1e-9)


def _one_channel(segment: Segment, number: int) -> Floats:
    """The sum of both channels, and in every third piece the left one: codecs round either."""
    sound = segment.sound
    if sound.shape[1] == 1:
        return sound[:, 0]
    if number % 3 == 2:  # noqa: PLR2004 - every third
        return np.ascontiguousarray(sound[:, 0])
    return (sound[:, 0] + sound[:, 1]) * np.float32(np.sqrt(0.5))


def _emptiness(bank: Filterbank, sound: Floats, rate_hz: int) -> Doubles:
    """Mean logarithm of the coefficients' power, of the blocks at each place; low is empty."""
    bins = bank.bins(_low_hz, _high_hz, rate_hz)
    whole = (len(sound) - bank.span + 1) // bank.hop
    levels = np.zeros(whole * bank.hop, np.float32)
    for made in bank.coefficients(sound[: bank.span - 1 + whole * bank.hop], bins):
        np.multiply(made, made, out=made)
        np.add(made, _rounding_power, out=made)
        levels += np.log2(made, out=made).sum(axis=0)
    mean = levels.reshape(whole, bank.hop).mean(axis=0) / (bins.stop - bins.start)
    return np.asarray(mean, np.float64)


def _dips(levels: Doubles) -> Doubles:
    """How far each place lies below the lower of its two sides, so that no step looks like one."""
    sides = [
        np.median([np.roll(levels, sign * shift) for shift in _beside], axis=0) for sign in (-1, 1)
    ]
    result: Doubles = np.minimum(*sides) - levels
    return result


def _emphasized(segment: Segment) -> Segment:
    sound = segment.sound
    return Segment(segment.start + 1, sound[1:] - _emphasis * sound[:-1])


def resampled(segments: list[Segment], from_hz: int, to_hz: int) -> list[Segment]:
    """The same pieces at another rate, the first sample of each at a whole number of that rate."""
    if from_hz == to_hz or not segments:
        return segments
    common = gcd(from_hz, to_hz)
    every, made = from_hz // common, to_hz // common
    # One resampler for all, since making its filters costs more than using them: they follow each
    # other at whole numbers of both rates.
    size = len(segments[0].sound)
    padding = np.zeros((-size % every, segments[0].sound.shape[1]), np.float32)
    joined = np.concatenate([part for one in segments for part in (one.sound, padding)])
    sound = np.concatenate([*_resampled(joined, from_hz, to_hz)])
    stride, length = (size + len(padding)) // every * made, size * to_hz // from_hz
    return [
        Segment(
            segment.start // every * made + _resampler_edge,
            sound[number * stride + _resampler_edge : number * stride + length - _resampler_edge],
        )
        for number, segment in enumerate(segments)
    ]


def _resampled(sound: Floats, from_hz: int, to_hz: int) -> Iterator[Floats]:
    layout = "mono" if sound.shape[1] == 1 else "stereo"
    resampler = av.AudioResampler("flt", layout, to_hz)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(sound).reshape(1, -1), "flt", layout)
    frame.sample_rate = from_hz
    for made in (*resampler.resample(frame), *resampler.resample(None)):
        yield made.to_ndarray().reshape(-1, sound.shape[1]).astype(np.float32)
