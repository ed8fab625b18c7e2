"""What a buyer asks for, and what it comes to: which offer lowers which item, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pennywhistle.apps.orders.agreed import Agreed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.apps.offers.models import Bundle, Code
    from pennywhistle.apps.rights.refs import ItemRef
    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Wish:
    """Items, what is offered for those of an open price, and the codes that were typed."""

    refs: tuple[ItemRef, ...]
    offered: Mapping[ItemRef, Money] = field(default_factory=dict)
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, from where, and when; 0 is nobody who is signed in."""

    user_id: int
    territory: str
    at: datetime


class CodeWord(StrEnum):
    """What becomes of a code."""

    WORKS = "works"
    UNKNOWN = "unknown"
    NOT_YET = "not-yet"
    ENDED = "ended"
    USED_UP = "used-up"
    SPENT = "spent"
    USED_BY_YOU = "used-by-you"
    NOTHING_FOR_IT = "nothing-for-it"


class LineWord(StrEnum):
    """Why a code does nothing to an item, or less than it says."""

    NOT_FOR_IT = "not-for-it"
    IN_BUNDLE = "in-bundle"
    OWN_PRICE = "own-price"
    AT_FLOOR = "at-floor"
    AT_MOST = "at-most"
    OTHER_CODE = "other-code"


@dataclass(frozen=True, slots=True)
class TypedCode:
    """A code as it was typed, and what becomes of it."""

    typed: str
    word: CodeWord
    row: Code | None = None
    saved_micro: int = 0


@dataclass(frozen=True, slots=True)
class Lowered:
    """An item that costs less: by which offer, and what it costs others."""

    title: str
    before: Money
    now: Money


@dataclass(frozen=True, slots=True)
class Untouched:
    """An item that a code does nothing to."""

    typed: str
    word: LineWord


@dataclass(frozen=True, slots=True)
class Arranged:
    """What a wish comes to; `bundles` are those that lower something in it."""

    agreed: Mapping[ItemRef, Agreed]
    lowered: Mapping[ItemRef, Lowered] = field(default_factory=dict)
    untouched: Mapping[ItemRef, tuple[Untouched, ...]] = field(default_factory=dict)
    codes: tuple[TypedCode, ...] = ()
    bundles: tuple[Bundle, ...] = ()

    def wanted(self, refs: tuple[ItemRef, ...]) -> list[ItemRef | Agreed]:
        """The items as the till is asked for them."""
        return [self.agreed.get(ref, ref) for ref in refs]


def only_offered(wish: Wish) -> dict[ItemRef, Agreed]:
    """What is agreed where nobody lets the buyer pay less."""
    return {ref: Agreed(ref, offered=wish.offered[ref]) for ref in wish.refs if ref in wish.offered}
