"""What a sales report is made of: who writes to whom, what was sold, where, how often, for what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from pennywhistle.kernel.money import Money

PAY_AS_YOU_GO = "PayAsYouGoModel"
WORLDWIDE = "Worldwide"


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A party to the report: its DDEX Party ID, and its name."""

    dpid: str
    name: str


@dataclass(frozen=True, slots=True)
class Heading:
    """Who tells whom about which days, in which currency; `message_id` is never used again.

    `created_at` is an instant with a zone; `first` and `last` are both reported on.
    """

    message_id: str
    created_at: datetime
    first: date
    last: date
    sender: Correspondent
    recipient: Correspondent
    service: str
    currency: str


@dataclass(frozen=True, slots=True)
class MusicalWork:
    """A work by the store's id, and who wrote and published it."""

    id: str
    title: str
    iswc: str = ""
    writers: tuple[str, ...] = ()
    arrangers: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SoundRecording:
    """A recording by the store's id, and the works that are known to be in it."""

    id: str
    title: str
    artist: str
    duration_ms: int
    isrc: str = ""
    works: tuple[MusicalWork, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """A release by the store's id, with the recordings that were sold by it or from it."""

    id: str
    title: str
    artist: str
    label: str
    recordings: tuple[SoundRecording, ...]
    upc: str = ""
    released_on: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class Context:
    """What a summary is about: one territory and one kind of use."""

    territory: str
    use: str
    model: str = PAY_AS_YOU_GO


@dataclass(frozen=True, slots=True)
class Use:
    """So many sales of a product, or of one of its recordings, in one context at one price.

    `usages` are all that were sold, `returns` those that were refunded, be it of earlier periods;
    `price` is what one buyer paid without tax. `revenue` is what all of them brought without tax,
    less what went back, and `content_cost` what of it did not stay with the store.
    """

    context: Context
    product_id: str
    recording_id: str
    usages: int
    returns: int
    price: Money
    revenue: Money
    content_cost: Money
