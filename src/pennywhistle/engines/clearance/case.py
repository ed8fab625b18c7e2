"""A case under decision: what it is about, and what was relied on so far."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from pennywhistle.engines.clearance.known import known_of
from pennywhistle.kernel import local_time
from pennywhistle.kernel.period import Period, PeriodInvalidError
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from pennywhistle.engines.clearance.facts import (
        Basis,
        Grant,
        Item,
        Question,
        Register,
        Row,
    )
    from pennywhistle.engines.clearance.known import Known
    from pennywhistle.engines.clearance.reasons import Reason

codes_kept_max = 512


class Extent(Protocol):
    """Whatever holds somewhere for some time."""

    @property
    def territories(self) -> Territories:
        """Where it holds."""

    @property
    def valid(self) -> Period:
        """When it holds."""


@dataclass(slots=True)
class Case:
    """An item and a question; `basis` and `holds` grow while it is decided, in order.

    `bit` and `at` are the question's territory and instant as rows are compared with: many rows
    are asked whether they hold here and now, and each is asked with two comparisons of numbers.
    """

    item: Item
    question: Question
    basis: list[Basis] = field(default_factory=list)
    holds: dict[Reason, None] = field(default_factory=dict)
    bit: int = field(init=False)
    at: datetime = field(init=False)
    # What was found out here and now before: of the item's register, unless it is handed in.
    known: Known = field(init=False)
    shared: InitVar[Known | None] = None
    is_one_of_many: bool = field(init=False)

    def __post_init__(self, shared: Known | None) -> None:
        question = self.question
        at = question.at
        if at.utcoffset() is None:
            raise PeriodInvalidError(f"{at} has no time zone, so it names no instant")
        self.at = at if at.tzinfo is UTC else at.astimezone(UTC)
        self.bit = _bit_of(question.territory)
        self.is_one_of_many = shared is not None
        register = self.item.register
        self.known = shared or known_of(
            register, self.bit, self.at, question.use, question.currency
        )

    @property
    def register(self) -> Register:
        """What is on record of the parties that the item needs."""
        return self.item.register

    def rely_on(self, code: str, row: Row, title: str = "") -> None:
        """Note a link of the chain of authority."""
        self.basis.append((code, row, title))

    def hold(self, reason: Reason) -> None:
        """Note why money will be kept apart."""
        self.holds[reason] = None

    def is_now(self, valid: Period) -> bool:
        """Whether a period covers the question's instant."""
        starts_at, ends_at, at = valid.starts_at, valid.ends_at, self.at
        return (starts_at is None or starts_at <= at) and (ends_at is None or at < ends_at)

    def is_here_and_now(self, row: Extent) -> bool:
        """Whether a row covers the question's territory and instant."""
        if not row.territories.mask & self.bit:
            return False
        valid, at = row.valid, self.at
        starts_at, ends_at = valid.starts_at, valid.ends_at
        return (starts_at is None or starts_at <= at) and (ends_at is None or at < ends_at)

    def is_granted(self, grant: Grant) -> bool:
        """Whether a grant covers the question's territory and instant, in local time or not."""
        if not grant.is_local:
            return self.is_here_and_now(grant)
        here = grant.territories.mask & self.bit
        return bool(here and here & local_time.holding_at(grant.valid, self.at))

    def instants_of(self, grant: Grant) -> Period | None:
        """When a grant holds in the question's territory; None if at no time."""
        if not grant.is_local:
            return grant.valid
        return local_time.instants_of(grant.valid, self.question.territory)

    def name_of(self, party_id: int) -> str:
        """A party's name."""
        return self.register.name_of(party_id)

    def apart(self, reason: str, subject: str) -> str:
        """The code of the purse that keeps money for `subject` apart (kernel.purse)."""
        return f"{reason}:{subject}:{self.question.territory}:{self.at.year}"


@lru_cache(maxsize=codes_kept_max)
def _bit_of(code: str) -> int:
    """The bit of a territory; no bit at all for a code that does not exist."""
    return Territories.of(code).mask if code in Territories.worldwide() else 0
