"""After the Last Tram: rails that are also a keyboard, one blue and one black."""

import math

from pennywhistle.interfaces.console.sample.covers.press import Plate, Sleeve

PAPER = (238, 234, 222)
BLUE = (22, 74, 168)
BLACK = (20, 20, 24)
CENTER = (-60.0, 1_060.0)


def _arc(radius: float, first: float, last: float) -> list[tuple[float, float]]:
    steps = 60
    turns = [first + (last - first) * step / steps for step in range(steps + 1)]
    return [(CENTER[0] + radius * math.cos(t), CENTER[1] - radius * math.sin(t)) for t in turns]


def _wedge(plate: Plate, radii: tuple[float, float], turns: tuple[float, float]) -> None:
    inner, outer = radii
    first, last = turns
    plate.polygon(_arc(inner, first, last) + _arc(outer, first, last)[::-1])


def draw() -> bytes:
    """The sleeve as JPEG."""
    sleeve = Sleeve(PAPER, seed=7)
    field = Plate()
    field.box(0, 0, 1000, 1000)
    _wedge(field, (560, 850), (-0.3, 2.0))
    white = Plate()
    _wedge(white, (560, 850), (-0.3, 2.0))
    sleeve.ink(field, BLUE, grain=0.1)
    sleeve.ink(white, PAPER, grain=0.02)

    keys = Plate()
    step = 0.088
    for count in range(-2, 22):
        turn = count * step
        _wedge(keys, (560, 850), (turn - 0.0022, turn + 0.0022))
        # The pattern of a keyboard: two black keys, then three.
        if count % 7 in {0, 1, 3, 4, 5}:
            middle = turn + step
            _wedge(keys, (670, 850), (middle - 0.026, middle + 0.026))
    sleeve.ink(keys, BLACK, grain=0.06)
    rails = Plate()
    for radius in (546, 864):
        _wedge(rails, (radius - 5, radius + 5), (-0.3, 2.0))
    sleeve.ink(rails, BLACK, grain=0.03)

    words = Plate()
    words.text((50, 150), "after", 150, tracking=-45, weight=18)
    lower = Plate()
    lower.text((596, 226), "the last", 112, tracking=-40, weight=18)
    lower.text((700, 320), "tram", 112, tracking=-40, weight=18)
    sleeve.ink(words, PAPER, grain=0.03)
    sleeve.ink(lower, PAPER, grain=0.03)
    names = Plate()
    names.text((48, 906), "THE CORDUROY TRIO", 20, tracking=110, weight=12)
    names.text((48, 938), "Tomasz Wilk, electric piano", 19, tracking=5)
    names.text((48, 964), "Inês Cardoso, bass   Bram Oyelaran, drums", 19, tracking=5)
    sleeve.ink(names, PAPER, grain=0.02)
    return sleeve.jpeg()
