"""Eight record sleeves, drawn in flat inks."""

from collections.abc import Callable

from pennywhistle.interfaces.console.sample.covers import (
    chamber,
    chip,
    drone,
    dub,
    folk,
    jazz,
    lofi,
    musicbox,
)

SLEEVES: dict[str, Callable[[], bytes]] = {
    "chamber": chamber.draw,
    "chip": chip.draw,
    "drone": drone.draw,
    "dub": dub.draw,
    "folk": folk.draw,
    "jazz": jazz.draw,
    "lofi": lofi.draw,
    "musicbox": musicbox.draw,
}
