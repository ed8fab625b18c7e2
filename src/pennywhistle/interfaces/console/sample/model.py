"""What the sample catalog is made of: labels, releases, tracks, credits, shares."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class SampleCredit:
    """Who did what."""

    party: str
    role: str


@dataclass(frozen=True, slots=True)
class SampleShare:
    """Which part of a sale's proceeds goes to whom, and as what."""

    party: str
    role: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class SampleTerritories:
    """Where a release may be sold, as a supplier writes it: `Worldwide` or country codes."""

    included: tuple[str, ...]
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleTrack:
    """A track: its recording, its work, its price (None: sold with the album only), its split."""

    number: int
    title: str
    isrc: str
    seconds: int
    price_micro: int | None
    composers: tuple[str, ...]
    credits: tuple[SampleCredit, ...]
    split: tuple[SampleShare, ...]
    work_title: str
    iswc: str
    explicit: bool
    piece: tuple[str, int]  # the style's name and the number of the piece in it


@dataclass(frozen=True, slots=True)
class SampleRelease:
    """A record of a label."""

    title: str
    artists: tuple[str, ...]
    genre: str
    released_on: date
    explicit: bool
    upc: str
    catalog_number: str
    cover: str  # the name of the sleeve's drawing
    price_micro: int
    currency: str
    territories: SampleTerritories
    description: str
    tracks: tuple[SampleTrack, ...]


@dataclass(frozen=True, slots=True)
class SampleLabel:
    """A label that supplies the store."""

    name: str
    city: str
    blurb: str
    supplier_mail: str
    releases: tuple[SampleRelease, ...]
