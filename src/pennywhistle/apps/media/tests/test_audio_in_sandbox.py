"""The sandbox with the functions that it is there for: audio from strangers."""

import base64
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pennywhistle.apps.media.hearing import Answer, hear
from pennywhistle.engines.audio import FAVORITES, AudioRefusedError, Recipe, encode, passage
from pennywhistle.engines.audio.tests.tones import JPEG, TAGS, encoded, save, song
from pennywhistle.engines.audio.tests.watching import watched
from pennywhistle.engines.audio.weighing import weigh
from pennywhistle.machine.sandbox import CallResult, FunctionFailedError, call, process, stream

ARGUMENTS = {"tags": TAGS.to_json(), "cover_b64": base64.b64encode(JPEG).decode()}


def heard(source: Path, *, seconds_max: float = 600) -> CallResult:
    """What the locked child answers of a file."""
    return call(hear, source=source, arguments={"seconds_max": seconds_max})


@pytest.mark.parametrize("recipe", FAVORITES, ids=lambda recipe: recipe.name)
def test_every_format_is_made_and_examined_in_the_locked_child(
    recipe: Recipe, tmp_path: Path
) -> None:
    master = save(tmp_path, "master", song(bits=24))
    arguments = {"recipe": recipe.name, **ARGUMENTS}

    with stream(encode, source=master, arguments=arguments, seekable=not recipe.streams) as chunks:
        made = b"".join(chunks)
    result = heard(save(tmp_path, "made", made))
    answer = Answer.read(result.value, result.attachment)

    assert made == encoded(song(bits=24), recipe.name, **ARGUMENTS)
    assert answer.examination.tags.title == TAGS.title
    assert answer.cover == JPEG
    assert answer.judgement.sample_count == answer.examination.sample_count
    assert answer.fingerprint.duration_ticks == answer.examination.duration_ms // 10


def test_mp3_leaves_before_the_track_is_finished(tmp_path: Path) -> None:
    master = save(tmp_path, "master", song(sample_count=44_100 * 60))

    with stream(encode, source=master, arguments={"recipe": "mp3-v0", **ARGUMENTS}) as chunks:
        first = next(chunks)
        rest = list(chunks)

    assert first.startswith(b"ID3")
    assert len(rest) > 10


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(passage, {"recipe": "opus-64", "start_ms": 0, "length_ms": 500}), (weigh, {})],
    ids=["passage", "weigh"],
)
def test_whatever_is_asked_first_finds_its_libraries_loaded(
    function: Callable[..., object], arguments: dict[str, object], tmp_path: Path
) -> None:
    process._stop()

    result = call(function, source=save(tmp_path, "master", song()), arguments=arguments)

    assert result.value


def test_a_refusal_crosses_as_an_answer(tmp_path: Path) -> None:
    result = heard(save(tmp_path, "a.flac", b"#EXTM3U\nhttp://127.0.0.1/a\n"))

    with pytest.raises(AudioRefusedError) as caught:
        Answer.read(result.value, result.attachment)
    assert caught.value.code == "unknown-format"


def test_a_refusal_while_encoding_crosses_with_its_code(tmp_path: Path) -> None:
    master = save(tmp_path, "master", song())
    arguments = {"recipe": "flac", "cut": {"start_ms": 60_000}}

    with pytest.raises(FunctionFailedError) as caught:
        call(encode, source=master, arguments=arguments)

    assert (caught.value.raised, caught.value.failure_code) == (
        "AudioRefusedError",
        "outside-the-track",
    )


def test_the_decoded_seconds_are_limited(tmp_path: Path) -> None:
    master = save(tmp_path, "master", song(sample_count=44_100 * 3))

    assert heard(master, seconds_max=2).value["refused"]["code"] == "too-long"


def test_a_playlist_reaches_neither_file_nor_network(tmp_path: Path) -> None:
    canary = save(tmp_path, "canary.wav", song())
    with socket.create_server(("127.0.0.1", 0)) as listener, watched(canary) as watch:
        port = listener.getsockname()[1]
        for text in (
            f"ffconcat version 1.0\nfile '{canary}'\n",
            f"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n",
        ):
            for start in (b"", b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF", b"\0\0\0\x18ftypM4A "):
                answer = heard(save(tmp_path, "evil.wav", start + text.encode()))
                assert "refused" in answer.value

        assert not watch.was_touched()
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_an_encoder_that_is_not_read_from_is_ended(tmp_path: Path) -> None:
    master = save(tmp_path, "master", song(sample_count=44_100 * 60))

    chunks = stream(encode, source=master, arguments={"recipe": "wav"})
    assert next(chunks)
    chunks.close()

    assert call(encode, source=master, arguments={"recipe": "wav"}).attachment.startswith(b"RIFF")
