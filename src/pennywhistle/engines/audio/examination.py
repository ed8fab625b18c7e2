"""What the store knows of an audio file after it was decoded from end to end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pennywhistle.engines.audio.containers import Container
from pennywhistle.engines.audio.errors import AudioRefusedError
from pennywhistle.engines.audio.tags import Tags, clean_text
from pennywhistle.engines.audio.waveform import peak_count


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
        cover_type: media type of the embedded cover, or empty.
        peaks: 800 numbers from 0 to 255, fewer for the shortest files.
        loudness_lufs: integrated; None for silence.
        preview_start_ms: where the 30 seconds begin that tell most.
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
