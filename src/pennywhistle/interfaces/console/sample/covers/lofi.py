"""Kitchen Radio, 2 A.M.: a radio on a sill, cut from colored paper."""

from pennywhistle.interfaces.console.sample.covers.press import Plate, Sleeve

DUSK = (46, 38, 76)
MOON = (246, 214, 120)
SILL = (228, 108, 84)
BODY = (38, 134, 130)
CREAM = (248, 236, 212)
INK = (30, 24, 48)
ROOF = (72, 58, 108)


def draw() -> bytes:
    """The sleeve as JPEG."""
    sleeve = Sleeve(DUSK, seed=6)
    moon = Plate()
    moon.disc(730, 250, 118)
    moon.disc(684, 222, 104, ink=0)
    sleeve.ink(moon, MOON, grain=0.05)
    roofs = Plate()
    edge = [(0, 560), (90, 480), (180, 560), (180, 520), (300, 520), (300, 430), (330, 430),
            (330, 470), (420, 470), (520, 560), (520, 500), (640, 500), (720, 430), (800, 500),
            (800, 540), (1000, 540), (1000, 760), (0, 760)]  # fmt: skip
    roofs.polygon([(float(x), float(y)) for x, y in edge])
    sleeve.ink(roofs, ROOF, grain=0.06)
    lit = Plate()
    for x, y in ((62, 590), (62, 650), (896, 580), (896, 640), (946, 640)):
        lit.box(x, y, x + 26, y + 36)
    sleeve.ink(lit, MOON, grain=0.03)

    sill = Plate()
    sill.box(0, 790, 1000, 1000)
    sleeve.ink(sill, SILL, grain=0.06)
    _radio(sleeve)
    words = Plate()
    words.text((70, 896), "Kitchen Radio, 2 A.M.", 64, tracking=-18, weight=12)
    words.text((73, 946), "SALMA EL-RASIF", 22, tracking=120, weight=8)
    sleeve.ink(words, INK, grain=0.03)
    return sleeve.jpeg()


def _radio(sleeve: Sleeve) -> None:
    antenna = Plate()
    antenna.line([(240, 470), (560, 130)], 7)
    antenna.disc(562, 128, 11)
    sleeve.ink(antenna, CREAM, grain=0.02)
    body = Plate()
    body.box(150, 470, 850, 790)
    sleeve.ink(body, BODY, grain=0.06)
    grille = Plate()
    for row in range(10):
        for column in range(10):
            x, y = 205 + column * 27.0, 508 + row * 27.0
            distance = ((x - 326.5) ** 2 + (y - 629.5) ** 2) ** 0.5
            if distance < 136:  # noqa: PLR2004 - the speaker's edge
                grille.disc(x, y, 10.5 - distance * 0.045)
    sleeve.ink(grille, INK, grain=0.02)
    dial = Plate()
    dial.box(510, 510, 808, 630)
    dial.disc(574, 708, 46)
    dial.disc(744, 708, 46)
    sleeve.ink(dial, CREAM, grain=0.04)
    marks = Plate()
    for tick in range(15):
        tall = 34 if tick % 7 == 0 else 18
        marks.box(530 + tick * 18.2, 534, 533 + tick * 18.2, 534 + tall)
    marks.line([(574, 708), (600, 674)], 6)
    marks.line([(744, 708), (708, 686)], 6)
    marks.text((530, 612), "FM", 22, tracking=60, weight=14)
    marks.text((742, 612), "MHz", 22, tracking=20, weight=14)
    sleeve.ink(marks, INK, grain=0.0)
    needle = Plate()
    needle.box(686, 518, 692, 622)
    sleeve.ink(needle, SILL, grain=0.0)
