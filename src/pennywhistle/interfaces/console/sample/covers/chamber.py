"""Rooms with Two Windows: a corner, and the light that two windows throw into it."""

from pennywhistle.interfaces.console.sample.covers.press import Plate, Sleeve

WALL = (222, 120, 62)
SIDE = (184, 84, 44)
FLOOR = (42, 58, 66)
LIGHT = (250, 226, 168)
SKY = (138, 182, 190)
PAPER = (246, 240, 226)


def draw() -> bytes:
    """The sleeve as JPEG."""
    sleeve = Sleeve(WALL, seed=3)
    side = Plate()
    side.polygon([(0, 0), (300, 0), (300, 640), (0, 860)])
    sleeve.ink(side, SIDE, grain=0.05)
    floor = Plate()
    floor.polygon([(0, 860), (300, 640), (1000, 640), (1000, 1000), (0, 1000)])
    sleeve.ink(floor, FLOOR, grain=0.05)

    frames = Plate()
    panes = Plate()
    for left in (410, 715):
        frames.box(left - 14, 126, left + 204, 434)
        for column in range(2):
            for row in range(3):
                x, y = left + column * 98, 140 + row * 97
                panes.box(x, y, x + 92, y + 91)
    sleeve.ink(frames, PAPER, grain=0.03)
    sleeve.ink(panes, SKY, grain=0.05)

    beams = Plate()
    for left in (410, 715):
        for column in range(2):
            for row in range(3):
                near, far = 690 + row * 82, 690 + row * 82 + 74
                x = left + column * 98
                beams.polygon([
                    (x - (near - 640) * 0.75, near), (x + 92 - (near - 640) * 0.75, near),
                    (x + 92 - (far - 640) * 0.75, far), (x - (far - 640) * 0.75, far),
                ])  # fmt: skip
    sleeve.ink(beams, LIGHT, grain=0.06)

    words = Plate()
    words.text((396, 66), "Jördis Thalmüller", 32, tracking=-5, weight=8)
    words.text((396, 102), "Rooms with Two Windows", 32, tracking=-5)
    sleeve.ink(words, PAPER, grain=0.02)
    return sleeve.jpeg()
