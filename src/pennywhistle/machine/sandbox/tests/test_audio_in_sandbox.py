"""The sandbox with the functions that it is there for: audio from strangers."""

import base64
import io
import socket
from pathlib import Path

import pytest

from pennywhistle.engines.audio import (
    FAVORITES,
    AudioRefusedError,
    Examination,
    Recipe,
    encode,
    examine,
)
from pennywhistle.engines.audio.tests.tones import JPEG, TAGS, encoded, save, song
from pennywhistle.engines.audio.tests.watching import watched
from pennywhistle.machine.sandbox import FunctionFailedError, call, stream

ARGUMENTS = {"tags": TAGS.to_json(), "cover_b64": base64.b64encode(JPEG).decode()}


@pytest.mark.parametrize("recipe", FAVORITES, ids=lambda recipe: recipe.name)
def test_every_format_is_made_and_examined_in_the_locked_child(
    recipe: Recipe, tmp_path: Path
) -> None:
    master = save(tmp_path, "master", song(bits=24))
    arguments = {"recipe": recipe.name, **ARGUMENTS}

    with stream(encode, source=master, arguments=arguments, seekable=not recipe.streams) as chunks:
        made = b"".join(chunks)
    examined = call(examine, source=save(tmp_path, "made", made))

    assert made == encoded(song(bits=24), recipe.name, **ARGUMENTS)
    assert Examination.from_json(examined.value).tags.title == TAGS.title
    assert examined.attachment == JPEG


def test_mp3_leaves_before_the_track_is_finished(tmp_path: Path) -> None:
    master = save(tmp_path, "master", song(sample_count=44_100 * 60))

    with stream(encode, source=master, arguments={"recipe": "mp3-v0", **ARGUMENTS}) as chunks:
        first = next(chunks)
        rest = list(chunks)

    assert first.startswith(b"ID3")
    assert len(rest) > 10


def test_a_refusal_crosses_as_an_answer(tmp_path: Path) -> None:
    answer = call(examine, source=save(tmp_path, "a.flac", b"#EXTM3U\nhttp://127.0.0.1/a\n"))

    with pytest.raises(AudioRefusedError) as caught:
        Examination.from_json(answer.value)
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

    answer = call(examine, source=master, arguments={"seconds_max": 2})

    assert answer.value["refused"]["code"] == "too-long"


def test_a_playlist_reaches_neither_file_nor_network(tmp_path: Path) -> None:
    canary = save(tmp_path, "canary.wav", song())
    with socket.create_server(("127.0.0.1", 0)) as listener, watched(canary) as watch:
        port = listener.getsockname()[1]
        for text in (
            f"ffconcat version 1.0\nfile '{canary}'\n",
            f"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n",
        ):
            for start in (b"", b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF", b"\0\0\0\x18ftypM4A "):
                answer = call(examine, source=save(tmp_path, "evil.wav", start + text.encode()))
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

    assert call(examine, source=master).value["sample_count"] == 44_100 * 60


def test_the_direct_and_the_sandboxed_answer_are_the_same(tmp_path: Path) -> None:
    content = encoded(song(), "flac", **ARGUMENTS)

    sandboxed = call(examine, source=save(tmp_path, "master", content))

    assert sandboxed.value == examine(io.BytesIO(content), io.BytesIO())
