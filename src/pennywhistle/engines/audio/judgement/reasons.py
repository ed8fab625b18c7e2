"""Turns measurements into findings, by the limits."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.audio.judgement import limits
from pennywhistle.engines.audio.judgement.findings import (
    Code,
    Curve,
    Finding,
    Severity,
    Unit,
    points_max,
)
from pennywhistle.engines.audio.judgement.levels import (
    Bits,
    Channels,
    Clipping,
    Silence,
    places_max,
)
from pennywhistle.engines.audio.judgement.spectrum import LongTerm
from pennywhistle.engines.audio.judgement.traces import Trace

_order = {Severity.SERIOUS: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Measured:
    """All that one pass over a track has measured."""

    sample_rate_hz: int
    channels: int
    bits_per_sample: int | None
    promised_sample_count: int | None
    stated_duration_ms: int | None
    sample_count: int
    bits: Bits
    silence: Silence
    clipping: Clipping
    stereo: Channels
    true_peak_dbtp: float | None
    traces: list[Trace]
    spectrum: LongTerm

    @property
    def duration_s(self) -> float:
        """As decoded."""
        return self.sample_count / self.sample_rate_hz

    def spectrum_curve(self) -> Curve:
        """The long-term spectrum, the highest of each few levels."""
        return _curve("spectrum", ("Hz", "dB"), self.spectrum.hz(), self.spectrum.levels_db)


def reasons(measured: Measured) -> tuple[Finding, ...]:
    """All findings, the most serious first."""
    if measured.true_peak_dbtp is None:
        nothing = Finding(Code.SILENT, Severity.SERIOUS, measured.duration_s, Unit.SECONDS)
        return (nothing, *_length(measured))
    found = [
        *_origin(measured),
        *_bits(measured),
        *_length(measured),
        *_silence(measured),
        *_levels(measured),
        *_stereo(measured),
    ]
    return tuple(sorted(found, key=lambda finding: _order[finding.severity]))


def _origin(measured: Measured) -> Iterator[Finding]:
    """Whether the sound went through a lossy codec, or came from a lower rate."""
    edge = measured.spectrum.end()
    clearest = max(measured.traces, key=limits.excess, default=None)
    lossy = measured.bits_per_sample is not None and clearest is not None
    if lossy and clearest is not None and limits.excess(clearest) > 1:
        around = np.arange(-40, 41)
        profile = np.roll(clearest.profile, 40 - clearest.offset)[: len(around)]
        yield Finding(
            Code.LOSSY_SOURCE,
            Severity.SERIOUS,
            round(clearest.deviations, 1),
            Unit.DEVIATIONS,
            about=clearest.codec,
            false_alarm_rate=limits.false_alarm_rate,
            curve=_curve("zeros", ("sample", "standard deviations"), around, profile),
        )
    elif edge and edge.drop_db > limits.cut_drop_db and edge.hz < limits.cut_hz_max:
        # A producer's low-pass looks the same: this accuses nobody.
        curve = measured.spectrum_curve()
        yield Finding(Code.SPECTRUM_CUT, Severity.NOTE, edge.hz, Unit.HERTZ, curve=curve)
    from_lower = measured.spectrum.upsampled()
    if from_lower and from_lower.drop_db > limits.upsampled_drop_db:
        curve = measured.spectrum_curve()
        # Genuine recordings may end there too, and how often was not measured.
        yield Finding(Code.UPSAMPLED, Severity.WARNING, from_lower.hz, Unit.HERTZ, curve=curve)


def _bits(measured: Measured) -> Iterator[Finding]:
    used, declared = measured.bits.used, measured.bits_per_sample
    if declared is not None and declared > limits.padded_bits_min >= used:
        yield Finding(Code.BITS_PADDED, Severity.SERIOUS, used, Unit.BITS, about=str(declared))


def _length(measured: Measured) -> Iterator[Finding]:
    promised, stated_ms = measured.promised_sample_count, measured.stated_duration_ms
    if promised is not None and measured.sample_count < promised:
        missing_s = (promised - measured.sample_count) / measured.sample_rate_hz
        yield Finding(Code.TRUNCATED, Severity.SERIOUS, round(missing_s, 3), Unit.SECONDS)
    if stated_ms is not None:
        longer_s = measured.duration_s - stated_ms / 1000
        if abs(longer_s) > limits.duration_tolerance_s:
            yield Finding(Code.DURATION_DIFFERS, Severity.WARNING, round(longer_s, 3), Unit.SECONDS)


def _silence(measured: Measured) -> Iterator[Finding]:
    inside_count = 0
    for begins_s, length_s in measured.silence.stretches():
        begins, ends = begins_s == 0, begins_s + length_s >= measured.duration_s - 0.01
        code = Code.SILENT_INSIDE
        if begins or ends:
            code = Code.SILENT_START if begins else Code.SILENT_END
        least_s = limits.silence_at_ends_s if begins or ends else limits.silence_inside_s
        inside_count += int(code is Code.SILENT_INSIDE and length_s >= least_s)
        if length_s >= least_s and inside_count <= limits.silences_inside_max:
            seconds = round(length_s, 2)
            yield Finding(code, Severity.NOTE, seconds, Unit.SECONDS, at_s=(begins_s,))
    peaks = measured.silence.peaks()
    last = peaks[-1]
    if last > 10 ** (limits.abrupt_end_dbfs / 20):
        level_db = round(20 * float(np.log10(last)), 1)
        yield Finding(Code.ENDS_ABRUPTLY, Severity.NOTE, level_db, Unit.DECIBELS)


def _levels(measured: Measured) -> Iterator[Finding]:
    clipping, peak_dbtp = measured.clipping, measured.true_peak_dbtp
    if clipping.run_count:
        many = clipping.run_count >= limits.clipped_runs_warning
        yield Finding(
            Code.CLIPPED,
            Severity.WARNING if many else Severity.NOTE,
            clipping.run_count,
            Unit.COUNT,
            at_s=tuple(sorted(clipping.at_s)[:places_max]),
        )
    if peak_dbtp is not None and peak_dbtp > limits.true_peak_dbtp + limits.true_peak_margin_db:
        yield Finding(Code.INTER_SAMPLE_PEAKS, Severity.NOTE, peak_dbtp, Unit.TRUE_PEAK)
    worst = max(measured.stereo.dc, key=abs)
    if abs(worst) > limits.dc_offset:
        yield Finding(Code.DC_OFFSET, Severity.WARNING, round(worst, 5), Unit.FULL_SCALE)


def _stereo(measured: Measured) -> Iterator[Finding]:
    if measured.channels == 1:
        return
    stereo = measured.stereo
    correlation = round(stereo.correlation, 3)
    silent = [
        name for name, power in zip(("left", "right"), stereo.power, strict=True) if not power
    ]
    if silent:
        yield Finding(Code.CHANNEL_SILENT, Severity.WARNING, 0.0, Unit.FULL_SCALE, about=silent[0])
    elif stereo.identical:
        yield Finding(Code.CHANNELS_IDENTICAL, Severity.NOTE, correlation, Unit.CORRELATION)
    elif correlation < limits.inverted_correlation:
        yield Finding(Code.CHANNELS_INVERTED, Severity.SERIOUS, correlation, Unit.CORRELATION)
    elif stereo.mono_loss_db > limits.mono_loss_db:
        yield Finding(Code.MONO_CANCELS, Severity.WARNING, stereo.mono_loss_db, Unit.DECIBELS)


def _curve(
    name: str, units: tuple[str, str], x: npt.NDArray[np.generic], y: npt.NDArray[np.float64]
) -> Curve:
    step = -(-len(x) // points_max)
    highest = np.maximum.reduceat(y, np.arange(0, len(y), step))
    xs, ys = np.asarray(x[::step], np.float64).round(1), highest.round(2)
    return Curve(name, *units, tuple(xs.tolist()), tuple(ys.tolist()))
