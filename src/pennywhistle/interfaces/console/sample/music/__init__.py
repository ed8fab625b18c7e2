"""The eight records: harmony, melody and form of every piece."""

from typing import Protocol

from pennywhistle.interfaces.console.sample.music import (
    chamber,
    chip,
    drone,
    dub,
    folk,
    jazz,
    lofi,
    musicbox,
)
from pennywhistle.interfaces.console.sample.sound.signal import Signal


class Style(Protocol):
    """A module of this folder: pieces by number."""

    def length_s(self, number: int) -> float: ...
    def render(self, number: int, seconds: float) -> Signal: ...


STYLES: dict[str, Style] = {
    "chamber": chamber,
    "chip": chip,
    "drone": drone,
    "dub": dub,
    "folk": folk,
    "jazz": jazz,
    "lofi": lofi,
    "musicbox": musicbox,
}
