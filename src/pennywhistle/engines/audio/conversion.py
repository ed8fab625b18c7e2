"""Brings decoded audio into the shape that an encoder takes: cut, faded, resampled, dithered."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Self, TypeVar

import numpy as np
from av.audio.frame import AudioFrame

from pennywhistle.engines.audio.containers import Container
from pennywhistle.engines.audio.decoding import (
    Chain,
    Opened,
    Samples,
    as_samples,
    decode,
    grouped,
    open_audio,
)
from pennywhistle.engines.audio.errors import AudioRefusedError
from pennywhistle.engines.audio.pcm import PcmShape
from pennywhistle.engines.audio.recipes import Codec, Recipe, output_bits, output_rate_hz

Item = TypeVar("Item")

# What a resampler's two ends may differ by from the exact share.
_resampling_tolerance_samples = 64
_narrow_bits = 16
_handed_over_at_once = 16
_planar_formats = {16: "s16p", 24: "s32p"}
_sample_formats = {
    Codec.ALAC: _planar_formats,
    Codec.WAVPACK: _planar_formats,
    Codec.AAC: {16: "fltp", 24: "fltp"},
    Codec.OPUS: {16: "flt", 24: "flt"},
}
_packed_formats = {16: "s16", 24: "s32"}


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a track; everything zero or None is the whole of it."""

    start_ms: int = 0
    length_ms: int | None = None
    fade_ms: int = 0

    @classmethod
    def from_json(cls, value: Mapping[str, int]) -> Self:
        """Read the three numbers; a negative one is a ValueError."""
        if any(number < 0 for number in value.values()):
            raise ValueError("A cut is made of positive numbers.")
        return cls(**value)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is cut."""
        return self == Cut()


@dataclass(frozen=True, slots=True)
class Rendering:
    """The samples that an encoder is to get, and how many they are."""

    opened: Opened
    recipe: Recipe
    start_sample: int
    end_sample: int
    fade_ms: int
    shape: PcmShape
    is_whole: bool

    @property
    def is_verbatim(self) -> bool:
        """Whether a FLAC file can keep the master's own frames."""
        return self.recipe.level is None and self.is_own_audio

    @property
    def is_own_audio(self) -> bool:
        """Whether the samples are those of a FLAC master, if perhaps in more bits."""
        return (
            self.is_whole
            and self.opened.container is Container.FLAC
            and self.recipe.bits in {None, self.opened.bits_per_sample}
        )

    @property
    def known_md5(self) -> bytes:
        """The checksum that the master's header has of these very samples; empty if it has none.

        It is of samples as wide as the master's: 8 bits that are written as 16 have another.
        """
        if self.is_own_audio and self.shape.bits == self.opened.bits_per_sample:
            return self.opened.promise.md5 or b""
        return b""

    def frames(self) -> Iterator[AudioFrame]:
        """FFmpeg's frames in the encoder's own sample format."""
        formats = _sample_formats.get(self.recipe.codec, _packed_formats)
        return self._converted(formats[self.shape.bits])

    def blocks(self) -> Iterator[Samples]:
        """Arrays of 16-bit or, from the top, 32-bit integers; exactly `shape.sample_count` rows.

        Raises:
            AudioRefusedError: the audio ends before it should.
        """
        missing = self.shape.sample_count
        for block in grouped(self._packed()):
            rows = block[:missing]
            missing -= len(rows)
            yield rows
        tolerance = 0 if self._same_rate() else _resampling_tolerance_samples
        if missing > tolerance:
            raise AudioRefusedError("incomplete-audio", "The audio ends before it should.")
        if missing:
            kind = np.int16 if self.shape.bits == _narrow_bits else np.int32
            yield np.zeros((missing, self.shape.channels), kind)

    def _packed(self) -> Iterator[Samples]:
        for frame in self._converted(_packed_formats[self.shape.bits]):
            yield as_samples(frame, self.shape.channels)

    def _converted(self, sample_format: str) -> Iterator[AudioFrame]:
        """Filtered frames, or the decoder's own where there is nothing to do."""
        decoded_format = self.opened.stream.codec_context.format.name
        # The encoder parts the channels by itself where it wants them apart.
        is_wanted = sample_format in {decoded_format, f"{decoded_format}p"}
        if self.is_whole and self._same_rate() and is_wanted:
            return self._decoded()
        return self._chain(sample_format).run(self._decoded())

    def _decoded(self) -> Iterator[AudioFrame]:
        """Frames up to the end of the cut, so that a preview does not decode a whole concert."""
        decoded_samples = 0
        for frame in decode(self.opened):
            yield frame
            decoded_samples += frame.samples
            if decoded_samples >= self.end_sample:
                return

    def _same_rate(self) -> bool:
        return self.shape.sample_rate_hz == self.opened.sample_rate_hz

    def _chain(self, sample_format: str) -> Chain:
        filters = [("atrim", f"start_sample={self.start_sample}:end_sample={self.end_sample}")]
        filters += [("asetpts", "N/SR/TB"), *self._fades()]
        resample = f"osr={self.shape.sample_rate_hz}:osf={sample_format}"
        if self._loses_bits(sample_format):
            # Without dither, rounding distorts what is quiet. The noise is the same every time.
            resample += ":dither_method=triangular"
        return Chain([*filters, ("aresample", resample)])

    def _loses_bits(self, sample_format: str) -> bool:
        if not sample_format.startswith("s16"):
            return False
        bits = self.opened.bits_per_sample
        return bits is None or bits > _narrow_bits or not self._same_rate() or self.fade_ms > 0

    def _fades(self) -> list[tuple[str, str]]:
        samples = self.fade_ms * self.opened.sample_rate_hz // 1000
        length = self.end_sample - self.start_sample
        samples = min(samples, length // 2)
        if samples == 0:
            return []
        start = length - samples
        return [
            ("afade", f"t=in:ss=0:ns={samples}"),
            ("afade", f"t=out:ss={start}:ns={samples}"),
        ]


def render(opened: Opened, recipe: Recipe, cut: Cut, *, total: int) -> Rendering:
    """Plan what an encoder gets from an opened file of `total` samples.

    Raises:
        AudioRefusedError: the cut begins behind the end of the track.
    """
    rate = opened.sample_rate_hz
    start = cut.start_ms * rate // 1000
    end = total if cut.length_ms is None else min(start + cut.length_ms * rate // 1000, total)
    if start >= end:
        raise AudioRefusedError("outside-the-track", "The cut lies behind the end of the track.")
    target_rate = output_rate_hz(recipe.codec, rate)
    return Rendering(
        opened=opened,
        recipe=recipe,
        start_sample=start,
        end_sample=end,
        fade_ms=cut.fade_ms,
        shape=PcmShape(
            sample_count=-(-(end - start) * target_rate // rate),
            sample_rate_hz=target_rate,
            channels=opened.channels,
            bits=output_bits(recipe, opened.bits_per_sample),
        ),
        is_whole=cut.is_whole,
    )


def count_samples(source: BinaryIO) -> int:
    """The promised count, else that of a first pass: lossy files make no exact promise."""
    with open_audio(source) as opened:
        if opened.sample_count is not None:
            return opened.sample_count
        return sum(frame.samples for frame in decode(opened))


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Make the next items in a thread while the caller, an encoder, is busy with the last ones.

    The first comes at once, the others several at a time: handing over has its price.
    """
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(_next_of, items, 1)
        while several := coming.result():
            coming = pool.submit(_next_of, items, _handed_over_at_once)
            yield from several


def _next_of(items: Iterator[Item], count: int) -> list[Item]:
    return list(islice(items, count))
