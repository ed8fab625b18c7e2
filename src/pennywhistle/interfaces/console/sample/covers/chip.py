"""The Well-Tempered Cartridge: the rose of a harpsichord, in pixels."""

import numpy as np

from pennywhistle.interfaces.console.sample.covers.press import Color, Plate, Sleeve

PAPER = (250, 232, 222)
INKS: tuple[Color, ...] = ((214, 40, 57), (28, 34, 92), (246, 172, 60))
CELLS = 33
CELL = 22.0
LEFT, TOP = 137.0, 96.0


def _rose() -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Colors of the cells: circles, an eight-fold lattice and chance, mirrored on four axes."""
    rng = np.random.default_rng(1_722)
    middle = CELLS // 2
    chance = rng.random((CELLS, CELLS))
    cells = np.zeros((CELLS, CELLS), dtype=np.int64)
    for row in range(CELLS):
        for column in range(CELLS):
            x, y = sorted((abs(column - middle), abs(row - middle)))
            radius = np.hypot(x, y)
            if radius > middle + 0.4:
                continue
            if middle - 1.4 < radius or abs(radius - 11) < 0.55:  # noqa: PLR2004 - the two rings
                cells[row, column] = 2
            elif radius < 11:  # noqa: PLR2004 - inside the inner ring
                star = (x * 3 + y * 2) % 5 == 0 or x == y or (x == 0 and y > 2)  # noqa: PLR2004
                cells[row, column] = 1 if star else (3 if chance[x, y] > 0.62 else 0)  # noqa: PLR2004
            else:
                cells[row, column] = (0, 3, 1, 0, 1)[int(chance[x + 16, y] * 5)]
    return cells


def draw() -> bytes:
    """The sleeve as JPEG."""
    sleeve = Sleeve(PAPER, seed=8)
    cells = _rose()
    for number, color in enumerate(INKS, start=1):
        plate = Plate()
        for row, column in np.argwhere(cells == number):
            x, y = LEFT + column * CELL, TOP + row * CELL
            plate.box(x + 1, y + 1, x + CELL - 1, y + CELL - 1)
        sleeve.ink(plate, color, grain=0.05)
    words = Plate()
    words.text((137, 918), "The Well-Tempered Cartridge", 46, tracking=-12, weight=12)
    words.text((138, 954), "Emil Pixelkantor", 24, tracking=10)
    # The contacts of a cartridge along the lower edge.
    for contact in range(33):
        if contact not in {8, 9, 23}:
            words.box(137 + contact * 22.0, 980, 137 + contact * 22.0 + 13, 1000)
    sleeve.ink(words, INKS[1], grain=0.03)
    return sleeve.jpeg()
