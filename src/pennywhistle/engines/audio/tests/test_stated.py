"""What a file says of its length is compared with what it plays."""

import io

import pytest
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TLEN

from pennywhistle.engines.audio import examine
from pennywhistle.engines.audio.judgement.findings import Code, Finding, Severity
from pennywhistle.engines.audio.stated import parse_length_ms
from pennywhistle.engines.audio.tests.tones import encoded, song

SECONDS = 6
SAMPLES = 44_100 * SECONDS


def differing(content: bytes) -> list[Finding]:
    """What the judge says of the length."""
    found = examine(io.BytesIO(content)).judgement.findings
    return [each for each in found if each.code is Code.DURATION_DIFFERS]


def with_length(content: bytes, text: str) -> bytes:
    """A FLAC file that says so of itself."""
    file = io.BytesIO(content)
    tags = FLAC(file)
    tags["LENGTH"] = text
    file.seek(0)
    tags.save(file)
    return file.getvalue()


@pytest.mark.parametrize("recipe", ["flac", "wav", "aiff", "alac", "mp3-v0", "aac-256", "opus-128"])
def test_what_a_file_says_by_itself_is_what_it_plays(recipe: str) -> None:
    assert differing(encoded(song(sample_count=SAMPLES), recipe)) == []


@pytest.mark.parametrize(("text", "longer_s"), [("0:03", 3.0), ("20000", -14.0), ("7", -1.0)])
def test_a_tag_that_says_another_length_is_told(text: str, longer_s: float) -> None:
    flac = encoded(song(sample_count=SAMPLES), "flac")

    found = differing(with_length(flac, text))

    if abs(longer_s) > 1:
        (one,) = found
        assert (one.severity, one.value) == (Severity.WARNING, pytest.approx(longer_s, abs=0.01))
    else:
        assert found == []


def test_a_frame_of_id3_counts_milliseconds() -> None:
    file = io.BytesIO(encoded(song(sample_count=SAMPLES), "mp3-v0"))
    frames = ID3(file)
    frames.add(TLEN(encoding=3, text="9500"))
    file.seek(0)
    frames.save(file)

    (found,) = differing(file.getvalue())

    assert found.value == pytest.approx(-3.5, abs=0.1)


@pytest.mark.parametrize("channels", [1, 2])
def test_an_mp3_that_was_cut_plays_less_than_its_first_frame_says(channels: int) -> None:
    content = encoded(song(sample_count=SAMPLES, channels=channels), "mp3-128")

    (found,) = differing(content[: len(content) // 2])

    assert found.value == pytest.approx(-SECONDS / 2, abs=0.3)


@pytest.mark.parametrize(
    ("text", "is_milliseconds", "length_ms"),
    [
        ("245000", True, 245_000),
        ("245000", False, 245_000),
        ("9500", True, 9_500),
        # Ten seconds or three hours.
        ("9500", False, None),
        ("245", True, 245_000),
        ("245.3", False, 245_000),
        ("4:05", False, 245_000),
        ("1:04:05", False, 3_845_000),
        ("", True, None),
        ("0", True, None),
        ("0:00", True, None),
        ("four minutes", True, None),
        ("٣٤٥", True, None),
        ("-5", True, None),
        ("9" * 13, True, None),
        ("1:2:3:4", False, None),
    ],
)
def test_lengths_are_read_as_they_are_written(
    text: str, length_ms: int | None, *, is_milliseconds: bool
) -> None:
    assert parse_length_ms(text, is_milliseconds=is_milliseconds) == length_ms
