"""How large a track becomes: by rule where there is one, else by what its own passages weighed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pennywhistle.engines.audio.mp3 import Mp3Shape
from pennywhistle.engines.audio.recipes import Codec, Recipe, output_bits, output_rate_hz

_lossless_share = 0.62  # of the PCM size, as popular music comes out on average
# What the levels and codecs weigh beside FLAC of level 5, on average: docs/algorithms/audio.md.
_lossless_factors = {Codec.FLAC: 1.0, Codec.ALAC: 1.015, Codec.WAVPACK: 1.01}
_flac_levels = (1.18, 1.16, 1.15, 1.03, 1.005, 1.0, 1.0, 1.0, 0.98, 0.98, 0.98, 0.97, 0.965)
_default_level = 5
# Stereo, for what was not weighed: V0 to V9 of LAME, q0 to q10 of libvorbis.
_mp3_kbps = (245, 225, 195, 178, 165, 132, 111, 89, 77, 65)
_vorbis_kbps = (60, 75, 91, 107, 120, 147, 170, 192, 220, 277, 385)
_mono_share = 0.5
_pcm_header_bytes = 54


@dataclass(frozen=True, slots=True)
class Sound:
    """What the size of a file made from a master follows from.

    Attributes:
        duration_ms: of the track; with its rate, channels and bits as the master has them.
        bits_per_sample: None if the master is lossy.
        file_size_bytes: of the master; 0 if not known.
        weights: of `weighing.weigh`: recipe to bits per second; empty if it was not weighed.
    """

    duration_ms: int
    sample_rate_hz: int
    channels: int
    bits_per_sample: int | None
    file_size_bytes: int = 0
    weights: Mapping[str, int] = field(default_factory=dict)


class SizeEstimate(NamedTuple):
    """Size of the audio without tags and cover; `exact` means to within one frame of it."""

    size_bytes: int
    exact: bool


def estimate_size(recipe: Recipe, sound: Sound) -> SizeEstimate:
    """How large a track becomes, without its tags and cover."""
    if recipe.codec is Codec.ORIGINAL:
        return SizeEstimate(sound.file_size_bytes, exact=True)
    if recipe.codec in {Codec.WAV, Codec.AIFF}:
        return SizeEstimate(_pcm_bytes(recipe, sound) + _pcm_header_bytes, exact=True)
    if recipe.lossless:
        return _lossless(recipe, sound)
    if recipe.bitrate_kbps is None:
        return SizeEstimate(_by_rate(sound, _quality_bits(recipe, sound)), exact=False)
    if recipe.codec is Codec.MP3 and not recipe.is_average:
        return SizeEstimate(_constant(recipe, sound), exact=True)
    share = sound.weights.get(f"{recipe.codec.value}-permille", 1000) / 1000
    return SizeEstimate(_by_rate(sound, recipe.bitrate_kbps * 1000 * share), exact=False)


def _by_rate(sound: Sound, bits_per_second: float) -> int:
    return round(sound.duration_ms * bits_per_second / 8000)


def _pcm_bytes(recipe: Recipe, sound: Sound) -> int:
    bits = output_bits(recipe, sound.bits_per_sample)
    return round(sound.duration_ms * sound.sample_rate_hz * sound.channels * bits / 8000)


def _constant(recipe: Recipe, sound: Sound) -> int:
    assert recipe.bitrate_kbps is not None
    rate_hz = output_rate_hz(recipe.codec, sound.sample_rate_hz)
    sample_count = sound.duration_ms * rate_hz // 1000
    shape = Mp3Shape(sample_count, rate_hz, sound.channels, recipe.bitrate_kbps)
    return shape.size_bytes or _by_rate(sound, recipe.bitrate_kbps * 1000)


def _lossless(recipe: Recipe, sound: Sound) -> SizeEstimate:
    bits = output_bits(recipe, sound.bits_per_sample)
    own_bits = output_bits(Recipe("flac", Codec.FLAC), sound.bits_per_sample)
    copied = sound.weights.get("flac-copied-bytes")
    if recipe.codec is Codec.FLAC and recipe.level is None and bits == own_bits and copied:
        return SizeEstimate(copied, exact=True)
    weighed = float(sound.weights.get(f"flac-{min(bits, own_bits)}", 0)) or None
    if copied and bits >= own_bits and sound.duration_ms:
        # Of all that there is, and not of passages: nearer, whoever encoded it.
        weighed = copied * 8000 / sound.duration_ms
    if weighed is None:
        return SizeEstimate(round(_pcm_bytes(recipe, sound) * _lossless_share), exact=False)
    factor = sound.weights.get(f"{recipe.codec.value}-permille", 0) / 1000
    factor = factor or _lossless_factors[recipe.codec]
    if recipe.codec is Codec.FLAC:
        factor = _flac_levels[_default_level if recipe.level is None else recipe.level]
    return SizeEstimate(_by_rate(sound, weighed * factor), exact=False)


def _quality_bits(recipe: Recipe, sound: Sound) -> float:
    """Bits per second of a quality: weighed, or between two that were weighed, or typical."""
    assert recipe.quality is not None
    kind = "mp3-v" if recipe.codec is Codec.MP3 else "vorbis-q"
    typical = _mp3_kbps if recipe.codec is Codec.MP3 else _vorbis_kbps
    usual = [kbps * 1000 * (1 if sound.channels > 1 else _mono_share) for kbps in typical]
    weighed = {
        quality: sound.weights[f"{kind}{quality}"] / usual[quality]
        for quality in range(len(usual))
        if f"{kind}{quality}" in sound.weights
    }
    return usual[recipe.quality] * _between(weighed, recipe.quality)


def _between(known: Mapping[int, float], place: int) -> float:
    """The factor at a place, linear between its known neighbors; 1 if none is known."""
    below = max((each for each in known if each <= place), default=None)
    above = min((each for each in known if each >= place), default=None)
    if below is None or above is None:
        nearest = above if below is None else below
        return 1.0 if nearest is None else known[nearest]
    if below == above:
        return known[below]
    share = (place - below) / (above - below)
    return known[below] * (1 - share) + known[above] * share
