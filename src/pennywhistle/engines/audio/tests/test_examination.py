"""What an examination finds in files whose content is known."""

import base64
import json

import numpy as np
import pytest

from pennywhistle.engines.audio import AudioRefusedError, Examination
from pennywhistle.engines.audio.tests.tones import (
    JPEG,
    TAGS,
    answer,
    cover_of,
    encoded,
    examined,
    music,
    sine,
    song,
    wav,
)

LOSSLESS = ["flac", "wav", "aiff", "alac"]
LOSSY = [("mp3-v0", "mp3", 44_100), ("aac-256", "aac", 44_100), ("opus-128", "opus", 48_000)]


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("recipe", LOSSLESS)
def test_lossless_files_are_measured_to_the_sample(recipe: str, channels: int, bits: int) -> None:
    master = examined(song(channels=channels, bits=bits))

    found = examined(encoded(song(channels=channels, bits=bits), recipe))

    assert found.lossless
    assert (found.sample_rate_hz, found.bits_per_sample) == (44_100, bits)
    assert (found.channels, found.sample_count, found.duration_ms) == (channels, 50_001, 1133)
    assert found.audio_md5 == master.audio_md5
    assert found.md5_checked == (recipe == "flac")
    assert found.peaks == master.peaks


@pytest.mark.parametrize(("recipe", "codec", "rate"), LOSSY)
def test_lossy_files_are_marked_as_such(recipe: str, codec: str, rate: int) -> None:
    found = examined(encoded(song(), recipe))

    assert (found.codec, found.lossless, found.bits_per_sample) == (codec, False, None)
    assert (found.audio_md5, found.md5_checked) == ("", False)
    assert found.sample_rate_hz == rate
    assert abs(found.duration_ms - 1133) <= 24  # one frame: AAC players do not cut the end


@pytest.mark.parametrize("rate", [8_000, 96_000, 192_000])
def test_unusual_rates_and_depths_are_read(rate: int) -> None:
    eight_bits = wav(music(sample_count=rate, rate=rate), rate=rate)

    assert examined(eight_bits).duration_ms == 1000


def test_a_stereo_sine_of_minus_23_decibels_has_minus_23_lufs() -> None:
    # EBU Tech 3341, minimum requirements, case 1.
    found = examined(wav(sine(seconds=20, level_db=-23), rate=48_000))

    assert found.loudness_lufs == pytest.approx(-23.0, abs=0.1)


def test_silence_has_no_loudness_and_a_flat_waveform() -> None:
    found = examined(wav(np.zeros((44_100, 2), np.int16)))

    assert found.loudness_lufs is None
    assert set(found.peaks) == {0}
    assert found.preview_start_ms == 0


def test_the_waveform_shows_where_it_is_loud() -> None:
    samples = np.concatenate((sine(seconds=2, level_db=-40), sine(seconds=2, level_db=0)))

    peaks = examined(wav(samples, rate=48_000)).peaks

    assert len(peaks) == 800
    assert max(peaks[:390]) == 3
    assert min(peaks[410:]) == 255


def test_the_shortest_file_has_one_peak() -> None:
    assert examined(wav(np.full((1, 2), -32_768, np.int16))).peaks == (255,)


def test_the_preview_is_the_loudest_half_minute_but_not_the_end() -> None:
    quiet = sine(seconds=20, level_db=-40)[:, :1]
    loud = sine(seconds=30, level_db=-12)[:, :1]
    middle = np.concatenate((quiet, loud, quiet))
    ending = np.concatenate((quiet, quiet, loud))

    assert abs(examined(wav(middle, rate=48_000)).preview_start_ms - 20_000) <= 200
    assert examined(wav(ending, rate=48_000)).preview_start_ms == 35_000


@pytest.mark.parametrize("recipe", [*LOSSLESS, "mp3-128", "aac-128"])
def test_tags_and_cover_are_read_as_they_were_written(recipe: str) -> None:
    cover_b64 = base64.b64encode(JPEG).decode()
    written = encoded(song(), recipe, tags=TAGS.to_json(), cover_b64=cover_b64)

    found = examined(written)

    assert found.tags == TAGS
    assert found.cover_type == "image/jpeg"
    assert cover_of(written) == JPEG


def test_an_answer_survives_json() -> None:
    written = answer(song())

    assert Examination.from_json(json.loads(json.dumps(written))).to_json() == written


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("container", "zip"),
        ("codec", 7),
        ("lossless", 1),
        ("sample_rate_hz", 0),
        ("sample_count", True),
        ("sample_count", 1 << 60),
        ("duration_ms", -1),
        ("loudness_lufs", "loud"),
        ("loudness_lufs", 1e300),
        ("peaks", [256]),
        ("peaks", [1.5]),
        ("peaks", [0] * 801),
        ("preview_start_ms", None),
    ],
)
def test_an_answer_with_a_wrong_field_is_no_examination(name: str, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - either of two, both a ValueError
        Examination.from_json({**answer(song()), name: value})


def test_an_answer_that_is_no_object_is_no_examination() -> None:
    with pytest.raises(ValueError, match="object"):
        Examination.from_json(["container"])


def test_tags_of_an_answer_are_cleaned() -> None:
    tags = {"title": "a\0b\n" + "x" * 1000, "artists": ["", "A", "A", 7], "track_number": -1}

    found = Examination.from_json({**answer(song()), "tags": tags}).tags

    assert found.title.startswith("a b x")
    assert len(found.title) == 500
    assert found.artists == ("A",)
    assert found.track_number is None


def test_a_refusal_comes_back_as_it_was_raised() -> None:
    with pytest.raises(AudioRefusedError) as caught:
        Examination.from_json({"refused": {"code": "too-long", "sentence": "Too long."}})

    assert (caught.value.code, caught.value.sentence) == ("too-long", "Too long.")
