"""The forms in which a track can be had, their names, and how large they become."""

from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from typing import NamedTuple, Self

from pennywhistle.engines.audio.mp3 import Mp3Shape

_layout_version = 1  # raise when the bytes that we write around the encoders' output change

_lame_kbps = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_aac_kbps = (128, 192, 256, 320)
_opus_kbps = (64, 96, 128, 160, 192)
_lossless_share = 0.62  # of the PCM size, as popular music comes out on average
_v0_kbps = 245
_cd_bits, _studio_bits = 16, 24
_mp4_bytes_per_frame, _mp4_frame_samples = 8, 1024
_mono_share = 0.5
_pcm_header_bytes = 54


class Codec(StrEnum):
    """What the audio is encoded with."""

    FLAC = "flac"
    ALAC = "alac"
    WAV = "wav"
    AIFF = "aiff"
    MP3 = "mp3"
    AAC = "aac"
    OPUS = "opus"


_extensions = {Codec.ALAC: "m4a", Codec.AAC: "m4a"}
_mime_types = {
    Codec.FLAC: "audio/flac",
    Codec.ALAC: "audio/mp4",
    Codec.WAV: "audio/wav",
    Codec.AIFF: "audio/aiff",
    Codec.MP3: "audio/mpeg",
    Codec.AAC: "audio/mp4",
    Codec.OPUS: "audio/ogg",
}


class SizeEstimate(NamedTuple):
    """Size of the audio without tags and cover; `exact` means to within one frame of it."""

    size_bytes: int
    exact: bool


