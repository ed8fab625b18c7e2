"""The forms in which a track can be had: a grammar of names, read into codec and settings.

`flac[-l0…12][-16|-24]`, `alac[-16|-24]`, `wav[-16|-24]`, `aiff[-16|-24]`,
`wavpack[-l0…3][-16|-24]`, `mp3-v0…9`, `mp3-abr-32…310`, `mp3-` and a rate of the standard,
`aac-32…512`, `opus-6…510`, `vorbis-q0…10`, `original`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.metadata import version
from typing import Self

_layout_version = 1  # raise when the bytes that we write around the encoders' output change
# Of single codecs, so that the others keep their keys.
_layout_versions: dict[str, int] = {"aac": 2, "alac": 2, "mp3": 2, "opus": 2}

MP3_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_cd_bits, _studio_bits = 16, 24


class Codec(StrEnum):
    """What the audio is encoded with; ORIGINAL is the supplier's own file, untouched."""

    FLAC = "flac"
    ALAC = "alac"
    WAV = "wav"
    AIFF = "aiff"
    WAVPACK = "wavpack"
    MP3 = "mp3"
    AAC = "aac"
    OPUS = "opus"
    VORBIS = "vorbis"
    ORIGINAL = "original"


LOSSLESS_CODECS = frozenset({Codec.FLAC, Codec.ALAC, Codec.WAV, Codec.AIFF, Codec.WAVPACK})
_extensions = {"alac": "m4a", "aac": "m4a", "wavpack": "wv", "vorbis": "ogg", "mp4": "m4a"}
_mime_types = {
    "flac": "audio/flac",
    "alac": "audio/mp4",
    "wav": "audio/wav",
    "aiff": "audio/aiff",
    "wavpack": "audio/x-wavpack",
    "mp3": "audio/mpeg",
    "aac": "audio/mp4",
    "mp4": "audio/mp4",
    "opus": "audio/ogg",
    "vorbis": "audio/ogg",
    "ogg": "audio/ogg",
}
_labels = {
    Codec.WAVPACK: "WavPack",
    Codec.OPUS: "Opus",
    Codec.VORBIS: "Ogg Vorbis",
    Codec.ORIGINAL: "Original file",
}
_average, _rate, _at_level, _of_bits = "ABR", "%(kbps)s kbit/s", "level %(level)s", "%(bits)s bit"
# What in labels is not the same in every language.
LABEL_WORDS = (_labels[Codec.ORIGINAL], _average, _rate, _at_level, _of_bits)
_encoders = {Codec.MP3: "lameenc", Codec.VORBIS: "soundfile"}


