"""What was found in a file, for `parts/_finding.html`: in words, with a number and a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.apps.media.evidence import is_held_for
from pennywhistle.engines.audio.judgement import Code, Unit
from pennywhistle.interfaces.common.curve import (
    Picture,
    curve_picture,
    spectrum_picture,
    wave_picture,
)
from pennywhistle.interfaces.common.format import percent_text
from pennywhistle.interfaces.common.judgement_words import (
    level_text,
    number_text,
    rate_text,
    severity_text,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.media.evidence import Heard
    from pennywhistle.engines.audio.judgement import Finding

_AT_THE_END = {Code.ENDS_ABRUPTLY, Code.TRUNCATED}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finding; `error_text` says how often such a finding is wrong, where it can be."""

    code: str
    title: str
    severity: str
    severity_text: str
    number_text: str
    means: str
    todo: str
    error_text: str
    picture: Picture | None

    @property
    def is_serious(self) -> bool:
        """Whether it holds the release."""
        return is_held_for(self.code, self.severity)


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a table of facts."""

    name: str
    value: str


def drawn(finding: Finding, heard: Heard | None) -> Drawn:
    """A finding about a file; without what was heard there is only its own picture."""
    words = words_of(finding.code)
    rate = finding.false_alarm_rate
    error_text = ""
    if rate is not None:
        error_text = gettext(
            "Of honest music, at most %(percent)s may be found so by mistake, as far as measured."
        ) % {"percent": percent_text(rate)}
    return Drawn(
        code=finding.code,
        title=str(words.title),
        severity=finding.severity,
        severity_text=severity_text(finding.severity),
        number_text=number_text(finding),
        means=str(words.means),
        todo=str(words.todo),
        error_text=error_text,
        picture=_picture(finding, heard),
    )


def _picture(finding: Finding, heard: Heard | None) -> Picture | None:
    if finding.curve is not None:
        cut_hz = finding.value if finding.unit == Unit.HERTZ else None
        return curve_picture(finding.curve, cut_hz=cut_hz)
    if heard is None:
        return None
    duration_ms = heard.examination.duration_ms
    at_s: Sequence[float] = finding.at_s
    if finding.code in _AT_THE_END:
        at_s = (duration_ms / 1000,)
    return wave_picture(heard.examination.peaks, duration_ms=duration_ms, at_s=at_s)


def facts_of(heard: Heard) -> list[Fact]:
    """What was measured in any file, whatever was found."""
    seen, judged = heard.examination, heard.judgement
    bits = gettext("lossy")
    if seen.bits_per_sample is not None:
        used = seen.bits_per_sample if judged.bits_used is None else judged.bits_used
        bits = gettext("%(used)s of %(declared)s used") % {
            "used": used,
            "declared": seen.bits_per_sample,
        }
    facts = [
        Fact(gettext("Format"), seen.codec.upper()),
        Fact(gettext("Sample rate"), rate_text(seen.sample_rate_hz)),
        Fact(gettext("Bits"), bits),
        Fact(gettext("Channels"), str(seen.channels)),
        Fact(gettext("Loudness"), level_text(judged.loudness.integrated_lufs, "LUFS")),
        Fact(gettext("Loudness range"), level_text(judged.loudness.range_lu, "LU")),
        Fact(gettext("True peak"), level_text(judged.true_peak_dbtp, "dBTP")),
    ]
    if seen.md5_checked:
        facts.append(Fact(gettext("Checksum"), gettext("the file's own MD5 of its sound is right")))
    return facts


def spectrum_of(heard: Heard) -> Picture | None:
    """The long-term spectrum of any file."""
    return spectrum_picture(heard.judgement.spectrum)
