"""What a judgement says: findings with a number, a severity and the curve that shows it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

points_max = 512
findings_max = 32


class NotAJudgementError(ValueError):
    """The child answered with something other than a judgement."""

    code = "not-a-judgement"


class Severity(StrEnum):
    """How much a finding is worth."""

    NOTE = "note"  # worth knowing, nothing to do
    WARNING = "warning"  # probably a mistake: the supplier should look
    SERIOUS = "serious"  # the file is not what it is sold as: the operator decides


class Code(StrEnum):
    """What can be found; stable, for programs and translations."""

    BITS_PADDED = "bits-padded"
    SILENT = "silent"
    SILENT_START = "silent-start"
    SILENT_END = "silent-end"
    SILENT_INSIDE = "silent-inside"
    CLIPPED = "clipped"
    INTER_SAMPLE_PEAKS = "inter-sample-peaks"
    DC_OFFSET = "dc-offset"
    CHANNEL_SILENT = "channel-silent"
    CHANNELS_IDENTICAL = "channels-identical"
    CHANNELS_INVERTED = "channels-inverted"
    MONO_CANCELS = "mono-cancels"
    TRUNCATED = "truncated"
    DURATION_DIFFERS = "duration-differs"
    ENDS_ABRUPTLY = "ends-abruptly"
    LOSSY_SOURCE = "lossy-source"
    UPSAMPLED = "upsampled"
    SPECTRUM_CUT = "spectrum-cut"


class Unit(StrEnum):
    """What the number of a finding counts."""

    BITS = "bit"
    SECONDS = "s"
    COUNT = "count"
    DECIBELS = "dB"
    TRUE_PEAK = "dBTP"
    FULL_SCALE = "share of full scale"
    CORRELATION = "correlation"
    HERTZ = "Hz"
    DEVIATIONS = "standard deviations"


@dataclass(frozen=True, slots=True)
class Curve:
    """Points to draw: `x` rises; at most `points_max` of them, rounded."""

    name: str
    x_unit: str
    y_unit: str
    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y) or len(self.x) > points_max:
            raise NotAJudgementError(f"A curve has {len(self.x)} and {len(self.y)} points.")

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what a child answered; NotAJudgementError if it is no curve."""
        source = an_object(value)
        return cls(
            name=text(source.get("name")),
            x_unit=text(source.get("x_unit")),
            y_unit=text(source.get("y_unit")),
            x=numbers(source.get("x")),
            y=numbers(source.get("y")),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen.

    Attributes:
        value: the number, in `unit`.
        about: what the number belongs to, in a word: a codec, a channel; or empty.
        at_s: where it is, in seconds from the beginning, at most 100 places.
        false_alarm_rate: share of honest music that may be accused, at most (95 % confidence, as
            far as measured); None where the finding is a plain measurement that cannot err.
        curve: what to draw, where a number alone does not convince.
    """

    code: Code
    severity: Severity
    value: float
    unit: Unit
    about: str = ""
    at_s: tuple[float, ...] = ()
    false_alarm_rate: float | None = None
    curve: Curve | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        curve = self.curve
        if curve is not None:
            plain["curve"] = {name: getattr(curve, name) for name in curve.__slots__}
        return plain

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what a child answered, every field checked.

        Raises:
            ValueError: it is no finding (NotAJudgementError, or an unknown word).
        """
        source = an_object(value)
        rate, curve = source.get("false_alarm_rate"), source.get("curve")
        return cls(
            code=Code(text(source.get("code"))),
            severity=Severity(text(source.get("severity"))),
            value=number(source.get("value")),
            unit=Unit(text(source.get("unit"))),
            about=text(source.get("about", "")),
            at_s=numbers(source.get("at_s", ())),
            false_alarm_rate=None if rate is None else number(rate),
            curve=None if curve is None else Curve.from_json(curve),
        )


def an_object(value: object) -> Mapping[str, Any]:
    """A mapping, or NotAJudgementError."""
    if not isinstance(value, Mapping):
        raise NotAJudgementError("An object was expected.")
    return value


def text(value: object) -> str:
    """A short word, or NotAJudgementError."""
    if not isinstance(value, str) or len(value) > 60 or not value.isprintable():  # noqa: PLR2004 - all our own words are shorter
        raise NotAJudgementError("A short word was expected.")
    return value


def number(value: object) -> float:
    """A finite number, or NotAJudgementError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAJudgementError("A number was expected.")
    if not abs(value) <= sys.float_info.max:  # nor does a NaN, and JSON knows larger integers
        raise NotAJudgementError("A number was expected.")
    return float(value)


def numbers(value: object) -> tuple[float, ...]:
    """Not too many numbers, or NotAJudgementError."""
    if not isinstance(value, list | tuple) or len(value) > points_max:
        raise NotAJudgementError("A short list of numbers was expected.")
    return tuple(number(one) for one in value)
