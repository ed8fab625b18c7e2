"""Decodes a whole file once and tells what it is, whether it is complete, and how it sounds."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO, Self

from pennywhistle.engines.audio.containers import Container
from pennywhistle.engines.audio.decoding import (
    Chain,
    Opened,
    as_samples,
    decode,
    open_audio,
    pack,
)
from pennywhistle.engines.audio.errors import AudioRefusedError
from pennywhistle.engines.audio.loudness import Loudness, Waveform, batches, peak_count
from pennywhistle.engines.audio.pcm import PcmShape, silent_wav
from pennywhistle.engines.audio.tagreading import image_type, read_description
from pennywhistle.engines.audio.tags import Tags, clean_text

decoded_seconds_max = 4 * 3600
cover_bytes_max = 20 << 20
_frames_per_batch = 16
_narrow_bits = 16
_duration_tolerance_samples = 1


@dataclass(frozen=True, slots=True)
class Examination:
    """What the store knows of an audio file after it was decoded from end to end.

    Attributes:
        container: which container; `codec`: FFmpeg's name of the codec.
        lossless: False marks a master that has lost something already.
        bits_per_sample: None for lossy audio.
        sample_count: per channel, as decoded.
        audio_md5: hex, of lossless samples as FLAC defines it; empty for lossy audio.
        md5_checked: the file named an MD5 of its own, and it is the same.
        tags: what the file says about itself.
        cover_type: media type of the embedded cover, whose bytes are the attachment; or empty.
        peaks: 800 numbers from 0 to 255, fewer for the shortest files.
        loudness_lufs: integrated; None for silence.
        preview_start_ms: where the loudest 30 seconds begin.
    """

    container: Container
    codec: str
    lossless: bool
    sample_rate_hz: int
    bits_per_sample: int | None
    channels: int
    sample_count: int
    duration_ms: int
    audio_md5: str
    md5_checked: bool
    tags: Tags
    cover_type: str
    peaks: tuple[int, ...]
    loudness_lufs: float | None
    preview_start_ms: int

    def to_json(self) -> dict[str, Any]:
        """JSON values for the way out of the sandbox."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return {**plain, "tags": self.tags.to_json(), "peaks": [*self.peaks]}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the answer of a child that may have been taken over: every field is checked.

        Raises:
            AudioRefusedError: the answer is a refusal.
            ValueError: it is no examination (NotAnExaminationError, or of an unknown container).
        """
        if not isinstance(value, Mapping):
            raise NotAnExaminationError("An examination is an object.")
        if isinstance(refused := value.get("refused"), Mapping):
            raise AudioRefusedError.from_json(refused)
        read = _Reader(value)
        return cls(
            container=Container(read.text("container")),
            codec=read.text("codec"),
            lossless=read.flag("lossless"),
            sample_rate_hz=read.whole("sample_rate_hz", at_least=1),
            bits_per_sample=read.whole_or_none("bits_per_sample"),
            channels=read.whole("channels", at_least=1),
            sample_count=read.whole("sample_count", at_least=1),
            duration_ms=read.whole("duration_ms"),
            audio_md5=read.text("audio_md5"),
            md5_checked=read.flag("md5_checked"),
            tags=Tags.from_json(value.get("tags")),
            cover_type=read.text("cover_type"),
            peaks=read.peaks("peaks"),
            loudness_lufs=read.decibels("loudness_lufs"),
            preview_start_ms=read.whole("preview_start_ms"),
        )


class NotAnExaminationError(ValueError):
    """The child answered with something other than an examination."""

    code = "not-an-examination"


class _Reader:
    """Takes fields of the right type from untrusted JSON."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._value = value

    def text(self, name: str) -> str:
        value = self._value.get(name)
        if not isinstance(value, str):
            raise NotAnExaminationError(f"{name} is not text.")
        return clean_text(value, chars_max=100)

    def flag(self, name: str) -> bool:
        value = self._value.get(name)
        if not isinstance(value, bool):
            raise NotAnExaminationError(f"{name} is neither true nor false.")
        return value

    def whole(self, name: str, *, at_least: int = 0) -> int:
        value = self._value.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise NotAnExaminationError(f"{name} is not a whole number.")
        if not at_least <= value < 1 << 40:
            raise NotAnExaminationError(f"{name} is out of range.")
        return value

    def whole_or_none(self, name: str) -> int | None:
        return None if self._value.get(name) is None else self.whole(name)

    def decibels(self, name: str) -> float | None:
        value = self._value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 200:  # noqa: PLR2004 - no sound is that loud or quiet
            raise NotAnExaminationError(f"{name} is not a level.")
        return float(value)

    def peaks(self, name: str) -> tuple[int, ...]:
        values = self._value.get(name)
        if not isinstance(values, list) or len(values) > peak_count:
            raise NotAnExaminationError(f"{name} is not a short list.")
        if not all(type(value) is int and 0 <= value <= 255 for value in values):  # noqa: PLR2004 - one byte
            raise NotAnExaminationError(f"{name} holds something else than bytes.")
        return tuple(values)


