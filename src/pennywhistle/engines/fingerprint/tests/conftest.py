"""Music to fingerprint: of the sample records, and a song that can be played again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from pennywhistle.engines.fingerprint import Fingerprint
from pennywhistle.interfaces.console.sample.music import STYLES

RATE_HZ = 44_100


@cache
def piece(style: str, seconds: float = 24.0) -> np.ndarray:
    """A piece of a sample record: (n, 2), floats."""
    return np.ascontiguousarray(STYLES[style].render(1, seconds).T)


@pytest.fixture(scope="session")
def music() -> Callable[[str], np.ndarray]:
    return piece


def made_up(number: int, *, peak_count: int = 24) -> Fingerprint:
    """A fingerprint of no music: peaks wherever chance puts them, eight a second."""
    chance = np.random.default_rng(number)
    duration_ticks = peak_count * 100 // 8
    ticks = np.sort(chance.integers(duration_ticks, size=peak_count)).astype(np.int32)
    return Fingerprint(
        ticks, chance.integers(3_000, size=peak_count).astype(np.uint16), duration_ticks
    )


@pytest.fixture(scope="session")
def any_fingerprint() -> Callable[..., Fingerprint]:
    return made_up


def tune(
    *,
    tempo: float = 1.0,
    overtones: tuple[float, ...] = (1, 0.5, 0.3),
    loose_s: float = 0.0,
    seed: int = 3,
) -> np.ndarray:
    """Twenty seconds of one song in four parts: how fast, on what, how freely it is played."""
    song, hands = np.random.default_rng(3), np.random.default_rng(seed)
    sound = np.zeros(int(21 * RATE_HZ / min(tempo, 1.0)) + RATE_HZ)
    for beat in range(40):
        for part in range(4):
            pitch_hz = 196 * 2 ** ((song.choice((0, 2, 4, 5, 7, 9, 11)) + 5 * part) / 12)
            at = int((beat * 0.5 / tempo + abs(hands.normal()) * loose_s) * RATE_HZ)
            instants = np.arange(int(0.6 * RATE_HZ)) / RATE_HZ
            swell = np.exp(-4 * instants) * np.minimum(instants / 0.01, 1)
            for number, level in enumerate(overtones, start=1):
                wave = np.sin(2 * np.pi * pitch_hz * number * instants) * swell
                sound[at : at + len(wave)] += level * wave * (0.7 + 0.3 * song.random())
    return sound.astype(np.float32)


@pytest.fixture(scope="session")
def song() -> Callable[..., np.ndarray]:
    return tune
