"""What clearance is asked, and the facts that it decides on: an item, the register, a question."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.engines.clearance.tariff import Tariff
    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period

# DDEX's allowed value for the one use that a sale of a file needs (UseType).
DOWNLOAD = "PermanentDownload"


class Right(StrEnum):
    """A right of a recording or a work, as shares, mandates and licenses name it."""

    MASTER = "MASTER"  # a recording: its producer's
    NEIGHBOURING = "NEIGHBOURING"  # a recording: its performers'; kept on record, asks no license
    MECHANICAL = "MECH"  # a work: reproduction
    MAKING_AVAILABLE = "MAKING_AVAILABLE"  # a work: offering it for download

    @property
    def is_of_works(self) -> bool:
        """Whether works have it; recordings have the others."""
        return self in WORK_RIGHTS


# Both must be licensed for a download.
WORK_RIGHTS = (Right.MECHANICAL, Right.MAKING_AVAILABLE)


class LicenseSource(StrEnum):
    """Who licenses the works in the United States (17 U.S.C. 115; 37 CFR 210.1)."""

    BLANKET = "blanket"  # this store's own blanket license
    PASS_THROUGH = "pass_through"  # noqa: S105 (no password); the supplier's license, which it passes on and pays itself
    DIRECT = "direct"  # the supplier's own works, or such as it licenses to the store directly


# The United States in the sense of 17 U.S.C. 101: the states, the district, Puerto Rico and the
# territories under its law.
US_TERRITORIES = Territories.of("US", "PR", "GU", "VI", "AS", "MP", "UM")


@dataclass(frozen=True, slots=True)
class Payee:
    """Who gets which part of what is left after tax, tariffs and the store's share."""

    party_id: int
    name: str
    role: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class Grant:
    """A supplier's deal: uses, territories, period, price, and whom to pay.

    A release's grant has a price and no payees: its money follows its tracks. A track's grant
    has payees, and a price only if the track is sold by itself. Instead of amounts it may name a
    `price_code` of the supplier's rate card (`Register.rates`), or a wholesale price alone, for
    which the store asks the least price that pays it (`is_at_floor`).
    `is_local`: `valid` holds times on the walls of each territory, as if UTC (kernel.local_time).
    """

    id: int
    licensor_id: int
    licensor: str
    uses: frozenset[str]
    territories: Territories
    valid: Period
    # The least that must reach the payees of one sale.
    wholesale: Money
    price: Money | None
    payees: tuple[Payee, ...] = ()
    price_code: str = ""
    is_local: bool = False
    is_at_floor: bool = False
    # The price is the least: the buyer names theirs, and may be told what others give.
    is_minimum: bool = False
    suggested: Money | None = None
    # For a time only, less than the supplier asks otherwise.
    is_sale: bool = False

    @property
    def is_sold_alone(self) -> bool:
        """Whether it says what its item costs by itself."""
        return self.price is not None or bool(self.price_code) or self.is_at_floor


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody stopped the sale: a take-down, a dispute, an embargo, a notice."""

    id: int
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Share:
    """A party's part of a work's or a recording's right, as it claims it or as it was confirmed."""

    id: int
    party_id: int
    right: Right
    role: str
    part: Fraction
    territories: Territories
    valid: Period


@dataclass(frozen=True, slots=True)
class PublicDomain:
    """Where and when a work is free: nobody's license is needed."""

    territories: Territories
    valid: Period


@dataclass(frozen=True, slots=True)
class Work:
    """A work in a recording: who has which share, where it is free, and how much of the recording.

    `part` is its part of the recording; the parts of all works sum to one where all is known.
    """

    id: int
    title: str
    part: Fraction
    shares: tuple[Share, ...]
    public_domain: tuple[PublicDomain, ...] = ()

    @property
    def ref(self) -> str:
        """Its name in repertoires and in the codes of money kept apart."""
        return f"work-{self.id}"


@dataclass(frozen=True, slots=True)
class Recording:
    """A track's recording: who has shares of its rights, how long it is, which works are in it."""

    id: int
    duration_ms: int
    shares: tuple[Share, ...]
    works: tuple[Work, ...]

    @property
    def ref(self) -> str:
        """Its name in repertoires and in the codes of money kept apart."""
        return f"recording-{self.id}"


