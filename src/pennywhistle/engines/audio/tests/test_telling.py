"""The preview is what comes back, from where it begins: never silence, nor merely what is loud."""

from __future__ import annotations

import time
import tracemalloc
from functools import cache

import numpy as np
import pytest

from pennywhistle.engines.audio.telling import Floats, Telling

RATE_HZ = 16_000
SECTION_S = 24
CHORD_S = 2
CHORDS = {
    "A": [(220, 262, 330), (175, 220, 262), (262, 330, 392), (196, 247, 294)],
    "B": [(147, 185, 220), (233, 294, 349), (196, 233, 294), (220, 277, 330)],
    "C": [(311, 370, 466), (277, 349, 415), (208, 262, 311), (247, 311, 370)],
}
VOICE_COUNT = {"A": 3, "B": 6, "C": 2}


@cache
def a_section(name: str, *, gain: float, seed: int) -> Floats:
    """Chords and a beat, never played the same way twice."""
    random = np.random.default_rng(seed)
    time_s = np.arange(CHORD_S * RATE_HZ) / RATE_HZ
    bars = []
    for number in range(SECTION_S // CHORD_S):
        bar = 0.05 * random.standard_normal(len(time_s)) * np.exp(-20 * (time_s % 0.5))
        for pitch in CHORDS[name][number % 4]:
            for voice in range(1, VOICE_COUNT[name] + 1):
                phase = random.uniform(0, 2 * np.pi)
                bar += np.sin(2 * np.pi * pitch * voice * time_s + phase) / voice
        bars.append(bar * np.exp(-time_s) * gain / 4)
    return np.concatenate(bars)


def a_song(form: str, **gains: float) -> Floats:
    """Sections one behind the other; `-` is silence."""
    return np.concatenate(
        [
            np.zeros(SECTION_S * RATE_HZ)
            if name == "-"
            else a_section(name, gain=gains.get(name, 0.2), seed=number)
            for number, name in enumerate(form)
        ]
    )


def start_s(song: Floats, *, rate_hz: int = RATE_HZ, block: int = 40_000) -> float:
    telling = Telling(rate_hz)
    for first in range(0, len(song), block):
        telling.add(song[first : first + block, None].astype(np.float32))
    return telling.start_ms() / 1000


@pytest.mark.parametrize(
    ("form", "gains", "begins_s"),
    [
        ("ABABCB", {}, (24, 72, 120)),
        # The loudest is a solo, and comes once.
        ("ABABCB", {"C": 0.4}, (24, 72)),
        ("ABABCB", {"B": 0.14}, (24, 72)),
        ("CABABAB", {"B": 0.3}, (48, 96)),
        ("ABAB", {"B": 0.3}, (24, 72)),
        # Nothing comes back: the loudest.
        ("ACB", {"C": 0.4}, (24,)),
        # Thirty seconds from B on would end in silence.
        ("-AB-", {"B": 0.3}, (24,)),
    ],
    ids=["song", "loud-solo", "quiet-chorus", "intro", "pairs", "through-composed", "silences"],
)
def test_it_begins_where_what_comes_back_begins(
    form: str, gains: dict[str, float], begins_s: tuple[int, ...]
) -> None:
    found = start_s(a_song(form, **gains))

    assert min(abs(found - each) for each in begins_s) < 0.1


def test_the_blocks_in_which_it_comes_make_no_difference() -> None:
    song = a_song("ABAB", B=0.3)

    assert start_s(song, block=4_567) == start_s(song, block=len(song))


def test_it_begins_just_before_a_note() -> None:
    song = a_song("ABABCB", C=0.4)

    begin = round(start_s(song) * RATE_HZ)

    just_before = np.abs(song[begin - RATE_HZ // 100 : begin]).max()
    just_after = np.abs(song[begin : begin + RATE_HZ // 20]).max()
    assert just_after > 3 * just_before


def test_it_never_begins_in_silence() -> None:
    loud = a_section("B", gain=0.4, seed=1)
    song = np.concatenate([np.zeros(61 * RATE_HZ), loud, np.zeros(100 * RATE_HZ)])

    assert 60.9 < start_s(song) < 62


@pytest.mark.parametrize("seconds", [0.1, 5, 29.9, 30])
def test_what_is_no_longer_than_the_preview_begins_at_its_beginning(seconds: float) -> None:
    noise = np.random.default_rng(3).standard_normal(round(seconds * RATE_HZ)) / 8

    assert start_s(noise) == 0


@pytest.mark.parametrize("seconds", [30.1, 31, 34, 36, 40])
def test_it_ends_before_the_music_does(seconds: float) -> None:
    noise = np.random.default_rng(3).standard_normal(round(seconds * RATE_HZ)) / 8

    assert 0 <= start_s(noise) <= max(seconds - 35, 0)


def test_nothing_begins_at_the_beginning() -> None:
    assert Telling(44_100).start_ms() == 0
    assert start_s(np.zeros(RATE_HZ * 60)) == 0


def test_whole_numbers_of_two_channels_are_heard_like_floats() -> None:
    song = a_song("ABAB", B=0.3)
    telling = Telling(RATE_HZ)
    telling.add(np.repeat(np.round(song * 32_767).astype(np.int16)[:, None], 2, axis=1))

    assert telling.start_ms() / 1000 == pytest.approx(start_s(song), abs=0.05)


def test_half_an_hour_costs_seconds_and_little_memory() -> None:
    minute = np.random.default_rng(5).standard_normal((60 * 8_000, 1)).astype(np.float32) / 8
    tracemalloc.start()
    telling = Telling(8_000)
    began = time.process_time()
    for _ in range(30):
        telling.add(minute)
    held_bytes = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    found_ms = telling.start_ms()

    assert held_bytes < 30 * 60 * 1_000 + len(minute) * 8
    assert 0 <= found_ms <= 30 * 60_000 - 35_000
    assert time.process_time() - began < 10
