"""What a society's money is counted by: uses of works, what they earned, what was kept apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.societies.models import Society
    from pennywhistle.apps.societies.stretches import Stretch

# Why a disputed part of a sale is kept apart, as verdicts and the codes of accounts have it.
CLAIMS = "claims"


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A work, used in a territory in a stretch of time that `used_at` is the first use of."""

    work_id: int
    territory: str
    used_at: datetime


@dataclass(slots=True)
class Earned:
    """What a use earned: whole micro-units on the account, and the exact due that they stand for.

    The two differ by the rounding of the sales, less than a micro-unit each.
    """

    micro: int = 0
    due: Fraction = field(default_factory=Fraction)
    sale_count: int = 0

    def add(self, micro: int, due: Fraction | int, sale_count: int = 0) -> None:
        """Count more of it."""
        self.micro += micro
        self.due += due
        self.sale_count += sale_count


@dataclass(frozen=True, slots=True, order=True)
class Apart:
    """Money for a use under the society's licenses that was kept apart at the sale, and why."""

    reason: str
    subject: str
    territory: str
    year: int


@dataclass(slots=True)
class Usage:
    """All that came to a society's account in a stretch of the log, by where it came from.

    `uses` is for works; `apart` never came to the account. `own_micro` the party earned otherwise,
    in the splits of suppliers; `other_micro` are entries that have nothing to do with use.
    `contested` is what was kept apart of a use because its shares are disputed, then or later. The
    refund of an earlier stretch's sale counts as a use below zero, in all of them.
    """

    society: Society
    currency: str
    stretch: Stretch
    uses: dict[Use, Earned] = field(default_factory=lambda: defaultdict(Earned))
    apart: dict[Apart, Earned] = field(default_factory=lambda: defaultdict(Earned))
    contested: dict[Use, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    own_micro: int = 0
    distributed_micro: int = 0
    other_micro: int = 0

    @property
    def gross_micro(self) -> int:
        """What came in for the use of works."""
        return sum(earned.micro for earned in self.uses.values())

    @property
    def due(self) -> Fraction:
        """What that is exactly, before any sale was rounded to whole micro-units."""
        return sum((earned.due for earned in self.uses.values()), Fraction(0))

    @property
    def rounding(self) -> Fraction:
        """What rounding the sales added to the exact dues, or took."""
        return self.gross_micro - self.due

    @property
    def account_micro(self) -> int:
        """What the account gained in all: what its postings in the stretch sum to."""
        return self.gross_micro + self.own_micro + self.distributed_micro + self.other_micro


def work_of(subject: str) -> int:
    """The work's id by its ref; money for recordings whose works are unknown is kept apart."""
    kind, _, number = subject.partition("-")
    assert kind == "work", "only works that are known are paid for"
    return int(number)
