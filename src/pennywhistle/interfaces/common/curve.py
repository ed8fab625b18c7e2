"""What `parts/_curve.html` draws: a spectrum, a codec's trace, a waveform with its places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.apps.media.queries import waveform_path
from pennywhistle.interfaces.common.format import duration_text
from pennywhistle.interfaces.common.judgement_words import decimal_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.audio.judgement import Curve

_WIDTH, _HEIGHT = 800, 200
_WAVE_HEIGHT = 64
_SPECTRUM_DB = (-120.0, 0.0)
_PLACES_TOLD_MAX = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """A curve.

    Attributes:
        path: the `d` of an SVG path in `view_box`; `is_filled`: bars, and no line.
        marks: where an upright line stands, of the view box's width.
        text: what it shows, for who does not see it.
        first_text: the left end of the axis; `last_text`: the right one; `max_text`: the top.
    """

    title: str
    text: str
    view_box: str
    path: str
    first_text: str
    last_text: str
    max_text: str = ""
    marks: tuple[float, ...] = ()
    is_filled: bool = False

    @property
    def marks_path(self) -> str:
        """All marks as one path."""
        return "".join(f"M{mark:.1f} 0V{self.view_box.rpartition(' ')[2]}" for mark in self.marks)


def spectrum_picture(curve: Curve, *, cut_hz: float | None = None) -> Picture | None:
    """The long-term spectrum, with a mark where it is cut; nothing without points."""
    if not curve.x or curve.x[-1] <= 0:
        return None
    end_hz = curve.x[-1]
    marks = () if cut_hz is None else (cut_hz / end_hz * _WIDTH,)
    highest = max(zip(curve.y, curve.x, strict=True))
    text = gettext("From 0 to %(end)s kHz; loudest at %(loudest)s kHz.") % {
        "end": _kilohertz(end_hz),
        "loudest": _kilohertz(highest[1]),
    }
    if cut_hz is not None:
        text += " " + gettext("It ends at %(cut)s kHz, where the mark stands.") % {
            "cut": _kilohertz(cut_hz)
        }
    return Picture(
        title=gettext("Long-term spectrum"),
        text=text,
        view_box=f"0 0 {_WIDTH} {_HEIGHT}",
        path=_line(curve, _SPECTRUM_DB),
        first_text="0 kHz",
        last_text=f"{_kilohertz(end_hz)} kHz",
        max_text="0 dB",
        marks=marks,
    )


def trace_picture(curve: Curve) -> Picture | None:
    """How far each place stands out where a codec's blocks would begin."""
    if not curve.x:
        return None
    top = max(curve.y)
    place = curve.x[curve.y.index(top)]
    text = gettext(
        "At one place of the codec's blocks the zeros stand out by %(top)s standard deviations; "
        "beside it they do not."
    ) % {"top": decimal_text(top, 1)}
    width = (curve.x[-1] - curve.x[0]) or 1.0
    return Picture(
        title=gettext("Zeros by the place where blocks begin"),
        text=text,
        view_box=f"0 0 {_WIDTH} {_HEIGHT}",
        path=_line(curve, (min(0.0, *curve.y), max(top, 1.0))),
        first_text=gettext("%(count)s samples") % {"count": decimal_text(curve.x[0], 0)},
        last_text=gettext("%(count)s samples") % {"count": decimal_text(curve.x[-1], 0)},
        max_text=decimal_text(top, 1),
        marks=((place - curve.x[0]) / width * _WIDTH,),
    )


def curve_picture(curve: Curve, *, cut_hz: float | None = None) -> Picture | None:
    """The picture that a finding brings with it."""
    return trace_picture(curve) if curve.name == "zeros" else spectrum_picture(curve, cut_hz=cut_hz)


def wave_picture(peaks: Sequence[int], *, duration_ms: int, at_s: Sequence[float]) -> Picture:
    """The waveform, with a mark at each of the places."""
    end_s = max(duration_ms / 1000, 0.001)
    text = gettext("Waveform of %(length)s.") % {"length": duration_text(duration_ms)}
    if at_s:
        places = ", ".join(duration_text(round(each * 1000)) for each in at_s[:_PLACES_TOLD_MAX])
        more = " …" if len(at_s) > _PLACES_TOLD_MAX else ""
        text += " " + gettext("Marked: %(places)s") % {"places": f"{places}{more}"}
    return Picture(
        title=gettext("Waveform"),
        text=text,
        view_box=f"0 0 {_WIDTH} {_WAVE_HEIGHT}",
        path=waveform_path(bytes(peaks)),
        first_text="0:00",
        last_text=duration_text(duration_ms),
        marks=tuple(min(each / end_s, 1.0) * _WIDTH for each in at_s),
        is_filled=True,
    )


def _line(curve: Curve, reach: tuple[float, float]) -> str:
    """Points from left to right; what is beyond `reach` lies on its edge."""
    low, high = reach
    first, width = curve.x[0], (curve.x[-1] - curve.x[0]) or 1.0
    points = []
    for x, y in zip(curve.x, curve.y, strict=True):
        level = (min(max(y, low), high) - low) / (high - low)
        points.append(f"{(x - first) / width * _WIDTH:.1f} {(1 - level) * _HEIGHT:.1f}")
    return "M" + "L".join(points)


def _kilohertz(hertz: float) -> str:
    return decimal_text(hertz / 1000, 1)
