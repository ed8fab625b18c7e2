"""Decodes a whole file once, and lets everything that measures hear it on the way.

One pass tells what the file is, whether it is whole, how it is judged, and whatever else its
listeners want to know: decoding is what costs, and the same samples serve all.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, Protocol

from av.audio.frame import AudioFrame

from pennywhistle.engines.audio.decoding import (
    Chain,
    Opened,
    Samples,
    as_samples,
    decode,
    grouped,
    open_audio,
    pack,
)
from pennywhistle.engines.audio.errors import AudioRefusedError
from pennywhistle.engines.audio.examination import Examination
from pennywhistle.engines.audio.judgement import Facts, Judge, Judgement
from pennywhistle.engines.audio.stated import stated_duration_ms
from pennywhistle.engines.audio.tagreading import image_type, read_description
from pennywhistle.engines.audio.telling import Telling
from pennywhistle.engines.audio.waveform import Waveform

decoded_seconds_max = 4 * 3600
cover_bytes_max = 20 << 20
_narrow_bits = 16
_duration_tolerance_samples = 1


class Listener(Protocol):
    """Hears the same samples as the judge: integers filled from the top, a column per channel."""

    def begin(self, facts: Facts) -> None:
        """Learn what is going to be heard."""

    def add(self, samples: Samples) -> None:
        """Take the next rows."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What one pass found out; `cover` is the picture in the file, or empty."""

    examination: Examination
    judgement: Judgement
    cover: bytes


def examine(
    source: BinaryIO,
    *,
    seconds_max: float = decoded_seconds_max,
    listeners: Sequence[Listener] = (),
) -> Examined:
    """Decode all of a file, once. Meant to run in the sandbox.

    A file that is cut short or differs from its own checksum is refused, whatever the judge
    would say of it: the judge is not asked about what it promises, but about the length that its
    tags state.

    Args:
        source: the file.
        seconds_max: of decoded audio, since an hour of silence is half a megabyte.
        listeners: who else hears the samples; what they heard of a refused file is worth nothing.

    Raises:
        AudioRefusedError: it is no audio that the store takes, or not all of it.
    """
    with open_audio(source) as opened:
        heard = _Pass(opened, listeners, stated_duration_ms(source, opened))
        heard.decode_all(source, seconds_max)
        heard.check_complete()
        judgement = heard.judge.finish()
        fallback = {**opened.file.metadata, **opened.stream.metadata}
        described = read_description(source, opened.container, fallback=fallback)
        cover = described.cover if len(described.cover) <= cover_bytes_max else b""
        examination = Examination(
            container=opened.container,
            codec=opened.codec,
            lossless=opened.lossless,
            sample_rate_hz=opened.sample_rate_hz,
            bits_per_sample=opened.bits_per_sample,
            channels=opened.channels,
            sample_count=heard.sample_count,
            duration_ms=heard.sample_count * 1000 // opened.sample_rate_hz,
            audio_md5=heard.md5.hexdigest() if opened.lossless else "",
            md5_checked=opened.promise.md5 is not None,
            tags=described.tags,
            cover_type=image_type(cover) or "",
            peaks=tuple(heard.waveform.peaks()),
            loudness_lufs=judgement.loudness.integrated_lufs,
            preview_start_ms=heard.telling.start_ms(),
        )
        return Examined(examination, judgement, cover)


class _Pass:
    """The one pass over the decoded audio, and everybody who hears it."""

    def __init__(
        self, opened: Opened, listeners: Sequence[Listener], stated_ms: int | None
    ) -> None:
        facts = Facts(
            sample_rate_hz=opened.sample_rate_hz,
            channels=opened.channels,
            bits_per_sample=opened.bits_per_sample,
            stated_duration_ms=stated_ms,
        )
        self._opened = opened
        self._bits = opened.bits_per_sample or _narrow_bits
        self.sample_count = 0
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.judge = Judge(facts)
        self.waveform = Waveform()
        self.telling = Telling(opened.sample_rate_hz)
        own = (self.judge, self.waveform, self.telling)
        self._listeners: tuple[Judge | Waveform | Telling | Listener, ...] = (*own, *listeners)
        for listener in listeners:
            listener.begin(facts)

    def decode_all(self, source: BinaryIO, seconds_max: float) -> None:
        """Pass over the audio once, and stop at the limit."""
        samples_max = seconds_max * self._opened.sample_rate_hz
        try:
            for samples in grouped(self._blocks(decode(self._opened))):
                self.sample_count += len(samples)
                if self.sample_count > samples_max:
                    break
                self._hear(samples)
        except AudioRefusedError as refusal:
            if refusal.code == "damaged-audio" and not source.read(1):
                self.check_complete()  # The end came too early, which is the better reason.
            raise
        if self.sample_count > samples_max:
            raise AudioRefusedError(
                "too-long", f"The file holds more than {seconds_max:g} seconds of audio."
            )

    def _blocks(self, frames: Iterable[AudioFrame]) -> Iterable[Samples]:
        """Integers of 16 or 32 bits, whatever the decoder gives."""
        integers = Chain([("aformat", f"sample_fmts={self._integer_format()}")])
        packed = chain.from_iterable(integers.feed(frame) for frame in frames)
        return (as_samples(frame, self._opened.channels) for frame in packed)

    def _integer_format(self) -> str:
        return "s16" if self._bits <= _narrow_bits else "s32"

    def _hear(self, samples: Samples) -> None:
        if self._opened.lossless:
            self.md5.update(pack(samples, self._bits))
        for listener in self._listeners:
            listener.add(samples)

    def check_complete(self) -> None:
        """Compare what was decoded with what the header promises."""
        expected = self._opened.sample_count
        if self.sample_count == 0:
            raise AudioRefusedError("no-audio", "The file holds no audio.")
        if expected is not None and self.sample_count + _duration_tolerance_samples < expected:
            rate = self._opened.sample_rate_hz
            raise AudioRefusedError(
                "incomplete-audio",
                f"The file is cut short: it promises {expected / rate:.1f} seconds "
                f"and holds {self.sample_count / rate:.1f}.",
            )
        promised = self._opened.promise.md5
        if promised is not None and self.md5.digest() != promised:
            raise AudioRefusedError(
                "md5-differs",
                "The file's own checksum of its audio does not match: it was changed or damaged.",
            )
