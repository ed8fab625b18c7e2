"""Makes a buyer's file from a master: cut, converted, encoded, tagged, always the same bytes."""

import base64
import binascii
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from pennywhistle.engines.audio import mp4, ogg, vorbis, wavpack
from pennywhistle.engines.audio.containers import sniff
from pennywhistle.engines.audio.conversion import Cut, Rendering, ahead, count_samples, render
from pennywhistle.engines.audio.decoding import open_audio, pack
from pennywhistle.engines.audio.flac import copy_flac, encode_flac
from pennywhistle.engines.audio.mp3 import Mp3Shape, encode_mp3
from pennywhistle.engines.audio.pcm import PcmShape, silent_wav, write_aiff, write_wav
from pennywhistle.engines.audio.recipes import Codec, Recipe
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.tagwriting import ape_tag, id3_tag

_moment_samples = 4096
_copy_bytes = 256 << 10
_piece_bytes = 64 << 10
_id3_minor, _old_id3_minor = 4, 3


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
        tags: of `Tags.to_json`; what the master says about itself is not taken over. Beside them
            `id3_minor`: 3 for players that know ID3v2.3 only; of MP3, WAV and AIFF.
        cover_b64: JPEG or PNG, base64; empty for none.
        cut: `start_ms`, `length_ms` and `fade_ms` (of both ends), each optional: a preview.

    Raises:
        AudioRefusedError: the source is no audio, or is shorter than it promises. Through the
            sandbox this is a FunctionFailedError with the same code and sentence.
    """
    parsed = Recipe.parse(recipe)
    if parsed.codec is Codec.ORIGINAL:
        return _copy(source, sink)
    job = _Job(parsed, Tags.from_json(tags), _read_cover(cover_b64), _read_minor(tags))
    wanted = Cut.from_json(cut or {})
    total = count_samples(source)
    md5 = _md5_of(source, parsed, wanted, total=total)
    with open_audio(source) as opened:
        rendering = render(opened, parsed, wanted, total=total)
        if parsed.streams:
            for chunk in _gathered(job.chunks(source, rendering, md5)):
                sink.write(chunk)
                sink.flush()
        else:
            mp4.encode_mp4(sink, rendering, parsed, job.tags, job.cover)
    shape = rendering.shape
    return {"sample_count": shape.sample_count, "sample_rate_hz": shape.sample_rate_hz}


def _gathered(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The first bytes at once, the others in larger pieces, since each passes several hands."""
    waiting: list[bytes] = []
    size_bytes = limit = 0
    for chunk in chunks:
        waiting.append(chunk)
        size_bytes += len(chunk)
        if size_bytes > limit:
            yield b"".join(waiting)
            waiting.clear()
            size_bytes, limit = 0, _piece_bytes
    yield b"".join(waiting)


def _copy(source: BinaryIO, sink: BinaryIO) -> dict[str, int]:
    """The supplier's file as it is: no tag is touched, so that its hash is the delivery's."""
    source.seek(0)
    while chunk := source.read(_copy_bytes):
        sink.write(chunk)
        sink.flush()
    return {}


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be made: recipe, tags, cover."""

    recipe: Recipe
    tags: Tags
    cover: bytes
    id3_minor: int

    def chunks(self, source: BinaryIO, rendering: Rendering, md5: bytes) -> Iterator[bytes]:
        """The file of a codec that streams."""
        match self.recipe.codec:
            case Codec.FLAC:
                return self._flac(source, rendering, md5)
            case Codec.OPUS:
                return ogg.encode_opus(rendering, self.recipe, self.tags, self.cover)
            case Codec.VORBIS:
                return vorbis.encode_vorbis(rendering, self.recipe, self.tags, self.cover)
            case Codec.WAVPACK:
                tag = ape_tag(self.tags, self.cover)
                frames = ahead(rendering.frames())
                return wavpack.encode_wavpack(frames, rendering.shape, self.recipe, tag)
            case _:
                return self._with_id3(rendering)

    def _flac(self, source: BinaryIO, rendering: Rendering, md5: bytes) -> Iterator[bytes]:
        opened = rendering.opened
        if rendering.is_verbatim:
            return copy_flac(source, opened.promise, self.tags, self.cover)
        described = (self.tags, self.cover)
        frames = ahead(rendering.frames())
        return encode_flac(frames, rendering.shape, md5, described, level=self.recipe.level)

    def _with_id3(self, rendering: Rendering) -> Iterator[bytes]:
        id3 = id3_tag(self.tags, self.cover, minor=self.id3_minor)
        if self.recipe.codec is Codec.WAV:
            return write_wav(rendering.shape, rendering.blocks(), id3)
        if self.recipe.codec is Codec.AIFF:
            return write_aiff(rendering.shape, rendering.blocks(), id3)
        return self._mp3(rendering, id3)

    def _mp3(self, rendering: Rendering, id3: bytes) -> Iterator[bytes]:
        shape = rendering.shape
        known = Mp3Shape(
            shape.sample_count,
            shape.sample_rate_hz,
            shape.channels,
            self.recipe.bitrate_kbps,
            quality=self.recipe.quality or 0,
            is_average=self.recipe.is_average,
        )
        yield id3
        yield from encode_mp3(known, ahead(rendering.blocks()))


def _read_cover(cover_b64: str) -> bytes:
    try:
        return base64.b64decode(cover_b64, validate=True)
    except binascii.Error as error:
        raise ValueError("The cover is not base64.") from error


def _read_minor(tags: Mapping[str, Any] | None) -> int:
    return _old_id3_minor if (tags or {}).get("id3_minor") == _old_id3_minor else _id3_minor


def _md5_of(source: BinaryIO, recipe: Recipe, wanted: Cut, *, total: int) -> bytes:
    """A first pass over the same samples, since FLAC's header comes before them."""
    digest = hashlib.md5(usedforsecurity=False)
    with open_audio(source) as opened:
        rendering = render(opened, recipe, wanted, total=total)
        if recipe.codec is not Codec.FLAC or rendering.is_verbatim:
            return b""
        if rendering.known_md5:
            return rendering.known_md5
        for block in rendering.blocks():
            digest.update(pack(block, rendering.shape.bits))
    return digest.digest()


def warm_up() -> None:
    """Make every library load what it loads late; the sandbox calls this before it locks."""
    shape = PcmShape(_moment_samples, 44_100, 2, 16)
    silence = silent_wav(shape)
    lossless = ("flac", "alac", "wav", "aiff", "wavpack")
    for name in (*lossless, "mp3-v0", "aac-128", "opus-64", "vorbis-q4"):
        made = io.BytesIO()
        encode(io.BytesIO(silence), made, recipe=name, tags={"title": "silence"})
        made.seek(0)
        if sniff(made.getvalue()) is None:
            continue
        encode(made, io.BytesIO(), recipe="wav", cut={"length_ms": 10, "fade_ms": 1})
