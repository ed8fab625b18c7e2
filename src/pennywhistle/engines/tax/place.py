"""Where a buyer belongs: two pieces of evidence that agree, or one from somebody else.

Implementing Regulation (EU) 282/2011: article 24b presumes the buyer's place from two pieces of
evidence that do not contradict one another, as article 24f lists them. A seller whose sales across
borders stay under 100 000 EUR a year may rest on one, which then has to come from somebody other
than seller and buyer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class ClueKind(StrEnum):
    """A piece of evidence, as article 24f lists them."""

    DECLARED = "declared"  # (a) the address that the buyer gives
    NETWORK = "network"  # (b) where the device's network address is
    PAYMENT = "payment"  # (c) where the account or card is that paid
    OTHER = "other"  # (f) anything else of commercial relevance, such as an operator's letter


# Said by somebody other than the buyer and the seller.
_BY_OTHERS = frozenset({ClueKind.NETWORK, ClueKind.PAYMENT})
_BOTH = 2


@dataclass(frozen=True, slots=True)
class Clue:
    """One piece of evidence and the country that it names."""

    kind: ClueKind
    country: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether the evidence carries the country that a sale was taxed in.

    `for_it` and `against` are the clues that name it and those that name another; `rival` is the
    country that the others agree on, empty where they do not outweigh it.
    """

    country: str
    is_settled: bool
    for_it: tuple[Clue, ...]
    against: tuple[Clue, ...]
    rival: str = ""

    @property
    def is_contradicted(self) -> bool:
        """Whether somebody has to look: other evidence speaks, and too little stands for it."""
        return bool(self.against) and not self.is_settled


def rule_place(country: str, clues: Sequence[Clue], *, needed: int) -> Ruling:
    """Whether clues carry a country; `needed` is 2, or 1 below the threshold. One clue a kind."""
    assert len({clue.kind for clue in clues}) == len(clues), "one clue of each kind"
    for_it = tuple(clue for clue in clues if clue.country == country)
    against = tuple(clue for clue in clues if clue.country != country)
    rival = _rival(against)
    is_settled = len(for_it) >= _BOTH
    if needed == 1 and not against:
        is_settled = any(clue.kind in _BY_OTHERS for clue in for_it)
    return Ruling(country, is_settled, for_it, against, "" if is_settled else rival)


def _rival(against: Sequence[Clue]) -> str:
    """The country that at least two others name, which is then presumed."""
    named = [clue.country for clue in against]
    return next((country for country in named if named.count(country) >= _BOTH), "")