class UnknownRecipeError(ValueError):
    """There is no recipe of that name."""

    code = "unknown-recipe"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A form of a track: codec and quality. `bitrate_kbps` is None where quality decides.

    Attributes:
        name: as in addresses and settings: `mp3-v0`.
        label: as on pages; `note` says in a few words for whom it is.
    """

    name: str
    codec: Codec
    label: str
    note: str
    bitrate_kbps: int | None = None

    @classmethod
    def parse(cls, name: str) -> Self:
        """The recipe of that name.

        Raises:
            UnknownRecipeError: there is none.
        """
        found = _by_name.get(name)
        if found is None:
            raise UnknownRecipeError(f"There is no audio format called {name!r}.")
        assert isinstance(found, cls)
        return found

    @property
    def key(self) -> str:
        """Names recipe, encoder and version: the same key and input give the same bytes."""
        encoder = f"lameenc-{version('lameenc')}+" if self.codec is Codec.MP3 else ""
        return f"{self.name};{encoder}av-{version('av')};layout-{_layout_version}"

    @property
    def extension(self) -> str:
        """Of file names, without the dot."""
        return _extensions.get(self.codec, self.codec.value)

    @property
    def mime_type(self) -> str:
        """For Content-Type."""
        return _mime_types[self.codec]

    @property
    def streams(self) -> bool:
        """Whether the first bytes can leave before the last ones are made.

        MP4 has its index in front, which is complete only at the end: give `encode` a sink that
        can seek (`sandbox.stream(…, seekable=True)`).
        """
        return self.codec not in {Codec.ALAC, Codec.AAC}

    @property
    def lossless(self) -> bool:
        """Whether it keeps every bit of a lossless master."""
        return self.codec in {Codec.FLAC, Codec.ALAC, Codec.WAV, Codec.AIFF}


_lossless = (
    Recipe("flac", Codec.FLAC, "FLAC", "Lossless, the master itself. Plays nearly everywhere."),
    Recipe("alac", Codec.ALAC, "ALAC", "Lossless, for Apple devices."),
    Recipe("wav", Codec.WAV, "WAV", "Lossless and uncompressed, for studios and DJs."),
    Recipe("aiff", Codec.AIFF, "AIFF", "Lossless and uncompressed, for studios and DJs on a Mac."),
)
_mp3_v0 = Recipe("mp3-v0", Codec.MP3, "MP3 V0", "Small, and very good. Plays on anything.")
_mp3_notes = {320: "The largest MP3. Plays on anything.", 128: "For little space."}
_mp3 = tuple(
    Recipe(f"mp3-{kbps}", Codec.MP3, f"MP3 {kbps} kbit/s", _mp3_notes.get(kbps, ""), kbps)
    for kbps in reversed(_lame_kbps)
)
_aac_notes = {256: "Small, and very good. For Apple devices and many others."}
_aac = tuple(
    Recipe(f"aac-{kbps}", Codec.AAC, f"AAC {kbps} kbit/s", _aac_notes.get(kbps, ""), kbps)
    for kbps in reversed(_aac_kbps)
)
_opus_notes = {128: "The smallest that sounds right. For phones and browsers."}
_opus = tuple(
    Recipe(f"opus-{kbps}", Codec.OPUS, f"Opus {kbps} kbit/s", _opus_notes.get(kbps, ""), kbps)
    for kbps in reversed(_opus_kbps)
)

RECIPES: tuple[Recipe, ...] = (*_lossless, _mp3_v0, *_mp3, *_aac, *_opus)
_by_name = {recipe.name: recipe for recipe in RECIPES}
# What a page offers first; all of RECIPES can be asked for.
FAVORITES: tuple[Recipe, ...] = tuple(
    _by_name[name]
    for name in ("flac", "mp3-v0", "mp3-320", "aac-256", "opus-128", "alac", "wav", "aiff")
)


def output_rate_hz(codec: Codec, sample_rate_hz: int) -> int:
    """The sample rate that a codec gets: its own, or the next that it takes.

    Opus knows 48 kHz only. MP3 and AAC get CD or studio rate, whichever divides the master's.
    """
    if codec is Codec.OPUS:
        return 48_000
    if codec in {Codec.MP3, Codec.AAC} and sample_rate_hz not in {32_000, 44_100, 48_000}:
        return 44_100 if sample_rate_hz % 11_025 == 0 else 48_000
    return sample_rate_hz


def output_bits(codec: Codec, bits_per_sample: int | None) -> int:
    """Bits per sample handed to an encoder: 16 or 24; MP3 is fed with 16, dithered."""
    if codec is Codec.MP3 or bits_per_sample is None or bits_per_sample <= _cd_bits:
        return _cd_bits
    return _studio_bits


def estimate_size(
    recipe: Recipe,
    *,
    duration_ms: int,
    sample_rate_hz: int,
    channels: int,
    bits_per_sample: int | None,
) -> SizeEstimate:
    """How large a track becomes, without its tags and cover.

    Args:
        recipe: the form.
        duration_ms: of the track; with its rate, channels and bits as the master has them.
        sample_rate_hz: of the master.
        channels: of the master.
        bits_per_sample: of the master; None if it is lossy.
    """
    bytes_per_second = sample_rate_hz * channels * output_bits(recipe.codec, bits_per_sample) / 8
    pcm_bytes = round(duration_ms * bytes_per_second / 1000)
    if recipe.codec in {Codec.WAV, Codec.AIFF}:
        return SizeEstimate(pcm_bytes + _pcm_header_bytes, exact=True)
    if recipe.lossless:
        return SizeEstimate(round(pcm_bytes * _lossless_share), exact=False)
    if recipe.bitrate_kbps is None:
        kbps = _v0_kbps if channels > 1 else _v0_kbps * _mono_share
        return SizeEstimate(round(duration_ms * kbps / 8), exact=False)
    audio_bytes = duration_ms * recipe.bitrate_kbps // 8
    if recipe.codec is not Codec.MP3:
        return SizeEstimate(audio_bytes, exact=False)
    target_rate_hz = output_rate_hz(recipe.codec, sample_rate_hz)
    sample_count = duration_ms * target_rate_hz // 1000
    shape = Mp3Shape(sample_count, target_rate_hz, channels, recipe.bitrate_kbps)
    return SizeEstimate(shape.size_bytes or audio_bytes, exact=True)
