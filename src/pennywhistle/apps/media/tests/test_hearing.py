"""One pass over a file: all that it answers, checked like a stranger's word."""

import base64
import io
import json
import subprocess
import sys
from typing import Any

import pytest

from pennywhistle.apps.media.hearing import Answer, hear
from pennywhistle.engines.audio import AudioRefusedError, decoding
from pennywhistle.engines.audio.judgement import Code, judging
from pennywhistle.engines.audio.tests.tones import JPEG, encoded, music, song, wav
from pennywhistle.engines.fingerprint import extract


@pytest.fixture(autouse=True)
def origin_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for a codec's blocks takes a second for each file, and has tests of its own."""
    monkeypatch.setattr(judging, "find_traces", lambda *_: [])


def heard(content: bytes) -> tuple[Any, bytes]:
    """Value and attachment, the value as it comes through JSON."""
    sink = io.BytesIO()
    value = hear(io.BytesIO(content), sink, seconds_max=600)
    return json.loads(json.dumps(value, allow_nan=False)), sink.getvalue()


def test_a_file_is_decoded_once_for_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = []
    as_samples = decoding.as_samples
    monkeypatch.setattr(
        "pennywhistle.engines.audio.examining.as_samples",
        lambda frame, channels: frames.append(frame) or as_samples(frame, channels),
    )

    answer = Answer.read(*heard(encoded(song(sample_count=200_000), "flac")))

    assert sum(frame.samples for frame in frames) == 200_000
    assert answer.examination.sample_count == answer.judgement.sample_count == 200_000
    assert answer.examination.loudness_lufs == answer.judgement.loudness.integrated_lufs
    assert answer.fingerprint == extract(music(sample_count=200_000), 44_100)


def test_fingerprint_and_cover_share_the_attachment() -> None:
    cover_b64 = base64.b64encode(JPEG).decode()
    value, attachment = heard(encoded(song(), "flac", cover_b64=cover_b64))

    answer = Answer.read(value, attachment)

    assert answer.cover == JPEG
    assert answer.fingerprint.to_bytes() + JPEG == attachment


@pytest.mark.parametrize("seconds", [0, 1])
def test_what_is_too_short_or_silent_has_a_fingerprint_without_peaks(seconds: int) -> None:
    silence = music(sample_count=max(1, seconds * 44_100)) * 0

    answer = Answer.read(*heard(wav(silence)))

    assert answer.fingerprint.peak_count == 0
    assert [finding.code for finding in answer.judgement.findings] == [Code.SILENT]


def test_what_is_cut_is_refused_and_not_judged() -> None:
    whole = encoded(song(sample_count=200_000), "flac")

    value, attachment = heard(whole[: len(whole) // 2])

    assert (value["refused"]["code"], attachment) == ("incomplete-audio", b"")
    with pytest.raises(AudioRefusedError):
        Answer.read(value, attachment)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("examination", None),
        ("examination", {"container": "zip"}),
        ("judgement", None),
        ("judgement", {"findings": "none"}),
        ("judgement", {"findings": [], "bits_used": 10**400}),
        ("fingerprint_bytes", None),
        ("fingerprint_bytes", True),
        ("fingerprint_bytes", 0),
        ("fingerprint_bytes", -1),
        ("fingerprint_bytes", 24),
        ("fingerprint_bytes", 1 << 30),
    ],
)
def test_an_answer_with_a_wrong_part_is_none(name: str, wrong: object) -> None:
    value, attachment = heard(song())

    with pytest.raises(ValueError):  # noqa: PT011 - one of several, all of them a ValueError
        Answer.read({**value, name: wrong}, attachment)


@pytest.mark.parametrize("value", [None, [], "examination", 7])
def test_an_answer_that_is_no_object_is_none(value: object) -> None:
    with pytest.raises(ValueError, match="object"):
        Answer.read(value, b"")


def test_the_locked_child_needs_no_framework() -> None:
    code = (
        "import sys; from pennywhistle.apps.media import hearing; hearing.warm_up(); "
        "sys.exit('django' in sys.modules or 'psycopg' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
