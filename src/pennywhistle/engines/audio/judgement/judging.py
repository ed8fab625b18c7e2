"""Takes a track block by block and says what is wrong with it, or that nothing is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pennywhistle.engines.audio.decoding import Samples
from pennywhistle.engines.audio.judgement import limits
from pennywhistle.engines.audio.judgement.findings import (
    Curve,
    Finding,
    NotAJudgementError,
    an_object,
    findings_max,
    number,
)
from pennywhistle.engines.audio.judgement.levels import Bits, Channels, Clipping, Silence
from pennywhistle.engines.audio.judgement.programme import Loudness, Programme, album_loudness
from pennywhistle.engines.audio.judgement.reasons import Measured, reasons
from pennywhistle.engines.audio.judgement.spectrum import Spectrum
from pennywhistle.engines.audio.judgement.traces import Segments, find_traces
from pennywhistle.engines.audio.judgement.true_peak import TruePeak, decibels

_gating_levels_max = 12_000
_rows_at_once = 1 << 15
_bits_of_floats = 24


@dataclass(frozen=True, slots=True)
class Facts:
    """What the container says about a track, before it is decoded.

    Attributes:
        bits_per_sample: None for a lossy file.
        promised_sample_count: per channel; None where the container makes no exact promise.
        stated_duration_ms: what metadata (a delivery, a tag) says; None for nothing.
    """

    sample_rate_hz: int
    channels: int
    bits_per_sample: int | None
    promised_sample_count: int | None = None
    stated_duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was seen in a track.

    Attributes:
        findings: the most serious first; empty for a track without blemish.
        spectrum: the long-term spectrum, for a picture of any track.
        suspicion: how clearly any codec's blocks stand out; above 1 is a finding; None where
            the track is sold as lossy, or too quiet or too short to tell.
        bits_used: of each sample; None for a lossy file.
        sample_peak_dbfs: None for silence, as `true_peak_dbtp`.
    """

    findings: tuple[Finding, ...]
    sample_count: int
    bits_used: int | None
    loudness: Loudness
    sample_peak_dbfs: float | None
    true_peak_dbtp: float | None
    suspicion: float | None
    spectrum: Curve

    def to_json(self) -> dict[str, Any]:
        """JSON values for the way out of the sandbox."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        loudness, spectrum = self.loudness, self.spectrum
        return {
            **plain,
            "findings": [finding.to_json() for finding in self.findings],
            "loudness": {name: getattr(loudness, name) for name in loudness.__slots__},
            "spectrum": {name: getattr(spectrum, name) for name in spectrum.__slots__},
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the answer of a child that may have been taken over: every field is checked.

        Raises:
            ValueError: it is no judgement (NotAJudgementError, or an unknown word).
        """
        source = an_object(value)
        found = source.get("findings")
        if not isinstance(found, list) or len(found) > findings_max:
            raise NotAJudgementError("A short list of findings was expected.")
        bits_used = _optional(source, "bits_used")
        return cls(
            findings=tuple(map(Finding.from_json, found)),
            sample_count=int(number(source.get("sample_count"))),
            bits_used=None if bits_used is None else int(bits_used),
            loudness=_loudness(an_object(source.get("loudness"))),
            sample_peak_dbfs=_optional(source, "sample_peak_dbfs"),
            true_peak_dbtp=_optional(source, "true_peak_dbtp"),
            suspicion=_optional(source, "suspicion"),
            spectrum=Curve.from_json(source.get("spectrum")),
        )


@dataclass(frozen=True, slots=True)
class AlbumJudgement:
    """Loudness of an album as one piece, and its highest true peak."""

    loudness: Loudness
    true_peak_dbtp: float | None


