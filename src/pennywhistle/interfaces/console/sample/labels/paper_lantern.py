"""Paper Lantern Circuit of Porto: small ensembles, some of them soldered."""

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

LABEL = "Paper Lantern Circuit"
TRIO = "The Corduroy Trio"
TOMASZ, INES, BRAM = "Tomasz Wilk", "Inês Cardoso", "Bram Oyelaran"
EMIL, NOEMI = "Emil Pixelkantor", "Noémi Takács-Oda"

_THIRDS = shares(
    (TOMASZ, "Performer", "1/3"), (INES, "Performer", "1/3"), (BRAM, "Performer", "1/3")
)
_LEADER = shares(
    (TOMASZ, "Performer", "50%"),
    (INES, "Performer", "16.67%"),
    (BRAM, "Performer", "16.67%"),
    (LABEL, "Label", "16.66%"),
)

LAST_TRAM = SampleRelease(
    title="After the Last Tram",
    artists=(TRIO,),
    genre="Jazz",
    released_on=date(2026, 2, 13),
    explicit=False,
    upc=upc(201),
    catalog_number="PLC-1",
    cover="jazz",
    price_micro=700_000,
    currency="USD",
    territories=SampleTerritories(("Worldwide",)),
    description=(
        "Electric piano, bass and brushes, in one room and mostly in one take. They missed the "
        "last tram and played until the first."
    ),
    tracks=tracks(
        "jazz",
        (
            Song("Line 18 Is Running Late", _THIRDS),
            Song("Azulejo Blue", _LEADER, composers=(INES,)),
            Song("Waltz for a Ticket Machine", _THIRDS),
            Song("So Which Stop", _LEADER),
            Song("Walking Home, Uphill", _THIRDS, LONG_TRACK_MICRO, composers=(INES, TOMASZ)),
        ),
        year=2026,
        first_serial=3101,
        composers=(TOMASZ,),
        credits=credited((TOMASZ, "Performer"), (INES, "Performer"), (BRAM, "Performer"),
                         (NOEMI, "Producer")),
    ),
)  # fmt: skip

_EMIL = shares((EMIL, "Performer", "85%"), (NOEMI, "Producer", "14%"), (LABEL, "Label", "1%"))

CARTRIDGE = SampleRelease(
    title="The Well-Tempered Cartridge",
    artists=(EMIL,),
    genre="Chiptune",
    released_on=date(2026, 6, 12),
    explicit=False,
    upc=upc(202),
    catalog_number="PLC-2",
    cover="chip",
    price_micro=620_000,
    currency="USD",
    territories=SampleTerritories(("US", "CA", "GB", "IE", "DE", "FR", "PT", "JP", "NZ")),
    description=(
        "Preludes, dances and one strict canon for two pulse waves, a triangle and a noise. "
        "Counterpoint needs three voices; the chip has four."
    ),
    tracks=tracks(
        "chip",
        (
            Song("Prelude in D Minor, Player One", _EMIL),
            Song("Canon at the Lower Octave", _EMIL),
            Song("八音の庭", _EMIL, work_title="Garden of Eight Sounds (Minuet)"),
            Song("Fugato with Extra Lives", _EMIL),
            Song("Gigue, Insert Coin", shares((EMIL, "Performer", "1/2"),
                                              (NOEMI, "Producer", "1/2")),
                 composers=(EMIL, NOEMI)),
        ),
        year=2026,
        first_serial=3201,
        composers=(EMIL,),
        credits=credited((EMIL, "Performer"), (NOEMI, "Producer")),
    ),
)  # fmt: skip

PAPER_LANTERN = SampleLabel(
    name=LABEL,
    city="Porto",
    blurb="Small ensembles, some of them soldered. We pay everybody who is in the room.",
    supplier_mail="hello@paperlanterncircuit.example",
    releases=(LAST_TRAM, CARTRIDGE),
)
