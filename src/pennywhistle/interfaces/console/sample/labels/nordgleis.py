"""Nordgleis Tonträger of Leipzig: night work."""

from datetime import date

from pennywhistle.interfaces.console.sample.labels.making import (
    LONG_TRACK_MICRO,
    Song,
    credited,
    shares,
    tracks,
    upc,
)
from pennywhistle.interfaces.console.sample.model import (
    SampleLabel,
    SampleRelease,
    SampleTerritories,
)

LABEL = "Nordgleis Tonträger"
HENRIK, AYLIN = "Henrik Vogtlander", "Aylin Demirsoy"
WREN, SALMA = "Wren Halloran", "Salma El-Rasif"

_SHIFT = shares((HENRIK, "Producer", "40%"), (AYLIN, "Producer", "40%"), (LABEL, "Label", "20%"))

SCHICHTWECHSEL = SampleRelease(
    title="Schichtwechsel",
    artists=("Güterhof",),
    genre="Electronic",
    released_on=date(2026, 5, 1),
    explicit=False,
    upc=upc(107),
    catalog_number="NG 07",
    cover="dub",
    price_micro=540_000,
    currency="USD",
    territories=SampleTerritories(("Worldwide",), ("US",)),
    description=(
        "Dub techno in four shifts, from the freight yard's point of view. Another label has "
        "it in the United States, so we may not sell it there."
    ),
    tracks=tracks(
        "dub",
        (
            Song("Frühschicht", _SHIFT),
            Song("Übergabe", _SHIFT),
            Song("Spätschicht", _SHIFT),
            Song("Stellwerk, unbesetzt", shares((HENRIK, "Producer", "1/2"),
                                                (AYLIN, "Producer", "1/2"))),
        ),
        year=2026,
        first_serial=2701,
        composers=(HENRIK, AYLIN),
        credits=credited(("Güterhof", "Performer"), (HENRIK, "Producer"), (AYLIN, "Producer")),
    ),
)  # fmt: skip

_WREN = shares((WREN, "Performer", "70%"), (LABEL, "Label", "30%"))
_WREN_AND_FLUTE = shares(
    (WREN, "Performer", "60%"), ("Mairéad Skane", "Performer", "15%"), (LABEL, "Label", "25%")
)

PEAT_SLOWLY = SampleRelease(
    title="Peat, Slowly",
    artists=(WREN,),
    genre="Ambient",
    released_on=date(2025, 9, 19),
    explicit=False,
    upc=upc(103),
    catalog_number="NG 03",
    cover="drone",
    price_micro=650_000,
    currency="USD",
    territories=SampleTerritories(("Worldwide",)),
    description=(
        "Peat grows a millimeter a year. These four pieces are a little faster, but they were "
        "made in the same spirit."
    ),
    tracks=tracks(
        "drone",
        (
            Song("One Millimeter", _WREN, LONG_TRACK_MICRO),
            Song(
                "Sphagnum Hymn",
                _WREN_AND_FLUTE,
                LONG_TRACK_MICRO,
                more_credits=credited(("Mairéad Skane", "Performer")),
            ),
            Song("Standing Water, Standing", _WREN, LONG_TRACK_MICRO),
            Song(
                "What the Bog Kept",
                _WREN_AND_FLUTE,
                LONG_TRACK_MICRO,
                more_credits=credited(("Mairéad Skane", "Performer")),
            ),
        ),
        year=2025,
        first_serial=2301,
        composers=(WREN,),
        credits=credited((WREN, "Performer"), (HENRIK, "Producer")),
    ),
)

_SALMA = shares((SALMA, "Producer", "75%"), (LABEL, "Label", "25%"))
_SALMA_AND_AYLIN = shares(
    (SALMA, "Producer", "33.33%"),
    (AYLIN, "Producer", "33.33%"),
    ("Joonas Reivik", "Performer", "16.67%"),
    (LABEL, "Label", "16.67%"),
)

KITCHEN_RADIO = SampleRelease(
    title="Kitchen Radio, 2 A.M.",
    artists=(SALMA,),
    genre="Hip-Hop",
    released_on=date(2026, 7, 3),
    explicit=True,
    upc=upc(109),
    catalog_number="NG 09",
    cover="lofi",
    price_micro=720_000,
    currency="USD",
    territories=SampleTerritories(("Worldwide",)),
    description=(
        "Slow beats for people who cannot sleep and have stopped minding. The hiss is part of "
        "the arrangement."
    ),
    tracks=tracks(
        "lofi",
        (
            Song("The Fridge Hums in D", _SALMA),
            Song("Leftover Cardamom", _SALMA_AND_AYLIN, composers=(SALMA, AYLIN)),
            Song("قهوة بعد منتصف الليل", _SALMA, work_title="Coffee after Midnight"),
            Song("Who the Hell Is Calling", _SALMA, explicit=True),
            Song("Dishes Tomorrow", _SALMA),
            Song("Window, Snow, Window", _SALMA_AND_AYLIN, composers=(SALMA, AYLIN)),
        ),
        year=2026,
        first_serial=2901,
        composers=(SALMA,),
        credits=credited((SALMA, "Performer"), (SALMA, "Producer"), ("Joonas Reivik", "Performer")),
    ),
)

NORDGLEIS = SampleLabel(
    name=LABEL,
    city="Leipzig",
    blurb="Records for the hours when the trams have stopped. Pressed by nobody, mixed at night.",
    supplier_mail="rampe@nordgleis.example",
    releases=(SCHICHTWECHSEL, PEAT_SLOWLY, KITCHEN_RADIO),
)