class Judge:
    """One pass over a track: `add` every block, then `finish`; memory stays bounded."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        rate, channels = facts.sample_rate_hz, facts.channels
        self._sample_count = self._waiting_count = 0
        self._waiting: Samples | None = None
        self._bits = Bits(facts.bits_per_sample)
        self._silence = Silence(rate)
        self._clipping = Clipping(rate)
        self._channels = Channels()
        self._peak = TruePeak(channels, rate)
        self._programme = Programme(channels, rate)
        self._spectrum = Spectrum(rate)
        self._segments = Segments(rate)

    def add(self, samples: Samples) -> None:
        """Take the next rows: integers filled from the top, one column per channel."""
        self._sample_count += len(samples)
        # Decoders hand over small blocks; every measure is cheaper by the row on larger ones.
        while len(samples):
            if self._waiting is None:
                self._waiting = np.empty((_rows_at_once, samples.shape[1]), samples.dtype)
            room = _rows_at_once - self._waiting_count
            taken = samples[:room]
            self._waiting[self._waiting_count : self._waiting_count + len(taken)] = taken
            self._waiting_count += len(taken)
            samples = samples[room:]
            if self._waiting_count == _rows_at_once:
                self._measure()

    def _measure(self) -> None:
        if self._waiting is None or not self._waiting_count:
            return
        samples = self._waiting[: self._waiting_count]
        self._waiting_count = 0
        self._bits.add(samples)
        # Floats of 32 bits hold 24 exactly. Channels stand apart: measures go along them.
        wide = (self._facts.bits_per_sample or 0) > _bits_of_floats
        scale = -1 / float(np.iinfo(samples.dtype).min)
        apart = np.empty(samples.T.shape, np.float64 if wide else np.float32)
        sound = np.multiply(samples.T, scale, out=apart, casting="same_kind").T
        for measure in (self._silence, self._clipping, self._channels, self._peak):
            measure.add(sound)
        self._programme.add(sound)
        self._spectrum.add(sound)
        self._segments.add(sound)

    def finish(self) -> Judgement:
        """What was seen. Call it once."""
        facts = self._facts
        self._measure()
        self._clipping.finish()
        self._peak.finish()
        long_term = self._spectrum.finish()
        # A file that is sold as lossy makes no claim to be tested.
        segments = [] if facts.bits_per_sample is None else self._segments.best()
        traces = find_traces(segments, facts.sample_rate_hz)
        loudness = self._programme.finish()
        measured = Measured(
            sample_rate_hz=facts.sample_rate_hz,
            channels=facts.channels,
            bits_per_sample=facts.bits_per_sample,
            promised_sample_count=facts.promised_sample_count,
            stated_duration_ms=facts.stated_duration_ms,
            sample_count=self._sample_count,
            bits=self._bits,
            silence=self._silence,
            clipping=self._clipping,
            stereo=self._channels,
            true_peak_dbtp=decibels(self._peak.peak),
            traces=traces,
            spectrum=long_term,
        )
        return Judgement(
            findings=reasons(measured),
            sample_count=self._sample_count,
            bits_used=None if facts.bits_per_sample is None else self._bits.used,
            loudness=loudness,
            sample_peak_dbfs=decibels(self._peak.sample_peak),
            true_peak_dbtp=decibels(self._peak.peak),
            suspicion=max((round(limits.excess(one), 2) for one in traces), default=None),
            spectrum=measured.spectrum_curve(),
        )


def judge(facts: Facts, blocks: Iterator[Samples]) -> Judgement:
    """Judge a track whose decoded blocks come one after the other."""
    one = Judge(facts)
    for block in blocks:
        one.add(block)
    return one.finish()


def judge_album(tracks: Sequence[Judgement]) -> AlbumJudgement:
    """What ReplayGain's album tags need, from the tracks' judgements."""
    peaks = [track.true_peak_dbtp for track in tracks if track.true_peak_dbtp is not None]
    return AlbumJudgement(
        loudness=album_loudness(track.loudness for track in tracks),
        true_peak_dbtp=max(peaks, default=None),
    )


def _optional(source: Mapping[str, Any], name: str) -> float | None:
    value = source.get(name)
    return None if value is None else number(value)


def _loudness(source: Mapping[str, Any]) -> Loudness:
    blocks = source.get("blocks")
    if not isinstance(blocks, list | tuple) or len(blocks) > _gating_levels_max:
        raise NotAJudgementError("A list of gating blocks was expected.")
    return Loudness(
        _optional(source, "integrated_lufs"),
        _optional(source, "range_lu"),
        tuple((int(number(level)), int(number(count))) for level, count in blocks),
    )
