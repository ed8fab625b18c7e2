"""The fingerprint of a sound: the same for the same sound, whatever its level, rate and pieces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pennywhistle.engines.fingerprint import (
    BadFingerprintError,
    BadSamplesError,
    Extraction,
    Fingerprint,
    compare,
    extract,
)

RATE_HZ = 44_100
Music = Callable[[str], np.ndarray]


def test_the_same_sound_has_the_same_bytes(music: Music) -> None:
    first, again = (extract(music("folk"), RATE_HZ).to_bytes() for _ in range(2))

    assert first == again
    assert 10 * 24 < len(first) < 60 * 24


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=8))
def test_it_does_not_matter_in_which_pieces_the_sound_comes(sizes: list[int]) -> None:
    sound = np.random.default_rng(1).standard_normal((15 * 11_025, 2)).astype(np.float32)
    extraction, at = Extraction(11_025), 0
    for size in sizes:
        extraction.add(sound[at : at + size])
        at += size
    extraction.add(sound[at:])

    assert extraction.finish() == extract(sound, 11_025)


@pytest.mark.parametrize("exponent", [-12, -3, 1, 9])
def test_a_gain_by_a_power_of_two_changes_nothing_at_all(music: Music, exponent: int) -> None:
    sound = music("chip").astype(np.float32)

    assert extract(sound * np.float32(2.0**exponent), RATE_HZ) == extract(sound, RATE_HZ)


def test_any_other_gain_changes_nearly_nothing(music: Music) -> None:
    sound = music("chip").astype(np.float32)

    match = compare(extract(sound * np.float32(0.137), RATE_HZ), extract(sound, RATE_HZ))

    assert match.is_copy
    assert match.score > 0.99


@pytest.mark.parametrize("channels", ["left only", "turned upside down on the right", "swapped"])
def test_channels_may_be_tampered_with(music: Music, channels: str) -> None:
    sound = music("folk").astype(np.float32)
    left, right = sound[:, 0], sound[:, 1]
    changed = {
        "left only": left,
        "turned upside down on the right": np.stack((left, -right), axis=1),
        "swapped": np.stack((right, left), axis=1),
    }[channels]

    assert compare(extract(changed, RATE_HZ), extract(sound, RATE_HZ)).is_copy


def test_integers_and_floats_of_one_sound_agree(music: Music) -> None:
    sound = np.round(music("folk") * 20_000)

    assert extract(sound.astype(np.int16), RATE_HZ) == extract(sound.astype(np.float32), RATE_HZ)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 32_000, 48_000, 96_000, 192_000])
def test_other_rates_give_nearly_the_same(rate_hz: int, song: Callable[..., np.ndarray]) -> None:
    sound = song()
    instants = np.arange(0, len(sound) - 1, RATE_HZ / rate_hz)
    resampled = np.interp(instants, np.arange(len(sound)), sound)

    match = compare(extract(resampled, rate_hz), extract(sound, RATE_HZ))

    assert match.is_copy
    assert match.score > 0.85
    assert match.offset_s == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(
    ("sound", "duration_s"),
    [
        (np.zeros(0), 0.0),
        (np.zeros(100), 0.0),
        (np.zeros((441_000, 2), np.int16), 10.0),
    ],
)
def test_silence_has_no_peaks(sound: np.ndarray, duration_s: float) -> None:
    made = extract(sound, RATE_HZ)

    assert made.duration_s == duration_s
    assert made.peak_count == 0
    assert Fingerprint.from_bytes(made.to_bytes()) == made
    assert not compare(made, made).is_copy


@pytest.mark.parametrize(
    ("sound", "rate_hz"),
    [
        (np.zeros((10, 3)), RATE_HZ),
        (np.zeros((10, 2, 1)), RATE_HZ),
        (np.full(10, np.nan), RATE_HZ),
        (np.full(10, np.inf, np.float32), RATE_HZ),
        (np.zeros(10), 7_999),
        (np.zeros(10), 400_000),
    ],
)
def test_what_is_no_sound_is_refused(sound: np.ndarray, rate_hz: int) -> None:
    with pytest.raises(BadSamplesError):
        extract(sound, rate_hz)


@given(st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 3_071)), max_size=60))
def test_bytes_and_back_is_the_same_fingerprint(peaks: list[tuple[int, int]]) -> None:
    peaks.sort()
    ticks = np.array([tick for tick, _ in peaks], np.int32)
    pitches = np.array([pitch for _, pitch in peaks], np.uint16)
    made = Fingerprint(ticks, pitches, 90_000)

    read = Fingerprint.from_bytes(made.to_bytes())

    assert read == made
    assert hash(read) == hash(made)
    assert read.ticks.tolist() == ticks.tolist()
    assert read.pitches.tolist() == pitches.tolist()


def test_every_flipped_byte_and_every_cut_is_noticed(
    any_fingerprint: Callable[..., Fingerprint],
) -> None:
    data = any_fingerprint(1).to_bytes()

    for at in (*range(6), *range(12, len(data))):
        with pytest.raises(BadFingerprintError):
            Fingerprint.from_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        with pytest.raises(BadFingerprintError):
            Fingerprint.from_bytes(data[:at])


def test_more_peaks_than_any_sound_has_are_refused() -> None:
    crowd = Fingerprint(np.zeros(1_000, np.int32), np.zeros(1_000, np.uint16), 100)

    with pytest.raises(BadFingerprintError, match="contradicts"):
        Fingerprint.from_bytes(crowd.to_bytes())
