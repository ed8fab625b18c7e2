"""Makes a buyer's file from a master: cut, converted, encoded, tagged, always the same bytes."""

import base64
import binascii
import hashlib
import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from pennywhistle.engines.audio import mp4, ogg
from pennywhistle.engines.audio.conversion import Cut, Rendering, ahead, count_samples, render
from pennywhistle.engines.audio.decoding import open_audio, pack
from pennywhistle.engines.audio.flac import copy_flac, encode_flac
from pennywhistle.engines.audio.mp3 import Mp3Shape, encode_mp3
from pennywhistle.engines.audio.pcm import PcmShape, silent_wav, write_aiff, write_wav
from pennywhistle.engines.audio.recipes import Codec, Recipe
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.tagwriting import id3_tag

_moment_samples = 4096


def encode(
    source: BinaryIO,
    sink: BinaryIO,
    *,
    recipe: str,
    tags: Mapping[str, Any] | None = None,
    cover_b64: str = "",
    cut: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Encode a master that was examined; answer what was written.

    Meant to run in the sandbox. The bytes depend on the arguments, the source and the versions in
    `Recipe.key`, on nothing else.

    Args:
        source: the master.
        sink: where the file goes, in order, unless `Recipe.streams` is False: then it must seek.
        recipe: a recipe's name.
        tags: of `Tags.to_json`; what the master says about itself is not taken over.
        cover_b64: JPEG or PNG, base64; empty for none.
        cut: `start_ms`, `length_ms` and `fade_ms` (of both ends), each optional: a preview.

    Raises:
        AudioRefusedError: the source is no audio, or is shorter than it promises. Through the
            sandbox this is a FunctionFailedError with the same code and sentence.
    """
    job = _Job(Recipe.parse(recipe), Tags.from_json(tags), _read_cover(cover_b64))
    wanted = Cut.from_json(cut or {})
    total = count_samples(source)
    md5 = _md5_of(source, job.recipe, wanted, total=total)
    with open_audio(source) as opened:
        rendering = render(opened, job.recipe, wanted, total=total)
        shape = rendering.shape
        if job.recipe.codec is Codec.FLAC and rendering.is_verbatim:
            chunks = copy_flac(source, opened.promise, job.tags, job.cover)
        elif job.recipe.codec is Codec.FLAC:
            chunks = encode_flac(rendering.frames(), shape, md5, job.tags, job.cover)
        elif job.recipe.streams:
            chunks = job.chunks(rendering)
        else:
            mp4.encode_mp4(sink, rendering, job.recipe, job.tags, job.cover)
            chunks = iter(())
        for chunk in chunks:
            sink.write(chunk)
            sink.flush()
    return {"sample_count": shape.sample_count, "sample_rate_hz": shape.sample_rate_hz}


class _Job:
    """What is to be made: recipe, tags, cover."""

    def __init__(self, recipe: Recipe, tags: Tags, cover: bytes) -> None:
        self.recipe = recipe
        self.tags = tags
        self.cover = cover

    def chunks(self, rendering: Rendering) -> Iterator[bytes]:
        """The file of a codec that streams, FLAC apart."""
        shape = rendering.shape
        if self.recipe.codec is Codec.OPUS:
            return ogg.encode_opus(rendering, self.recipe, self.tags, self.cover)
        id3 = id3_tag(self.tags, self.cover)
        if self.recipe.codec is Codec.WAV:
            return write_wav(shape, rendering.blocks(), id3)
        if self.recipe.codec is Codec.AIFF:
            return write_aiff(shape, rendering.blocks(), id3)
        return self._mp3(rendering, id3)

    def _mp3(self, rendering: Rendering, id3: bytes) -> Iterator[bytes]:
        shape = rendering.shape
        known = Mp3Shape(
            shape.sample_count, shape.sample_rate_hz, shape.channels, self.recipe.bitrate_kbps
        )
        yield id3
        yield from encode_mp3(known, ahead(rendering.blocks()))


def _read_cover(cover_b64: str) -> bytes:
    try:
        return base64.b64decode(cover_b64, validate=True)
    except binascii.Error as error:
        raise ValueError("The cover is not base64.") from error


def _md5_of(source: BinaryIO, recipe: Recipe, wanted: Cut, *, total: int) -> bytes:
    """A first pass over the same samples, since FLAC's header comes before them."""
    digest = hashlib.md5(usedforsecurity=False)
    with open_audio(source) as opened:
        rendering = render(opened, recipe, wanted, total=total)
        if recipe.codec is not Codec.FLAC or rendering.is_verbatim:
            return b""
        for block in rendering.blocks():
            digest.update(pack(block, rendering.shape.bits))
    return digest.digest()


def warm_up() -> None:
    """Make every library load what it loads late; the sandbox calls this before it locks."""
    shape = PcmShape(_moment_samples, 44_100, 2, 16)
    silence = silent_wav(shape)
    for name in ("flac", "alac", "wav", "aiff", "mp3-v0", "aac-128", "opus-64"):
        made = io.BytesIO()
        encode(io.BytesIO(silence), made, recipe=name, tags={"title": "silence"})
        made.seek(0)
        encode(made, io.BytesIO(), recipe="wav", cut={"length_ms": 10, "fade_ms": 1})
