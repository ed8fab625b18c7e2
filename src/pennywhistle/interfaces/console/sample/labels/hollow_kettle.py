"""Hollow Kettle Records of Sligo: wood, brass and breath."""

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

LABEL = "Hollow Kettle Records"
MAEVE, COLM = "Maeve Tarrant", "Colm Ashgrove"
ILSE, JOERDIS, PETRA = "Ilse Morgenroth", "Jördis Thalmüller", "Petra Sandqvist"

_DUO = shares((MAEVE, "Performer", "1/2"), (COLM, "Performer", "1/2"))
_DUO_AND_LABEL = shares(
    (MAEVE, "Performer", "45%"), (COLM, "Performer", "45%"), (LABEL, "Label", "10%")
)

TIN_WEATHER = SampleRelease(
    title="The Tin Weather",
    artists=(MAEVE, COLM),
    genre="Folk",
    released_on=date(2026, 3, 20),
    explicit=False,
    upc=upc(14),
    catalog_number="HK 014",
    cover="folk",
    price_micro=760_000,
    currency="USD",
    territories=SampleTerritories(("Worldwide",)),
    description=(
        "Six new tunes for tin whistle, guitar and frame drum. Recorded, Maeve says, in a week "
        "when it rained only twice: once for three days and once for four."
    ),
    tracks=tracks(
        "folk",
        (
            Song("The Tin Weather", _DUO),
            Song("Nobody's Gate", _DUO_AND_LABEL, composers=(COLM,)),
            Song("Lights on Inishgall", _DUO, LONG_TRACK_MICRO),
            Song("The Kettle's Opinion", _DUO_AND_LABEL),
            Song("Three Left Boots", _DUO, composers=(COLM,)),
            # The friend who lent the whistle asked for one per cent, and has it in writing.
            Song(
                "Last Ferry Out",
                shares(
                    (MAEVE, "Performer", "50%"),
                    (COLM, "Performer", "49%"),
                    ("Aoibh Linnane", "Other", "1%"),
                ),
            ),
        ),
        year=2026,
        first_serial=1401,
        composers=(MAEVE,),
        credits=credited((MAEVE, "Performer"), (COLM, "Performer"), (PETRA, "Producer")),
    ),
)

_ALONE = shares((ILSE, "Performer", "80%"), (LABEL, "Label", "20%"))

BRASS_COMB = SampleRelease(
    title="Lullabies for a Brass Comb",
    artists=(ILSE,),
    genre="Children's Music",
    released_on=date(2025, 11, 28),
    explicit=False,
    upc=upc(11),
    catalog_number="HK 011",
    cover="musicbox",
    price_micro=590_000,
    currency="USD",
    territories=SampleTerritories(("Worldwide",), ("JP",)),
    description=(
        "Five lullabies for a music box with fifty-two teeth. Each lasts one winding; the last "
        "bars slow down because the spring does."
    ),
    tracks=tracks(
        "musicbox",
        (
            Song("Wind Me Twice", _ALONE),
            Song("The Moth's Umbrella", _ALONE),
            Song("Counting Backwards from Snow", _ALONE),
            Song("A Button in the Grass", _ALONE),
            Song("Goodnight, Small Machine", shares((ILSE, "Performer", "1"))),
        ),
        year=2025,
        first_serial=1101,
        composers=(ILSE,),
        credits=credited((ILSE, "Performer"), (PETRA, "Producer")),
    ),
)

_PLAYERS = (
    JOERDIS,
    "Anselm Rautter",
    "Mirja Kolehmain",
    "Odile Frémaux",
    "Lorenz Achtziger",
    "Dunja Perkovac",
    PETRA,
)
_SEVEN = shares(*((name, "Performer", "1/7") for name in _PLAYERS))
_COMMISSIONED = shares(
    (JOERDIS, "Composer", "50%"),
    ("Anselm Rautter", "Performer", "33.33%"),
    (LABEL, "Label", "16.67%"),
)

TWO_WINDOWS = SampleRelease(
    title="Rooms with Two Windows",
    artists=(JOERDIS,),
    genre="Classical",
    released_on=date(2026, 1, 16),
    explicit=False,
    upc=upc(12),
    catalog_number="HK 012",
    cover="chamber",
    price_micro=680_000,
    currency="USD",
    territories=SampleTerritories(("DE", "AT", "CH")),
    description=(
        "Patterns for piano, marimba and strings that start together and take their time to "
        "meet again. Seven players, seven equal shares."
    ),
    tracks=tracks(
        "chamber",
        (
            Song("North Light", _SEVEN),
            Song("The Neighbor Practices", _SEVEN),
            Song("Seven Eighths of a Door", _SEVEN),
            Song("Draft under the Sill", _COMMISSIONED),
            Song("Both Open", _SEVEN, None),  # with the album only
        ),
        year=2026,
        first_serial=1201,
        composers=(JOERDIS,),
        credits=credited(*((name, "Performer") for name in _PLAYERS[:-1]), (PETRA, "Producer")),
    ),
)

HOLLOW_KETTLE = SampleLabel(
    name=LABEL,
    city="Sligo",
    blurb="Wood, brass and breath from a kitchen by the sea. Nothing is quantized but the rent.",
    supplier_mail="deliveries@hollowkettle.example",
    releases=(TIN_WEATHER, BRASS_COMB, TWO_WINDOWS),
)
