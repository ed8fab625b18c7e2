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
import numpy.typing as npt
from av.audio.frame import AudioFrame

from pennywhistle.engines.audio.judgement.filterbanks import (
    AAC_KAISER,
    AAC_SINE,
    MP3,
    OPUS,
    VORBIS,
    Filterbank,
    Floats,
)

Doubles = npt.NDArray[np.float64]

_segments_max = 32
_segments_used = 8
_segment_s = 0.117  # three of the longest hops, and what they look at
# Rates at which nearly all lossy files are made.
_cd_rate_hz, _studio_rate_hz = 44_100, 48_000
_low_hz, _high_hz = 2_000, 16_000
# Rounding to 16 bits leaves 1/12 of a squared step in every coefficient.
_rounding_power = 0.1
_steps_of_16_bits = 32_768.0
_beside = range(3, 15)  # samples; a trace is at most two samples wide to either side
_certain_deviations = 20.0  # nothing needs to be looked for any more
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

    def add(self, sound: Doubles) -> None:
        """Take the next rows, full scale being 1."""
        end = self._position + len(sound)
        while self._next + self._filled < end:
            first = self._next + self._filled - self._position
            piece = sound[first : first + self._size - self._filled]
            self._pending.append((piece * _steps_of_16_bits).astype(np.float32))
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


def find_traces(segments: list[Segment], sample_rate_hz: int) -> list[Trace]:
    """The clearest trace of each codec family; an empty list where there is nothing to hear."""
    if not segments:
        return []
    cd = [resampled(one, sample_rate_hz, _cd_rate_hz) for one in segments]
    studio = [resampled(one, sample_rate_hz, _studio_rate_hz) for one in segments]
    own = studio if sample_rate_hz == _studio_rate_hz else cd
    own_rate_hz = _studio_rate_hz if own is studio else _cd_rate_hz
    rounds = [
        [(MP3, own, own_rate_hz)],
        # Their windows resemble each other, so the clearest of the three names the codec.
        [(bank, own, own_rate_hz) for bank in (AAC_KAISER, AAC_SINE, VORBIS)],
        # Opus knows one rate only; an MP3 may have been brought to it afterwards.
        [(OPUS, [_emphasized(one) for one in studio], _studio_rate_hz)],
        [(MP3, cd, _cd_rate_hz)] if own is studio else [],
    ]
    best: dict[str, Trace] = {}
    for looked_for in rounds:
        for bank, pieces, rate_hz in looked_for:
            trace = find_trace(bank, pieces, rate_hz)
            if bank.name not in best or trace.deviations > best[bank.name].deviations:
                best[bank.name] = trace
        if any(trace.deviations > _certain_deviations for trace in best.values()):
            break
    return [*best.values()]


def find_trace(bank: Filterbank, segments: list[Segment], rate_hz: int) -> Trace:
    """Look at every place modulo the hop."""
    dips, moved = np.zeros(bank.hop), np.zeros(bank.hop)
    for number, segment in enumerate(segments):
        dip = _dips(_emptiness(bank, _one_channel(segment, number), rate_hz))
        dip = np.roll(dip, segment.start % bank.hop)
        dips += dip
        if bank is VORBIS:
            largest = dip.reshape(-1, _vorbis_short_hop).max(axis=0)
            moved += np.tile(largest, bank.hop // _vorbis_short_hop)
    trace = _clearest(bank, rate_hz, dips)
    if bank is not VORBIS:
        return trace
    return max(trace, _clearest(bank, rate_hz, moved), key=lambda one: one.deviations)


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
    used = sound[: bank.span - 1 + whole * bank.hop]
    levels = np.concatenate(
        [np.log2(rows[:, bins] ** 2 + _rounding_power).mean(axis=1) for rows in bank.rows(used)]
    )
    return np.asarray(levels.reshape(whole, bank.hop).mean(axis=0), np.float64)


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


def resampled(segment: Segment, from_hz: int, to_hz: int) -> Segment:
    """The same piece at another rate, its first sample at a whole number of that rate."""
    if from_hz == to_hz:
        return segment
    common = gcd(from_hz, to_hz)
    start = segment.start // (from_hz // common) * (to_hz // common)
    sound = np.concatenate([*_resampled(segment.sound, from_hz, to_hz)])
    return Segment(start + _resampler_edge, sound[_resampler_edge:-_resampler_edge])


def _resampled(sound: Floats, from_hz: int, to_hz: int) -> Iterator[Floats]:
    layout = "mono" if sound.shape[1] == 1 else "stereo"
    resampler = av.AudioResampler("flt", layout, to_hz)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(sound).reshape(1, -1), "flt", layout)
    frame.sample_rate = from_hz
    for made in (*resampler.resample(frame), *resampler.resample(None)):
        yield made.to_ndarray().reshape(-1, sound.shape[1]).astype(np.float32)
