"""Deals, prices, visibility and transfers: what a message permits, in our words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.files import Property
    from pennywhistle.engines.ddex.moments import Moment, Span
    from pennywhistle.engines.ddex.things import Dated, Mark, Where, Word
    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Price:
    """What a deal says about money.

    `kind` is wholesale, bulk-wholesale, suggested-retail, code, or none (an empty block). `money`
    is exact where an amount in a currency can be read. Suggested prices and ranges inform only.
    """

    kind: str
    text: str = ""
    money: Money | None = None
    currency: str = ""
    code: str = ""
    namespace: str = ""
    range: str = ""
    type: Word | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Deal:
    """One set of terms, and the releases that it is for (references within the message)."""

    path: str
    line: int
    references: tuple[str, ...]
    releases: tuple[str, ...]
    models: tuple[Word, ...]
    uses: tuple[Word, ...]
    where: Where
    spans: tuple[Span, ...]
    prices: tuple[Price, ...] = ()
    marks: tuple[Mark, ...] = ()
    conditions: tuple[Property, ...] = ()
    channels: tuple[Channel, ...] = ()
    displays: tuple[Dated, ...] = ()
    incentives: tuple[Incentive, ...] = ()
    effective: Moment | None = None
    unread: tuple[str, ...] = ()
    """Paths of what the terms, or else what stands beside the deal, say beyond this.

    Such a deal grants nothing.
    """

    def is_marked(self, name: str) -> bool:
        """Whether the deal says yes to take-down, is-pre-order-deal, is-exclusive, ..."""
        return any(mark.is_set for mark in self.marks if mark.name == name)

    @property
    def closes(self) -> bool:
        """Whether this is no permission but the end of one (ERN 3; E7)."""
        return self.is_marked("take-down") or self.is_marked("all-deals-cancelled")


@dataclass(frozen=True, slots=True)
class Channel:
    """A service that a deal is for, or is not for."""

    party: str
    is_excluded: bool
    url: tuple[str, ...] = ()
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incentive:
    """Resources that come with a pre-order: at once (instant-gratification) or with the release."""

    kind: str
    resources: tuple[str, ...]
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Visibility:
    """From when a release, its cover, its tracks and its clips may be shown (E10; from 4.2)."""

    reference: str
    is_track: bool
    where: Where
    dates: tuple[Dated, ...]
    hides_dates: bool | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A catalog transfer that ERN 3 announces (E11); it gives no right by itself."""

    is_completed: bool | None
    effective: Moment | None
    giver: str
    taker: str
    where: Where
    releases: tuple[str, ...]