@dataclass(frozen=True, slots=True)
class Track:
    """A track as a thing that money follows; `ref` is its name in sales and in the log."""

    ref: str
    title: str
    recording: Recording
    grants: tuple[Grant, ...]
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class Mandate:
    """A party lets another license for it: rights, uses, territories, period, repertoire.

    `repertoire` holds the refs of the works and recordings that it reaches; None is all of them.
    """

    id: int
    from_id: int
    to_id: int
    rights: frozenset[Right]
    uses: frozenset[str]
    territories: Territories
    valid: Period
    is_exclusive: bool = False
    repertoire: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class License:
    """A licensor lets this store use works: rights, uses, territories, period, tariff.

    It reaches as far as the licensor's own shares and the mandates behind it, and no further.
    Only a law may widen it (an extended or a compulsory license): `unidentified_by` names the
    law, by which it reaches works and owners that are unknown, and owners that no other license
    reaches. `tariff` None: paid within the supplier's split.
    """

    id: int
    licensor_id: int
    rights: frozenset[Right]
    uses: frozenset[str]
    territories: Territories
    valid: Period
    tariff: Tariff | None = None
    unidentified_by: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A supplier's signed agreement with the store, without which its deals mean nothing."""

    id: int
    supplier_id: int
    valid: Period
    # None: nothing is agreed for the United States, which are closed then.
    us_source: LicenseSource | None


@dataclass(frozen=True, slots=True)
class Rate:
    """What a supplier's price code means, in money."""

    id: int
    supplier_id: int
    code: str
    territories: Territories
    valid: Period
    price: Money
    wholesale: Money


@dataclass(frozen=True, slots=True)
class Transfer:
    """A catalog goes from one supplier to another: while it lasts, both may hold deals."""

    id: int
    from_id: int
    to_id: int
    valid: Period


@dataclass(frozen=True, slots=True)
class Discount:
    """Somebody lets one buyer pay less: for a code, or for buying several things together.

    `giver_id` is the supplier who lowers their own price; None is the store, which then pays what
    the supplier's payees would lose. It takes `part` off the price, as far as the floor, and not
    more than `most`; or it says the `price` itself, which is refused where it is too low. With a
    `wholesale` the supplier is due that instead of what the grant says; without a price it is the
    least that pays it. `kind` says of what `id` is the number: campaign, bundle, pre-order.
    """

    id: int
    kind: str
    title: str
    giver_id: int | None
    giver: str
    part: Fraction = Fraction(0)
    price: Money | None = None
    most: Money | None = None
    wholesale: Money | None = None


# A row of the facts that a decision can rest on.
Row = Agreement | Discount | Grant | License | Mandate | Rate | Share | Transfer | Work
# Such a row: the code of its link in the chain, the row, and the title of what it is about.
Basis = tuple[str, Row, str]


@dataclass(frozen=True, slots=True)
class Register:
    """What the store knows of parties and their dealings, as far as an item needs it.

    Mandates by who gave them, licenses by licensor, agreements by supplier, rates by supplier
    and code; names by party.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    mandates: Mapping[int, tuple[Mandate, ...]] = field(default_factory=dict)
    licenses: Mapping[int, tuple[License, ...]] = field(default_factory=dict)
    agreements: Mapping[int, tuple[Agreement, ...]] = field(default_factory=dict)
    rates: Mapping[tuple[int, str], tuple[Rate, ...]] = field(default_factory=dict)
    transfers: tuple[Transfer, ...] = ()
    # Found out before (`known.py`); another register, one with other rows also, begins anew.
    memory: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def name_of(self, party_id: int) -> str:
        """A party's name."""
        return self.names.get(party_id, f"party {party_id}")


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
    register: Register = field(default_factory=Register)


@dataclass(frozen=True, slots=True)
class Question:
    """Where, when, in which currency, and what the buyer already owns of it.

    `store_share` is the store's part of the price without tax, `tax_rate` what the tax office
    takes on top of that price. `owned` are refs of tracks that the buyer owns, `paid` what they
    paid for them. `has_subsidy`: the operator adds what a price under the floor leaves open.
    `offered` is what the buyer offers, where the supplier lets them name the price; `discount` what
    somebody lets them pay less.
    """

    territory: str
    at: datetime
    currency: str
    store_share: Fraction
    least_price: Money
    tax_rate: Fraction = Fraction(0)
    has_subsidy: bool = False
    use: str = DOWNLOAD
    owned: frozenset[str] = field(default_factory=frozenset)
    paid: Money | None = None
    offered: Money | None = None
    discount: Discount | None = None
