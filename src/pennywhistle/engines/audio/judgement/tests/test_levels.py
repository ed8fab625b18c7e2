"""What plain measurements find in sound that was made to have it."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import as_many
from pennywhistle.engines.audio.judgement import Code, Judgement, NotAJudgementError, Severity
from pennywhistle.engines.audio.judgement.levels import Clipping, Silence
from pennywhistle.engines.audio.judgement.tests.pieces import (
    RATE,
    found,
    judged,
    quantized,
    sine,
    song,
)
from pennywhistle.engines.audio.judgement.traces import Segments

COUNT = RATE // 4
FADED = np.clip(np.minimum(np.arange(COUNT), np.arange(COUNT)[::-1]) / 4_000, 0, 1)[:, None]
SHORT = song(seconds=0.25) * FADED


@pytest.fixture(scope="module")
def honest() -> Judgement:
    """The judgement of a clean song."""
    return judged(quantized(SHORT))


def test_a_clean_song_has_no_findings(honest: Judgement) -> None:
    assert honest.findings == ()
    assert honest.bits_used == 16
    assert honest.sample_count == COUNT


def test_sixteen_bits_in_twenty_four_are_padded() -> None:
    padded = quantized(SHORT).astype(np.int32) << 16

    finding = found(judged(padded, bits=24), Code.BITS_PADDED)

    assert finding is not None
    assert (finding.value, finding.about, finding.severity) == (16, "24", Severity.SERIOUS)
    assert found(judged(quantized(SHORT, bits=24), bits=24), Code.BITS_PADDED) is None


def test_silence_is_found_at_both_ends_and_inside() -> None:
    def rest(seconds: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        return np.zeros((round(seconds * RATE), 2))

    joined = np.concatenate((rest(4), SHORT, rest(6), SHORT, rest(5)))

    judgement = judged(np.round(joined * 32_000).astype(np.int16))

    seen = {one.code: one.value for one in judgement.findings}
    assert seen[Code.SILENT_START] == pytest.approx(4, abs=0.15)
    assert seen[Code.SILENT_INSIDE] == pytest.approx(6, abs=0.3)
    assert seen[Code.SILENT_END] == pytest.approx(5, abs=0.15)


def test_a_silent_file_is_nothing_else() -> None:
    assert [one.code for one in judged(np.zeros((RATE, 2), np.int16)).findings] == [Code.SILENT]


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    size=st.integers(1, 40),
)
def test_runs_at_full_scale_are_counted_across_blocks(lengths: list[int], size: int) -> None:
    flags = np.concatenate([np.append(np.ones(length), 0.0) for length in lengths])
    clipping = Clipping(RATE)

    for first in range(0, len(flags), size):
        clipping.add(flags[first : first + size, None])
    clipping.finish()

    long = [length for length in lengths if length >= 3]
    assert (clipping.run_count, clipping.sample_count) == (len(long), sum(long))


def test_clipped_music_says_where() -> None:
    judgement = judged(quantized(SHORT * 4))

    finding = found(judgement, Code.CLIPPED)
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert 0 < finding.at_s[0] < 1
    assert list(finding.at_s) == sorted(finding.at_s)


def test_peaks_between_samples_are_named() -> None:
    sound = sine(seconds=0.25, dbfs=2.98, hz=12_000, phase=np.pi / 4)
    fade = np.clip(np.minimum(np.arange(12_000), np.arange(12_000)[::-1]) / 2_000, 0, 1)

    finding = found(judged(quantized(sound * fade[:, None]), rate=48_000), Code.INTER_SAMPLE_PEAKS)

    assert finding is not None
    assert finding.value == pytest.approx(3, abs=0.2)


def test_direct_current_is_found_with_its_sign() -> None:
    finding = found(judged(quantized(SHORT - 0.02)), Code.DC_OFFSET)

    assert finding is not None
    assert finding.value == pytest.approx(-0.02, abs=0.002)


@pytest.mark.parametrize(
    ("right", "code"),
    [
        (1.0, Code.CHANNELS_IDENTICAL),
        (-1.0, Code.CHANNELS_INVERTED),
        (-0.5, Code.CHANNELS_INVERTED),
        (0.0, Code.CHANNEL_SILENT),
    ],
)
def test_channels_are_compared(right: float, code: Code) -> None:
    left = np.round(SHORT[:, :1] * 32_000)

    samples = np.concatenate((left, np.round(left * right)), axis=1).astype(np.int16)

    assert found(judged(samples), code) is not None


def test_what_mono_would_lose_is_said() -> None:
    other = song(seconds=0.25, seed=8)[:, :1] * FADED * 0.3
    left = SHORT[:, :1]

    samples = quantized(np.concatenate((left, -0.9 * left + other), axis=1))

    finding = found(judged(samples), Code.MONO_CANCELS)
    assert finding is not None
    assert finding.value > 6


def test_a_cut_file_is_short_of_what_was_promised() -> None:
    samples = quantized(SHORT)[: COUNT // 2]

    judgement = judged(samples, promised_sample_count=COUNT, stated_duration_ms=3_000)

    seen = {one.code: one.value for one in judgement.findings}
    assert seen[Code.TRUNCATED] == pytest.approx(0.125, abs=0.001)
    assert seen[Code.DURATION_DIFFERS] == pytest.approx(-2.875, abs=0.001)
    assert Code.ENDS_ABRUPTLY in seen


@given(size=st.integers(1, 50_000))
@as_many(0.4)
def test_blocks_of_any_size_are_measured_alike(size: int) -> None:
    sound = np.repeat(np.sin(np.arange(60_000) / 50), 2).reshape(-1, 2)
    silences, segments = [], []

    for block_size in (size, len(sound)):
        silence, kept = Silence(RATE), Segments(RATE)
        for first in range(0, len(sound), block_size):
            silence.add(sound[first : first + block_size])
            kept.add(sound[first : first + block_size])
        silences.append(silence.peaks())
        segments.append([(one.start, one.sound.tobytes()) for one in kept.best()])

    assert np.array_equal(*silences)
    assert segments[0] == segments[1]
    assert segments[0]


def test_memory_stays_bounded_however_long_the_track() -> None:
    kept = Segments(RATE)
    minute = np.full((60 * RATE, 1), 0.25)

    for _ in range(20):
        kept.add(minute)

    starts = [one.start for one in kept.best()]
    assert len(starts) <= 16
    assert all(start % 147 == 0 for start in starts)


def test_a_judgement_survives_the_way_out_of_the_sandbox() -> None:
    judgement = judged(quantized(SHORT * 4 - 0.02))

    read = Judgement.from_json(json.loads(json.dumps(judgement.to_json())))

    assert read == judgement
    assert read.findings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("findings", [{}] * 33),
        ("findings", [{"code": "steal"}]),
        ("loudness", []),
        ("sample_count", "1"),
        ("true_peak_dbtp", float("nan")),
        ("spectrum", {"name": "x", "x_unit": "", "y_unit": "", "x": [1] * 513, "y": [1] * 513}),
        ("suspicion", True),
    ],
)
def test_a_lying_child_is_refused(name: str, value: object, honest: Judgement) -> None:
    plain = honest.to_json()
    assert Judgement.from_json(plain) == honest

    with pytest.raises(ValueError, match=r"expected|points|valid"):
        Judgement.from_json({**plain, name: value})


def test_the_lying_child_gets_a_named_error() -> None:
    with pytest.raises(NotAJudgementError):
        Judgement.from_json(["nothing"])
