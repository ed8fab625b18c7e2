"""Gains as players read them, in every format that is made."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.audio.gains import Gains, peak_of
from pennywhistle.engines.audio.tests.tones import encoded, song
from pennywhistle.engines.audio.untyped import ID3, MP4

GAINS = Gains(track_db=-7.03, track_peak=0.891251, album_db=-6.5, album_peak=1.023293)
TAGS = {"title": "Loud", "gains": {name: getattr(GAINS, name) for name in GAINS.__slots__}}
WRITTEN = {
    "REPLAYGAIN_TRACK_GAIN": "-7.03 dB",
    "REPLAYGAIN_TRACK_PEAK": "0.891251",
    "REPLAYGAIN_ALBUM_GAIN": "-6.50 dB",
    "REPLAYGAIN_ALBUM_PEAK": "1.023293",
}


def test_flac_carries_replaygain() -> None:
    made = encoded(song(), "flac", tags=TAGS)

    for name, value in WRITTEN.items():
        assert f"{name}={value}".encode() in made


def test_mp3_carries_replaygain() -> None:
    tag = ID3(io.BytesIO(encoded(song(), "mp3-128", tags=TAGS)))

    found = {frame.desc: frame.text[0] for frame in tag.getall("TXXX")}
    assert found == WRITTEN


def test_mp4_carries_replaygain() -> None:
    mp4 = MP4(io.BytesIO(encoded(song(), "aac-128", tags=TAGS)))

    for name, value in WRITTEN.items():
        assert bytes(mp4[f"----:com.apple.iTunes:{name.lower()}"][0]) == value.encode()


def test_opus_carries_its_own_gains_and_no_other() -> None:
    made = encoded(song(), "opus-64", tags=TAGS)

    # RFC 7845, section 5.2.1: five decibels below, in steps of 1/256: (-7.03 - 5) * 256.
    assert b"R128_TRACK_GAIN=-3080" in made
    assert b"R128_ALBUM_GAIN=-2944" in made
    assert b"REPLAYGAIN" not in made
    header = made.index(b"OpusHead")
    assert made[header + 16 : header + 18] == b"\0\0", "the gain of the header counts besides"


@pytest.mark.parametrize("recipe", ["flac", "mp3-128", "aac-128", "opus-64"])
def test_what_is_not_known_is_not_written(recipe: str) -> None:
    made = encoded(song(), recipe, tags={"title": "Old"})

    assert b"_GAIN" not in made.upper()
    assert b"_PEAK" not in made.upper()


@pytest.mark.parametrize("level", [None, 0.0, -1.5, 2.25])
def test_a_peak_is_a_share_of_full_scale(level: float | None) -> None:
    known = {None: None, 0.0: 1.0, -1.5: 0.841395, 2.25: 1.295687}

    assert peak_of(level) == known[level]


@given(st.floats(allow_nan=False, min_value=-100, max_value=100))
def test_opus_gains_are_whole_numbers_of_16_bits(gain_db: float) -> None:
    ((_, text),) = Gains(track_db=gain_db).r128()

    assert -(1 << 15) <= int(text) < 1 << 15
    assert abs(int(text) / 256 - (gain_db - 5)) <= 1 / 512


@pytest.mark.parametrize(
    "wrong", [None, [], "loud", {"track_db": "loud"}, {"track_db": True}, {"track_db": 1e9}]
)
def test_whatever_is_no_gain_is_left_out(wrong: object) -> None:
    assert Gains.from_json(wrong) == Gains()
