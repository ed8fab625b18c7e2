"""A copy is told from a cover and from other music, and placed to the hundredth of a second."""

from __future__ import annotations

import io
from collections.abc import Callable

import av
import lameenc
import numpy as np
import pytest

from pennywhistle.engines.fingerprint import compare, extract

pytestmark = pytest.mark.drill

RATE_HZ = 44_100
Music = Callable[[str], np.ndarray]
Song = Callable[..., np.ndarray]


def as_int16(sound: np.ndarray) -> np.ndarray:
    return np.round(sound / np.abs(sound).max() * 25_000).astype(np.int16)


def mp3_64(sound: np.ndarray) -> np.ndarray:
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(64)
    encoder.set_in_sample_rate(RATE_HZ)
    encoder.set_channels(2)
    encoder.silence()
    return decoded(bytes(encoder.encode(as_int16(sound).tobytes()) + encoder.flush()))


def opus_48(sound: np.ndarray) -> np.ndarray:
    made = io.BytesIO()
    with av.open(made, "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=48_000, layout="stereo", bit_rate=48_000)
        frame = av.AudioFrame.from_ndarray(as_int16(sound).reshape(1, -1), "s16", "stereo")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler("s16", "stereo", 48_000, 960)
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(resampled))
        file.mux(stream.encode(None))
    return decoded(made.getvalue())


def decoded(data: bytes) -> np.ndarray:
    resampler = av.AudioResampler("s16", "stereo", RATE_HZ)
    with av.open(io.BytesIO(data)) as file:
        frames = [made for frame in file.decode(audio=0) for made in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames])


def at_speed(sound: np.ndarray, speed: float) -> np.ndarray:
    instants = np.arange(0, len(sound) - 1, speed)
    whole = np.arange(len(sound))
    return np.stack([np.interp(instants, whole, channel) for channel in sound.T], axis=1)


def noisy(sound: np.ndarray) -> np.ndarray:
    level = np.sqrt(np.mean(sound**2)) * 10 ** (-10 / 20)
    return sound + level * np.random.default_rng(2).standard_normal(sound.shape)


@pytest.mark.parametrize("style", ["folk", "chip", "dub"])
@pytest.mark.parametrize("damage", [mp3_64, opus_48, noisy], ids=lambda damage: damage.__name__)
def test_a_damaged_copy_is_a_copy(
    music: Music, style: str, damage: Callable[[np.ndarray], np.ndarray]
) -> None:
    original = music(style)

    match = compare(extract(damage(original), RATE_HZ), extract(original, RATE_HZ))

    assert match.is_copy
    assert match.length_s > 18
    assert match.speed == pytest.approx(1, abs=0.001)
    # MP3 encoders and decoders put some silence in front.
    assert match.offset_s == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize("start_s", [0.0, 3.33, 12.017])
def test_ten_seconds_are_found_where_they_are_from(music: Music, start_s: float) -> None:
    original = music("folk")
    start = round(start_s * RATE_HZ)

    match = compare(
        extract(original[start : start + 10 * RATE_HZ], RATE_HZ), extract(original, RATE_HZ)
    )

    assert match.is_copy
    assert match.offset_s == pytest.approx(start_s, abs=0.02)
    assert match.length_s > 8


def test_the_whole_in_an_excerpt_begins_before_it(music: Music) -> None:
    original = music("folk")

    match = compare(
        extract(original, RATE_HZ), extract(original[5 * RATE_HZ : 17 * RATE_HZ], RATE_HZ)
    )

    assert match.is_copy
    assert match.offset_s == pytest.approx(-5, abs=0.02)
    assert match.start_s == pytest.approx(5, abs=1.5)


@pytest.mark.parametrize("speed", [0.98, 0.985, 0.993, 1.007, 1.015, 1.02])
def test_a_change_of_speed_is_measured(music: Music, speed: float) -> None:
    original = music("chip")

    match = compare(extract(at_speed(original, speed), RATE_HZ), extract(original, RATE_HZ))

    assert match.is_copy
    assert match.speed == pytest.approx(speed, abs=0.001)
    assert match.pitch == pytest.approx(speed, abs=0.002)


def test_the_same_either_way_around(music: Music) -> None:
    original, part = (extract(sound, RATE_HZ) for sound in (music("dub"), music("dub")[220_500:]))

    there, back = compare(part, original), compare(original, part)

    assert there.offset_s == pytest.approx(-back.offset_s, abs=0.02)
    assert there.score == pytest.approx(back.score, abs=0.05)


def test_other_music_is_no_copy(music: Music) -> None:
    made = {style: extract(music(style), RATE_HZ) for style in ("folk", "chip", "dub", "jazz")}

    for one, first in made.items():
        for other, second in made.items():
            assert compare(first, second).is_copy == (one == other)


@pytest.mark.parametrize(
    "manner",
    [
        {"tempo": 1.06},
        {"tempo": 0.95},
        {"tempo": 0.98, "loose_s": 0.03},
        {"loose_s": 0.04, "seed": 6},
        {"overtones": (1, 0, 0.5, 0, 0.4), "loose_s": 0.03, "seed": 4},
        {"tempo": 1.01, "overtones": (0.4, 1, 0.2, 0.6), "loose_s": 0.02, "seed": 5},
    ],
)
def test_the_same_song_played_again_is_a_cover_and_no_copy(song: Song, manner: dict) -> None:
    recording, cover = extract(song(), RATE_HZ), extract(song(**manner), RATE_HZ)

    assert compare(recording, recording).is_copy
    match = compare(cover, recording)
    assert not match.is_copy, match
