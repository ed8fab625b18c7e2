"""What a file says of its size at its beginning is its size at the end."""

import base64
import io
from typing import NamedTuple

import pytest

from pennywhistle.engines.audio import Recipe, Tags, encode
from pennywhistle.engines.audio.foretold import TooEarlyError, foretold_size
from pennywhistle.engines.audio.known_sizes import known_size
from pennywhistle.engines.audio.pcm import PcmShape, silent_wav

COVER = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(70_000)).decode()


def shape(channels: int) -> PcmShape:
    return PcmShape(44_100 * 2 + 17, 44_100, channels, 16)


def made(recipe: str, *, channels: int, cover: str) -> bytes:
    source = io.BytesIO(silent_wav(shape(channels)))
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


class Described(NamedTuple):
    tags: Tags
    id3_minor: int = 4


@pytest.mark.parametrize("cover", ["", COVER])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("recipe", ["wav", "wav-24", "aiff", "mp3-320", "mp3-128", "mp3-32"])
def test_the_beginning_tells_the_size(recipe: str, channels: int, cover: str) -> None:
    content = made(recipe, channels=channels, cover=cover)

    assert told(content) == len(content)

    described, picture = Described(Tags(title="Größe")), base64.b64decode(cover)
    assert known_size(Recipe.parse(recipe), shape(channels), described, picture) == len(content)


@pytest.mark.parametrize("recipe", ["wav", "aiff", "mp3-192"])
def test_depth_rate_and_old_tags_are_counted_too(recipe: str) -> None:
    studio = PcmShape(96_000 + 11, 96_000, 1, 24)
    sink = io.BytesIO()
    tags = Tags(title="Ein langer Titel", artists=("A", "B"))
    written = {**tags.to_json(), "id3_minor": 3}
    encode(io.BytesIO(silent_wav(studio)), sink, recipe=recipe, tags=written)

    size_bytes = known_size(Recipe.parse(recipe), studio, Described(tags, 3), b"")
    assert size_bytes == len(sink.getvalue())


@pytest.mark.parametrize("recipe", ["mp3-v0", "mp3-abr-190", "flac", "opus-128", "alac"])
def test_of_a_size_that_nobody_knows_nothing_is_told(recipe: str) -> None:
    assert told(made(recipe, channels=2, cover="")) is None
    assert known_size(Recipe.parse(recipe), shape(2), Described(Tags()), b"") is None
