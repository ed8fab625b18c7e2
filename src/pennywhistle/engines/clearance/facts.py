"""What clearance is asked, and the facts that it decides on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories

# DDEX's allowed value for the one use that a sale of a file needs (UseType).
DOWNLOAD = "PermanentDownload"


@dataclass(frozen=True, slots=True)
class Payee:
    """Who gets which part of what is left after the store's share; `account` is in the books."""

    account: int
    party_id: int
    name: str
    role: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class Grant:
    """A supplier's permission: uses, territories, period, price, and whom to pay.

    A release's grant has a price and no payees: its money follows its tracks. A track's grant
    has payees, and a price only if the track is sold by itself.
    """

    id: int
    licensor_id: int
    licensor: str
    uses: frozenset[str]
    territories: Territories
    valid: Period
    # The least that must reach the payees of one sale, after the store's share.
    wholesale: Money
    price: Money | None
    payees: tuple[Payee, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody stopped the sale: a take-down, a dispute, an embargo."""

    id: int
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Track:
    """A track as a thing that money follows; `ref` is its name in sales and in the log."""

    ref: str
    title: str
    grants: tuple[Grant, ...]
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A thing on the shelf: a release (with all its tracks) or one track (with itself alone)."""

    ref: str
    title: str
    supplier: str
    is_published: bool
    tracks: tuple[Track, ...]
    # A release's own grants; a track is sold under its track's grants.
    grants: tuple[Grant, ...] = ()
    stops: tuple[Stop, ...] = ()
    is_release: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Where, when, in which currency, and what the buyer already owns of it.

    `store_share` is the store's part of the price, `store_account` where it goes.
    `owned` are refs of tracks that the buyer owns, `paid` what they paid for them.
    """

    territory: str
    at: datetime
    currency: str
    store_share: Fraction
    store_account: int
    least_price: Money
    use: str = DOWNLOAD
    owned: frozenset[str] = field(default_factory=frozenset)
    paid: Money | None = None
