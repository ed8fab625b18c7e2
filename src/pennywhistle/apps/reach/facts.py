"""Public facts of the catalog as programs read them: frozen, without a row's own number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.territories import Territories


@dataclass(frozen=True, slots=True)
class PublicName:
    """A party as the world knows it."""

    id: int
    public_id: str
    slug: str
    name: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class PublicGenre:
    """A genre."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PublicOffer:
    """What something costs in some territories; `is_least`: at least, and the buyer says more."""

    price: Money
    is_least: bool
    territories: Territories


@dataclass(frozen=True, slots=True)
class PublicCredit:
    """Who did what, in the words of DDEX."""

    name: PublicName
    role: str


@dataclass(frozen=True, slots=True)
class PublicTrack:
    """A track that is on its release now."""

    id: int
    public_id: str
    slug: str
    title: str
    artist_line: str
    disc_number: int
    track_number: int
    duration_ms: int
    is_explicit: bool
    isrc: str
    recording_id: int
    release_id: int


@dataclass(frozen=True, slots=True)
class PublicRelease:
    """A release on the shelves with who made it and put it out."""

    id: int
    public_id: str
    slug: str
    title: str
    artist_line: str
    upc: str
    released_on: date
    published_at: datetime
    is_explicit: bool
    about: str
    label: PublicName
    genre: PublicGenre | None
    artists: tuple[PublicName, ...]
