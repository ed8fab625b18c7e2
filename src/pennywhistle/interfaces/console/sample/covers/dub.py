"""Schichtwechsel: two shifts of concentric lines, half a step apart."""

from pennywhistle.interfaces.console.sample.covers.press import Plate, Sleeve

BLACK = (18, 18, 19)
CHALK = (232, 230, 224)
SIGNAL = (255, 96, 24)


def draw() -> bytes:
    """The sleeve as JPEG."""
    sleeve = Sleeve(BLACK, seed=4)
    early = Plate()
    for step in range(34, 0, -1):
        early.disc(500, 490, step * 12.0, ink=255 if step % 2 == 0 else 0)
    early.box(500, 0, 1000, 1000, ink=0)
    late = Plate()
    for step in range(34, 0, -1):
        late.disc(500, 550, step * 12.0, ink=255 if step % 2 else 0)
    late.box(0, 0, 500, 1000, ink=0)
    sleeve.ink(early, CHALK, grain=0.05)
    sleeve.ink(late, CHALK, grain=0.05)

    lamp = Plate()
    lamp.box(497, 92, 503, 968)
    lamp.disc(500, 530, 30)
    sleeve.ink(lamp, SIGNAL, grain=0.03)
    words = Plate()
    words.text((48, 66), "Schichtwechsel", 34, weight=10)
    words.text((497, 66), "Güterhof", 34)
    words.text((48, 962), "NG 07", 18, tracking=80)
    for row, hour in enumerate(("06:00", "14:00", "22:00")):
        words.text((894, 914 + row * 24), hour, 18, tracking=80)
    sleeve.ink(words, CHALK, grain=0.02)
    return sleeve.jpeg()
