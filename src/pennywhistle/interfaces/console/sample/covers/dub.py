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
        early.disc(500, 500, step * 13.0, ink=255 if step % 2 == 0 else 0)
    early.box(500, 0, 1000, 1000, ink=0)
    late = Plate()
    for step in range(34, 0, -1):
        late.disc(500, 565, step * 13.0, ink=255 if step % 2 else 0)
    late.box(0, 0, 500, 1000, ink=0)
    sleeve.ink(early, CHALK, grain=0.05)
    sleeve.ink(late, CHALK, grain=0.05)

    lamp = Plate()
    lamp.box(497, 58, 503, 942)
    lamp.disc(500, 532, 33)
    sleeve.ink(lamp, SIGNAL, grain=0.03)
    words = Plate()
    words.text((58, 80), "Schichtwechsel", 30, tracking=0, weight=10)
    words.text((524, 80), "Güterhof", 30, tracking=0)
    words.text((58, 942), "NG 07", 18, tracking=80)
    words.text((524, 942), "06:00   14:00   22:00", 18, tracking=80)
    sleeve.ink(words, CHALK, grain=0.02)
    return sleeve.jpeg()
