"""What a judgement's findings are called, what each means, and what to do about it; translated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel.numbers import format_decimal
from django.utils.translation import get_language, get_language_bidi, gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.engines.audio.judgement import Code, Severity, Unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from pennywhistle.engines.audio.judgement import Finding

_HERTZ_PER_KILOHERTZ = 1_000
_RIGHTWARD, _RIGHTWARD_END = "\u2066", "\u2069"


@dataclass(frozen=True, slots=True)
class Words:
    """A code in words: its name, what it means, and what its supplier can do."""

    title: _StrPromise
    means: _StrPromise
    todo: _StrPromise


_EXPORT = _("Export the track again from the session or the original master, and deliver it anew.")
_NOTHING = _("Nothing has to be done if it is meant so.")
_WORDS = {
    Code.LOSSY_SOURCE: Words(
        _("Unpacked from a lossy file"),
        _(
            "The sound holds the block pattern of a lossy codec: it was an MP3, AAC, Vorbis or "
            "Opus before it was saved without loss."
        ),
        _(
            "Deliver the original master. If there is none, deliver the lossy file itself: it is "
            "sold, marked as lossy. If the finding is wrong, answer and say how the track was made."
        ),
    ),
    Code.UPSAMPLED: Words(
        _("Converted from a lower sample rate"),
        _(
            "Above the marked frequency there is next to nothing, as after a conversion from 44.1 "
            "or 48 kHz. A genuine recording may end there too, by its microphones or a filter: "
            "how often was not measured."
        ),
        _("If it was converted, deliver it at the rate at which it was made."),
    ),
    Code.SPECTRUM_CUT: Words(
        _("The treble ends early"),
        _("A low-pass, an old tape or a dull sound look like this. It accuses nobody."),
        _NOTHING,
    ),
    Code.BITS_PADDED: Words(
        _("Fewer bits than declared"),
        _("The file declares more bits than any of its samples uses; the rest are zeros."),
        _("Deliver it with the depth that it has, or export it again with all of its bits."),
    ),
    Code.TRUNCATED: Words(
        _("Cut short"),
        _("The file promises more samples than it holds."),
        _("Copy or export the file again, and deliver it anew."),
    ),
    Code.DURATION_DIFFERS: Words(
        _("Another length than stated"),
        _("The track is longer or shorter than what was said of it."),
        _("Look whether it is the right file, or correct what is said of its length."),
    ),
    Code.ENDS_ABRUPTLY: Words(
        _("Ends abruptly"),
        _("The last hundredth of a second is loud: perhaps the end was cut off."),
        _("Listen to the end. If something is missing, export the track again."),
    ),
    Code.SILENT: Words(
        _("Silent"),
        _("No sample of the file differs from zero."),
        _EXPORT,
    ),
    Code.SILENT_START: Words(
        _("Silence at the beginning"),
        _("Listeners hear nothing for a while, and so does the preview."),
        _NOTHING,
    ),
    Code.SILENT_END: Words(
        _("Silence at the end"),
        _("The track goes on although nothing is to be heard any more."),
        _NOTHING,
    ),
    Code.SILENT_INSIDE: Words(
        _("Silence within the track"),
        _("A long gap: a hidden track, or something that went wrong while it was exported."),
        _("Listen to the marked places. If something is missing, export the track again."),
    ),
    Code.CLIPPED: Words(
        _("Clipped"),
        _("Several samples in a row stand at full scale: the tops of the wave are cut off."),
        _("Turn the master down a little and export it again, if the distortion is not meant."),
    ),
    Code.INTER_SAMPLE_PEAKS: Words(
        _("Peaks between the samples"),
        _("The wave goes beyond full scale between two samples; players may distort there."),
        _("Leave 1 dB of room in the limiter (true peak), if you master it again."),
    ),
    Code.DC_OFFSET: Words(
        _("Off the center line"),
        _("The whole wave stands above or below zero, which costs room and may click."),
        _("Remove the offset (a high-pass of some hertz), and deliver it anew."),
    ),
    Code.CHANNEL_SILENT: Words(
        _("One channel is silent"),
        _("Everything comes from one side."),
        _("Look at the routing and export it again; a mono track is taken as one channel."),
    ),
    Code.CHANNELS_IDENTICAL: Words(
        _("Both channels are the same"),
        _("The track is mono, stored twice."),
        _NOTHING,
    ),
    Code.CHANNELS_INVERTED: Words(
        _("One channel is upside down"),
        _("The channels cancel each other: on one loudspeaker next to nothing is to be heard."),
        _("Turn the phase of one channel, and deliver it anew."),
    ),
    Code.MONO_CANCELS: Words(
        _("Thin in mono"),
        _("Much of it vanishes where both channels come from one loudspeaker."),
        _("Listen to it in mono, and look for a channel or an effect with turned phase."),
    ),
}
_UNKNOWN = Words(_("Found in the file"), _("The store has no words for this finding."), _EXPORT)
_SEVERITIES = {
    Severity.SERIOUS: _("Serious"),
    Severity.WARNING: _("Warning"),
    Severity.NOTE: _("Note"),
}

# How a unit is written, what the number is multiplied by, and its decimals.
_UNITS = {
    Unit.HERTZ: (_("%(value)s kHz"), 0.001, 1),
    Unit.FULL_SCALE: (_("%(value)s %% of full scale"), 100, 2),
    Unit.CORRELATION: (_("correlation %(value)s"), 1, 2),
    Unit.DEVIATIONS: (_("%(value)s standard deviations"), 1, 1),
}


def words_of(code: str) -> Words:
    """The words of a finding's code, or of a copy of somebody else's recording."""
    if code == "copy":
        return Words(
            _("Delivered by somebody else"),
            _("The same recording came from another supplier before."),
            _("Tell the store whose it is, and show it by a document."),
        )
    return _WORDS.get(Code(code), _UNKNOWN) if code in {*Code} else _UNKNOWN


def severity_text(severity: str) -> str:
    """How much a finding is worth."""
    return str(_SEVERITIES.get(Severity(severity), severity))


def number_text(finding: Finding) -> str:
    """What was seen: the number with its unit, and what it belongs to."""
    seen = _with_unit(finding.value, finding.unit)
    if finding.code == Code.CHANNEL_SILENT:
        is_left = finding.about == "left"
        return pgettext("channel", "left") if is_left else pgettext("channel", "right")
    if finding.code == Code.BITS_PADDED:
        return gettext("%(used)s used of %(declared)s bits") % {
            "used": decimal_text(finding.value, 0),
            "declared": finding.about,
        }
    return f"{finding.about.upper()}, {seen}" if finding.about else seen


def _with_unit(value: float, unit: Unit) -> str:
    if unit == Unit.COUNT:
        return ngettext("%(count)s place", "%(count)s places", int(value)) % {"count": int(value)}
    if unit == Unit.BITS:
        return ngettext("%(count)s bit", "%(count)s bits", int(value)) % {"count": int(value)}
    if unit not in _UNITS:
        return f"{decimal_text(value, 2 if unit == Unit.SECONDS else 1)} {unit}"
    pattern, factor, digits = _UNITS[unit]
    return str(pattern) % {"value": decimal_text(value * factor, digits)}


def decimal_text(value: float, digits: int) -> str:
    """A number with so many decimals at most, in the reader's language."""
    pattern = "0." + "#" * digits if digits else "0"
    language = (get_language() or "en").replace("-", "_")
    text = str(format_decimal(value, pattern, locale=language))
    # Between letters that run leftward the minus would be drawn on the number's other side.
    return f"{_RIGHTWARD}{text}{_RIGHTWARD_END}" if value < 0 and get_language_bidi() else text


def level_text(level: float | None, unit: str) -> str:
    """A level such as -13.2 LUFS; silence has none."""
    return gettext("silence") if level is None else f"{decimal_text(level, 1)} {unit}"


def rate_text(sample_rate_hz: int) -> str:
    """A sample rate: 44.1 kHz."""
    return f"{decimal_text(sample_rate_hz / _HERTZ_PER_KILOHERTZ, 3)} kHz"
