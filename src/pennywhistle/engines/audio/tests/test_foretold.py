"""What a file says of its size at its beginning is its size at the end."""

import base64
import io

import pytest

from pennywhistle.engines.audio import encode
from pennywhistle.engines.audio.foretold import TooEarlyError, foretold_size
from pennywhistle.engines.audio.pcm import PcmShape, silent_wav

COVER = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(70_000)).decode()


def made(recipe: str, *, channels: int, cover: str) -> bytes:
    source = io.BytesIO(silent_wav(PcmShape(44_100 * 2 + 17, 44_100, channels, 16)))
    sink = io.BytesIO()
    encode(source, sink, recipe=recipe, tags={"title": "Größe"}, cover_b64=cover)
    return sink.getvalue()


def told(content: bytes) -> int | None:
    """Ask as a follower does, with ever more of the file there."""
    written = 1
    while True:
        try:
            return foretold_size(lambda start, end: content[start:end], written_bytes=written)
        except TooEarlyError as error:
            needed = error.needed_bytes
        assert written < needed <= len(content)
        written = needed


@pytest.mark.parametrize("cover", ["", COVER])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("recipe", ["wav", "aiff", "mp3-320", "mp3-128", "mp3-32"])
def test_the_beginning_tells_the_size(recipe: str, channels: int, cover: str) -> None:
    content = made(recipe, channels=channels, cover=cover)

    assert told(content) == len(content)


@pytest.mark.parametrize("recipe", ["mp3-v0", "flac", "opus-128", "alac"])
def test_of_a_size_that_nobody_knows_nothing_is_told(recipe: str) -> None:
    assert told(made(recipe, channels=2, cover="")) is None
