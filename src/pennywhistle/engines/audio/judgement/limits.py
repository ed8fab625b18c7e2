"""Where a measurement becomes a finding; docs/algorithms/judgement.md says why there."""

from pennywhistle.engines.audio.judgement.traces import Trace

# Deviations above which a trace is one, by codec: more than any honest piece had (at most 5.4;
# `make bench NAME=lossless`). A tracker module had 7.7 for Opus: at 125 beats a minute modules
# change every 20 ms, which is one of its blocks.
trace_deviations = {"mp3": 7.0, "aac": 7.0, "vorbis": 7.0, "opus": 10.0}
# One of 125 honest pieces was accused (by Opus's limit of then, 7); with so few, up to this share
# could be (4.75 / 125).
false_alarm_rate = 0.04

padded_bits_min = 16
silence_at_ends_s = 3.0
silence_inside_s = 5.0
silences_inside_max = 8
clipped_runs_warning = 10
true_peak_dbtp = 0.0
true_peak_margin_db = 0.05
dc_offset = 0.002
mono_loss_db = 6.0
inverted_correlation = -0.98
duration_tolerance_s = 1.0
abrupt_end_dbfs = -20.0
upsampled_drop_db = 15.0
cut_drop_db = 30.0
cut_hz_max = 19_500.0


def excess(trace: Trace) -> float:
    """A trace's deviations as a multiple of its codec's limit: above 1 it is a finding."""
    return trace.deviations / trace_deviations[trace.codec]