def examine(
    source: BinaryIO, sink: BinaryIO, *, seconds_max: float = decoded_seconds_max
) -> dict[str, Any]:
    """Decode all of a file; answer its examination, and write its cover to the sink.

    Meant to run in the sandbox; `Examination.from_json` reads the answer, a refusal included.

    Args:
        source: the file.
        sink: takes the bytes of the embedded cover, if there is one.
        seconds_max: of decoded audio, since an hour of silence is half a megabyte.
    """
    try:
        examination, cover = _examine(source, seconds_max)
    except AudioRefusedError as refusal:
        return refusal.to_json()
    sink.write(cover)
    return examination.to_json()


def warm_up() -> None:
    """Make every library load what it loads late; the sandbox calls this before it locks."""
    examine(io.BytesIO(silent_wav(PcmShape(4096, 44_100, 2, 16))), io.BytesIO())


def _examine(source: BinaryIO, seconds_max: float) -> tuple[Examination, bytes]:
    with open_audio(source) as opened:
        measured = _Measured(opened)
        measured.decode_all(source, seconds_max)
        measured.check_complete()
        fallback = {**opened.file.metadata, **opened.stream.metadata}
        duration_ms = measured.sample_count * 1000 // opened.sample_rate_hz
        described = read_description(source, opened.container, fallback=fallback)
        cover = described.cover if len(described.cover) <= cover_bytes_max else b""
        return Examination(
            container=opened.container,
            codec=opened.codec,
            lossless=opened.lossless,
            sample_rate_hz=opened.sample_rate_hz,
            bits_per_sample=opened.bits_per_sample,
            channels=opened.channels,
            sample_count=measured.sample_count,
            duration_ms=duration_ms,
            audio_md5=measured.md5.hexdigest() if opened.lossless else "",
            md5_checked=opened.promise.md5 is not None,
            tags=described.tags,
            cover_type=image_type(cover) or "",
            peaks=tuple(measured.waveform.peaks()),
            loudness_lufs=measured.loudness.integrated_lufs,
            preview_start_ms=measured.loudness.preview_start_ms(duration_ms),
        ), cover


class _Measured:
    """Everything that one pass over the decoded audio finds out."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._bits = opened.bits_per_sample or _narrow_bits
        self.sample_count = 0
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.loudness = Loudness()
        self.waveform = Waveform()

    def decode_all(self, source: BinaryIO, seconds_max: float) -> None:
        """Pass over the audio once, and stop at the limit."""
        integers = Chain([("aformat", f"sample_fmts={self._integer_format()}")])
        samples_max = seconds_max * self._opened.sample_rate_hz
        try:
            for batch in batches(decode(self._opened), frame_count=_frames_per_batch):
                self.sample_count += sum(frame.samples for frame in batch)
                if self.sample_count > samples_max:
                    break
                self._measure(batch, integers)
        except AudioRefusedError as refusal:
            if refusal.code == "damaged-audio" and self._is_cut(source):
                self.check_complete()
            raise
        if self.sample_count > samples_max:
            raise AudioRefusedError(
                "too-long", f"The file holds more than {seconds_max:g} seconds of audio."
            )
        self.loudness.add(None)

    def _integer_format(self) -> str:
        return "s16" if self._bits <= _narrow_bits else "s32"

    def _measure(self, batch: list[Any], integers: Chain) -> None:
        for frame in batch:
            self.loudness.add(frame)
        packed = chain.from_iterable(integers.feed(frame) for frame in batch)
        for frame in packed:
            samples = as_samples(frame, self._opened.channels)
            self.waveform.add(samples)
            if self._opened.lossless:
                self.md5.update(pack(samples, self._bits))

    def _is_cut(self, source: BinaryIO) -> bool:
        return not source.read(1)

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
