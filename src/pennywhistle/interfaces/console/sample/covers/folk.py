"""The Tin Weather: a whistle in the rain, two inks overprinted."""

import math

import numpy as np

from pennywhistle.interfaces.console.sample.covers.press import Plate, Point, Sleeve

PAPER = (244, 236, 218)
CORAL = (240, 84, 62)
PINE = (0, 98, 96)
TILT = math.radians(-52)
RAIN_ENDS = 800.0
MIDDLE = (540.0, 430.0)


def _turned(along: float, across: float) -> Point:
    """A point in the whistle's own axes, on the sleeve."""
    cos, sin = math.cos(TILT), math.sin(TILT)
    return (MIDDLE[0] + along * cos - across * sin, MIDDLE[1] + along * sin + across * cos)


def _bar(plate: Plate, ends: tuple[float, float], half: float, *, ink: int = 255) -> None:
    low, high = ends
    plate.polygon(
        [_turned(low, -half), _turned(high, -half), _turned(high, half), _turned(low, half)],
        ink=ink,
    )


def draw() -> bytes:
    """The sleeve as JPEG."""
    sleeve = Sleeve(PAPER, seed=1)
    sun = Plate()
    sun.disc(655, 330, 265)
    sleeve.ink(sun, CORAL, overprint=True, grain=0.16)

    rain = Plate()
    rng = np.random.default_rng(4)
    for column in range(46):
        for row in range(9):
            x = 30 + column * 21.0 + (row % 2) * 10.5
            y = -20 + row * 104 + 40 * math.sin(column * 0.55 + row)
            long = 34 + 46 * rng.random()
            if y + long < RAIN_ENDS:
                rain.line([(x, y), (x - long * 0.21, y + long)], 3.4)
    _bar(rain, (-640, 640), 66, ink=0)
    sleeve.ink(rain, PINE, overprint=True, grain=0.12)

    whistle = Plate()
    _bar(whistle, (-410, 360), 42)
    for along in (-330, -258, -186, -78, -6, 66):
        radius = 21 if along not in {-330, -6} else 16
        whistle.disc(*_turned(along, 0), radius, ink=0)
    _bar(whistle, (196, 262), 25, ink=0)
    sleeve.ink(whistle, PINE, overprint=True, grain=0.12)
    head = Plate()
    _bar(head, (176, 180), 42)
    mouth = [
        _turned(282, -50),
        _turned(520, -34),
        _turned(520, 6),
        _turned(470, 50),
        _turned(282, 50),
    ]
    head.polygon(mouth)
    _bar(head, (-410, -384), 46)
    # The second drum sits a hair beside the first, as it does on such machines.
    sleeve.ink(head, CORAL, overprint=True, grain=0.14)

    words = Plate()
    words.text((48, 905), "The Tin Weather", 96, tracking=-22, weight=14)
    words.text((52, 952), "MAEVE TARRANT & COLM ASHGROVE", 21, tracking=90, weight=10)
    words.text((860, 952), "HK 014", 21, tracking=90, weight=10)
    sleeve.ink(words, PINE, overprint=True, grain=0.1)
    return sleeve.jpeg()
