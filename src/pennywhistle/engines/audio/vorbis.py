"""Writes Ogg Vorbis (Vorbis I specification, section 4.2 and appendix A) with libvorbis.

The encoder is that of libsndfile, which draws its stream's number by chance and writes a comment of
its own; both are replaced, so that the bytes follow from the music alone.
"""

import io
from collections.abc import Iterator
from typing import Any

import soundfile

from pennywhistle.engines.audio.conversion import Rendering, ahead
from pennywhistle.engines.audio.ogg_pages import Page, Reader, paginate
from pennywhistle.engines.audio.recipes import Recipe
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.tagwriting import vorbis_stream_comment

_serial = 1
_quality_max = 10
_header_packets = 3


def encode_vorbis(
    rendering: Rendering, recipe: Recipe, tags: Tags, cover: bytes
) -> Iterator[bytes]:
    """Yield the file as it grows; its last position is the exact number of samples."""
    assert recipe.quality is not None
    pages = _Pages(vorbis_stream_comment(tags, cover))
    grown = _Grown()
    file = soundfile.SoundFile(
        grown,
        "w",
        samplerate=rendering.shape.sample_rate_hz,
        channels=rendering.shape.channels,
        format="OGG",
        subtype="VORBIS",
        compression_level=1 - recipe.quality / _quality_max,
    )
    with file:
        for block in ahead(rendering.blocks()):
            file.write(block)
            yield pages.take(grown.take())
    yield pages.take(grown.take())


class _Pages:
    """Puts our comment in the encoder's place, and numbers the pages anew."""

    def __init__(self, comment: bytes) -> None:
        self._comment = comment
        self._reader = Reader()
        self._headers: list[bytes] = []
        self._is_open_packet = False
        self._number = 0

    def take(self, content: bytes) -> bytes:
        return b"".join(
            written for page in self._reader.feed(content) for written in self._pass_on(page)
        )

    def _pass_on(self, page: Page) -> Iterator[bytes]:
        if self._number:
            yield self._seal(page)
            return
        first, *rest = page.packets()
        if self._is_open_packet:
            self._headers[-1] += first
        else:
            self._headers.append(first)
        self._headers += rest
        self._is_open_packet = not page.ends_packet
        if len(self._headers) == _header_packets and not self._is_open_packet:
            identification, _, setup = self._headers
            for each in paginate([identification], is_first=True):
                yield self._seal(each)
            for each in paginate([self._comment, setup]):
                yield self._seal(each)

    def _seal(self, page: Page) -> bytes:
        sealed = page.sealed(serial=_serial, number=self._number)
        self._number += 1
        return sealed


class _Grown(io.RawIOBase):
    """A file that libsndfile only ever appends to, and whose bytes are taken away meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()
        self._position = 0

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        assert offset in {0, self._position} or whence != io.SEEK_SET
        return self._position

    def write(self, content: Any, /) -> int:  # noqa: ANN401 - a buffer of the library
        self._written += content
        self._position += len(content)
        return len(content)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken
