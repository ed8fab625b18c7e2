"""How large a file becomes, to the byte and before it is made, where its form leaves no choice."""

from typing import Protocol

from pennywhistle.engines.audio.mp3 import Mp3Shape
from pennywhistle.engines.audio.pcm import PcmShape, write_aiff, write_wav
from pennywhistle.engines.audio.recipes import Codec, Recipe, output_bits, output_rate_hz
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.tagwriting import id3_tag

_writers = {Codec.WAV: write_wav, Codec.AIFF: write_aiff}


class Described(Protocol):
    """What is written into a file."""

    @property
    def tags(self) -> Tags: ...
    @property
    def id3_minor(self) -> int: ...


def has_known_size(recipe: Recipe) -> bool:
    """Whether `known_size` answers: WAV, AIFF, and MP3 of a constant rate."""
    if recipe.codec is Codec.MP3:
        return recipe.bitrate_kbps is not None and not recipe.is_average
    return recipe.codec in _writers


def known_size(recipe: Recipe, master: PcmShape, described: Described, cover: bytes) -> int | None:
    """Bytes of the file that `encode` makes, tags and cover included; None if it depends.

    Args:
        recipe: the form.
        master: as it was examined; `bits` are 0 if it is lossy.
        described: its tags.
        cover: JPEG or PNG; empty for none.
    """
    if not has_known_size(recipe):
        return None
    rate_hz = output_rate_hz(recipe.codec, master.sample_rate_hz)
    sample_count = -(-master.sample_count * rate_hz // master.sample_rate_hz)
    id3 = id3_tag(described.tags, cover, minor=described.id3_minor)
    if recipe.codec is Codec.MP3:
        mp3 = Mp3Shape(sample_count, rate_hz, master.channels, recipe.bitrate_kbps)
        return None if mp3.size_bytes is None else len(id3) + mp3.size_bytes
    bits = output_bits(recipe, master.bits)
    shape = PcmShape(sample_count, rate_hz, master.channels, bits)
    # All but the samples.
    around = _writers[recipe.codec](shape, iter(()), id3)
    return sum(map(len, around)) + shape.data_bytes