class UnknownRecipeError(ValueError):
    """There is no recipe of that name."""

    code = "unknown-recipe"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A form of a track: codec and settings. What is None is the codec's or the master's own.

    Attributes:
        name: as in addresses and settings: `mp3-v0`.
        bitrate_kbps: constant, or on average if `is_average`; None where quality decides.
        quality: V of MP3 (0 is best), q of Vorbis (10 is best).
        level: how hard a lossless encoder works.
        bits: per sample of a lossless file: 16 or 24.
        container: of an original file, once the master is known: see `of_master`.
    """

    name: str
    codec: Codec
    bitrate_kbps: int | None = None
    is_average: bool = False
    quality: int | None = None
    level: int | None = None
    bits: int | None = None
    container: str = ""

    @classmethod
    def parse(cls, name: str) -> Self:
        """The recipe of that name.

        Raises:
            UnknownRecipeError: there is none, or its number is out of the codec's range.
        """
        for codec, pattern in _patterns:
            if (found := pattern.fullmatch(name)) is None:
                continue
            numbers = {word: int(text) for word, text in found.groupdict().items() if text}
            average_kbps = numbers.get("average")
            recipe = cls(
                name,
                codec,
                bitrate_kbps=numbers.get("bitrate_kbps", average_kbps),
                is_average=average_kbps is not None,
                quality=numbers.get("quality"),
                level=numbers.get("level"),
                bits=numbers.get("bits"),
            )
            if _is_in_range(recipe):
                return recipe
        raise UnknownRecipeError(f"There is no audio format called {name[:80]!r}.")

    def of_master(self, container: str) -> Self:
        """The same for a master of that container, which is what an original file is."""
        return replace(self, container=container) if self.codec is Codec.ORIGINAL else self

    def words(self, say: Callable[[str], str] = str) -> str:
        """As on pages; `say` translates what is in `LABEL_WORDS`."""
        named = _labels.get(self.codec, self.codec.value.upper())
        words = [say(named) if named in LABEL_WORDS else named]
        if self.codec is Codec.MP3 and self.quality is not None:
            words.append(f"V{self.quality}")
        elif self.quality is not None:
            words.append(f"q{self.quality}")
        words += [say(_average)] if self.is_average else []
        words += [say(_rate) % {"kbps": self.bitrate_kbps}] if self.bitrate_kbps else []
        words += [say(_at_level) % {"level": self.level}] if self.level is not None else []
        words += [say(_of_bits) % {"bits": self.bits}] if self.bits else []
        return " ".join(words)

    @property
    def note(self) -> str:
        """In a few words, for whom it is; empty for what only those choose who know."""
        return NOTED.get(self.name, "")

    @property
    def key(self) -> str:
        """Names recipe, encoder, tag writer, versions: same key and input give the same bytes."""
        if self.codec is Codec.ORIGINAL:
            return self.name
        library = _encoders.get(self.codec)
        encoder = f"{library}-{version(library)}+" if library else ""
        layout = _layout_versions.get(self.codec, _layout_version)
        libraries = f"{encoder}av-{version('av')}+mutagen-{version('mutagen')}"
        return f"{self.name};{libraries};layout-{layout}"

    @property
    def extension(self) -> str:
        """Of file names, without the dot."""
        kind = self.container or self.codec.value
        return _extensions.get(kind, kind)

    @property
    def mime_type(self) -> str:
        """For Content-Type."""
        return _mime_types.get(self.container or self.codec, "application/octet-stream")

    @property
    def streams(self) -> bool:
        """Whether the first bytes can leave before the last ones are made.

        MP4 has its index in front, which is complete only at the end: give `encode` a sink that
        can seek (`sandbox.stream(…, seekable=True)`).
        """
        return self.codec not in {Codec.ALAC, Codec.AAC}

    @property
    def lossless(self) -> bool:
        """Whether it keeps every bit of a lossless master; 16 bits may drop some of 24."""
        return self.codec in LOSSLESS_CODECS


_number = "0|[1-9][0-9]{0,3}"
_depth = f"(?:-(?P<bits>{_cd_bits}|{_studio_bits}))?"
_level = f"(?:-l(?P<level>{_number}))?"
_patterns = tuple(
    (codec, re.compile(pattern))
    for codec, pattern in (
        (Codec.FLAC, f"flac{_level}{_depth}"),
        (Codec.ALAC, f"alac{_depth}"),
        (Codec.WAV, f"wav{_depth}"),
        (Codec.AIFF, f"aiff{_depth}"),
        (Codec.WAVPACK, f"wavpack{_level}{_depth}"),
        (Codec.MP3, f"mp3-(?:v(?P<quality>{_number})|(?P<bitrate_kbps>{_number}))"),
        (Codec.MP3, f"mp3-abr-(?P<average>{_number})"),
        (Codec.AAC, f"aac-(?P<bitrate_kbps>{_number})"),
        (Codec.OPUS, f"opus-(?P<bitrate_kbps>{_number})"),
        (Codec.VORBIS, f"vorbis-q(?P<quality>{_number})"),
        (Codec.ORIGINAL, "original"),
    )
)
# Of MP3 those on average; the constant ones are MP3_KBPS.
KBPS_RANGES = {Codec.MP3: range(32, 311), Codec.AAC: range(32, 513), Codec.OPUS: range(6, 511)}
LEVELS = {Codec.FLAC: range(13), Codec.WAVPACK: range(4)}
QUALITIES = {Codec.MP3: range(10), Codec.VORBIS: range(11)}

# For whom a form is; pages say it in the visitor's own words.
NOTED = {
    "flac": "Lossless, the master itself. Plays nearly everywhere.",
    "flac-16": "Lossless where the master has CD quality. Plays on older devices too.",
    "alac": "Lossless, for Apple devices.",
    "wav": "Lossless and uncompressed, for studios and DJs.",
    "aiff": "Lossless and uncompressed, for studios and DJs on a Mac.",
    "mp3-v0": "Small, and very good. Plays on anything.",
    "mp3-320": "The largest MP3. Plays on anything.",
    "mp3-128": "For little space.",
    "aac-256": "Small, and very good. For Apple devices and many others.",
    "opus-128": "The smallest that sounds right. For phones and browsers.",
    "vorbis-q6": "Small, and very good. Free of patents from the beginning.",
    "original": "As the supplier delivered it, to the last byte, with the supplier's own tags.",
}


def _is_in_range(recipe: Recipe) -> bool:
    codec = recipe.codec
    if codec is Codec.MP3 and recipe.bitrate_kbps is not None and not recipe.is_average:
        return recipe.bitrate_kbps in MP3_KBPS
    ranges = (
        (KBPS_RANGES, recipe.bitrate_kbps),
        (LEVELS, recipe.level),
        (QUALITIES, recipe.quality),
    )
    return all(
        number is None or number in allowed.get(codec, range(0)) for allowed, number in ranges
    )


def _named(*names: str) -> tuple[Recipe, ...]:
    return tuple(Recipe.parse(name) for name in names)


# What a page offers first; any name of the grammar can be asked for.
FAVORITES: tuple[Recipe, ...] = _named(
    "flac", "mp3-v0", "mp3-320", "aac-256", "opus-128", "alac", "wav", "aiff"
)
# What people know by name.
RECIPES: tuple[Recipe, ...] = (
    *FAVORITES,
    *_named("flac-16", "flac-l8", "flac-24", "alac-16", "wav-16", "aiff-16", "wavpack"),
    *_named("mp3-v2", "mp3-v4", "mp3-v6", "mp3-abr-190"),
    *(Recipe.parse(f"mp3-{kbps}") for kbps in reversed(MP3_KBPS[:-1])),
    *_named("aac-320", "aac-192", "aac-128", "opus-192", "opus-160", "opus-96", "opus-64"),
    *_named("vorbis-q6", "vorbis-q8", "vorbis-q4"),
)


def output_rate_hz(codec: Codec, sample_rate_hz: int) -> int:
    """The sample rate that a codec gets: its own, or the next that it takes.

    Opus knows 48 kHz only. MP3, AAC and Vorbis get CD or studio rate, whichever divides the
    master's.
    """
    if codec is Codec.OPUS:
        return 48_000
    bounded = {Codec.MP3, Codec.AAC, Codec.VORBIS}
    if codec in bounded and sample_rate_hz not in {32_000, 44_100, 48_000}:
        return 44_100 if sample_rate_hz % 11_025 == 0 else 48_000
    return sample_rate_hz


def output_bits(recipe: Recipe, bits_per_sample: int | None) -> int:
    """Bits per sample handed to an encoder: 16 or 24; MP3 is fed with 16, dithered."""
    if recipe.bits is not None:
        return recipe.bits
    if recipe.codec is Codec.MP3 or bits_per_sample is None or bits_per_sample <= _cd_bits:
        return _cd_bits
    return _studio_bits
