"""Known signals of EBU Tech 3341 and 3342, and what gain must do to loudness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import as_many
from pennywhistle.engines.audio.judgement import Judgement, judge_album
from pennywhistle.engines.audio.judgement.programme import Loudness, Programme, album_loudness
from pennywhistle.engines.audio.judgement.tests.pieces import Sound, judged, quantized, sine, song
from pennywhistle.engines.audio.judgement.true_peak import TruePeak, decibels
from pennywhistle.engines.audio.judgement.weighting import Weighting, coefficients


def measured(*parts: Sound, rate: int = 48_000) -> Loudness:
    programme = Programme(2, rate)
    for part in parts:
        programme.add(part)
    return programme.finish()


def peak_of(sound: Sound, *, rate: int = 48_000, size: int = 1_000) -> float:
    peak = TruePeak(2, rate)
    for first in range(0, len(sound), size):
        peak.add(sound[first : first + size])
    peak.finish()
    return decibels(peak.peak) or 0.0


@pytest.mark.parametrize(
    ("levels", "expected_lufs"),
    [
        ([(-23, 20)], -23.0),  # Tech 3341, case 1
        ([(-33, 20)], -33.0),  # case 2
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),  # case 3
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),  # case 4
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),  # case 5
    ],
)
def test_integrated_loudness_is_that_of_the_ebu_signals(
    levels: list[tuple[float, float]], expected_lufs: float
) -> None:
    loudness = measured(*(sine(seconds=s, dbfs=db) for db, s in levels))

    assert loudness.integrated_lufs == pytest.approx(expected_lufs, abs=0.1)


@pytest.mark.parametrize(
    ("levels", "expected_lu"),
    [([-20, -30], 10), ([-20, -15], 5), ([-40, -20], 20), ([-50, -35, -20, -35, -50], 15)],
)
def test_loudness_range_is_that_of_the_ebu_signals(levels: list[float], expected_lu: int) -> None:
    loudness = measured(*(sine(seconds=20, dbfs=db) for db in levels))

    assert loudness.range_lu == pytest.approx(expected_lu, abs=1)


@pytest.mark.parametrize(
    ("hz", "dbfs", "degrees", "expected_dbtp"),
    [
        (12_000, -6.02, 0, -6.0),  # Tech 3341, case 15
        (12_000, -6.02, 45, -6.0),  # case 16: the samples reach -9 only
        (8_000, -6.02, 60, -6.0),  # case 17
        (6_000, -6.02, 67.5, -6.0),  # case 18
        (12_000, 2.98, 45, 3.0),  # case 19
    ],
)
def test_true_peak_lies_between_the_samples(
    hz: float, dbfs: float, degrees: float, expected_dbtp: float
) -> None:
    sound = sine(seconds=0.5, dbfs=dbfs, hz=hz, phase=np.radians(degrees))
    fade = np.clip(np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / 2_000, 0, 1)

    peak = peak_of(sound * fade[:, None])

    assert expected_dbtp - 0.4 <= peak <= expected_dbtp + 0.2


@given(size=st.integers(1, 5_000))
@as_many(0.8)
def test_true_peak_does_not_depend_on_the_blocks(size: int) -> None:
    sound = song(seconds=0.1)

    assert peak_of(sound, size=size) == peak_of(sound, size=len(sound))


@given(gain_db=st.floats(-20, 6))
@as_many(0.4)
def test_gain_shifts_loudness_by_as_much(gain_db: float) -> None:
    sound = song(seconds=4)

    before = measured(sound, rate=44_100)
    after = measured(sound * 10 ** (gain_db / 20), rate=44_100)

    assert before.integrated_lufs is not None
    assert after.integrated_lufs == pytest.approx(before.integrated_lufs + gain_db, abs=0.011)
    assert after.range_lu == pytest.approx(before.range_lu, abs=0.011)


def test_replaygain_brings_every_track_to_the_same_loudness() -> None:
    assert measured(sine(seconds=5, dbfs=-23)).replaygain_db == pytest.approx(5.0, abs=0.1)


def test_an_album_is_measured_as_one_piece() -> None:
    loud, quiet = sine(seconds=30, dbfs=-20), sine(seconds=10, dbfs=-26)

    album = album_loudness([measured(loud), measured(quiet)])

    whole = measured(loud, quiet)
    assert whole.integrated_lufs == pytest.approx(album.integrated_lufs, abs=0.03)
    assert album.integrated_lufs != pytest.approx(-23, abs=0.5)


def test_an_album_of_one_track_is_that_track() -> None:
    track = judged(quantized(song(seconds=4)))

    album = judge_album([track])

    assert album.loudness.integrated_lufs == pytest.approx(
        track.loudness.integrated_lufs, abs=0.011
    )
    assert album.true_peak_dbtp == track.true_peak_dbtp


def test_weighting_at_48_khz_is_that_of_the_recommendation() -> None:
    shelf, high_pass = coefficients(48_000)

    # ITU-R BS.1770-5, annex 1, tables 1 and 2.
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585]
    )
    assert high_pass == pytest.approx([1, -2, 1, -1.99004745483398, 0.99007225036621])


@given(sizes=st.lists(st.integers(1, 3_000), min_size=1, max_size=12))
@as_many(0.3)
def test_weighting_is_the_recursion_whatever_the_pieces(sizes: list[int]) -> None:
    sound = song(seconds=0.5)[: sum(sizes)]
    weighting, powers, first = Weighting(2, 44_100), [], 0
    for size in sizes:
        powers.append(weighting.add(sound[first : first + size]))
        first += size
    powers.append(weighting.finish())

    expected = np.zeros(len(sound))
    for channel in (0, 1):
        values = sound[:, channel]
        for b0, b1, b2, a1, a2 in coefficients(44_100):
            out, late, later = np.zeros(len(values)), 0.0, 0.0
            for place, value in enumerate(values):
                out[place] = b0 * value + late
                late, later = b1 * value - a1 * out[place] + later, b2 * value - a2 * out[place]
            values = out
        expected += values**2
    assert np.concatenate(powers) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_tenths_of_a_second_add_up_where_they_are_no_whole_samples() -> None:
    quiet, loud = sine(seconds=3, dbfs=-40, rate=11_025), sine(seconds=20, dbfs=-23, rate=11_025)

    assert measured(quiet, loud, rate=11_025).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_silence_has_no_loudness() -> None:
    silence: Judgement = judged(np.zeros((44_100, 2), np.int16))

    assert silence.loudness == Loudness(None, None, ())
    assert judge_album([silence]).loudness.integrated_lufs is None
    assert silence.true_peak_dbtp is None
