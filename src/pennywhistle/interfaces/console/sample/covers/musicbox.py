"""Lullabies for a Brass Comb: the comb, and the first lullaby as its pins."""

from pennywhistle.interfaces.console.sample.covers.press import Plate, Sleeve
from pennywhistle.interfaces.console.sample.music.musicbox import pins as pins_of

NIGHT = (24, 32, 58)
BRASS = (224, 172, 84)
MILK = (240, 232, 214)
TEETH = 24
LEFT, PITCH = 92.0, 34.0


def draw() -> bytes:
    """The sleeve as JPEG."""
    sleeve = Sleeve(NIGHT, seed=2)
    comb = Plate()
    comb.box(0, 0, 1000, 150)
    for tooth in range(TEETH):
        x = LEFT + tooth * PITCH
        comb.box(x, 150, x + 19, 452 - tooth * 9.5)
    for x in (60, 500, 940):
        comb.disc(x, 75, 22, ink=0)
        comb.box(x - 14, 72, x + 14, 78)
    sleeve.ink(comb, BRASS, grain=0.07)

    pins = Plate()
    struck = pins_of(0)
    pitches = sorted({pitch for _, pitch in struck})
    for beat, pitch in struck:
        place = round(pitches.index(pitch) / (len(pitches) - 1) * (TEETH - 1))
        pins.disc(LEFT + 9.5 + place * PITCH, 506 + beat * 16.6, 6.4)
    sleeve.ink(pins, MILK, grain=0.03)

    words = Plate()
    words.text((92, 962), "Lullabies for a Brass Comb", 45, tracking=-10, weight=6)
    words.text((738, 962), "Ilse Morgenroth", 23, tracking=20)
    sleeve.ink(words, BRASS, grain=0.03)
    return sleeve.jpeg()
