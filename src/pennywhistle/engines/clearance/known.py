"""What was found out of a register before, and need not be found out again.

Registers are never changed: another state of the store's is another register. What is found in one
territory, at one time, for one use and currency is kept with it, as long as no row of it begins or
ends; the same facts cleared again, for another buyer or price, walk along no mandate twice.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pennywhistle.engines.clearance.cover import Cover
    from pennywhistle.engines.clearance.facts import Basis, License, Mandate, Register, Right

# Of a register: territories, times, uses and currencies. Of one of these: works.
places_kept_max = 64
works_kept_max = 1_024
_ENDS = "ends"


class Reliance(NamedTuple):
    """The license that reaches an owner's right, if any, and the rows that lead to it."""

    license: License | None
    basis: tuple[Basis, ...]


@dataclass(slots=True)
class Known:
    """What was found out in one territory, at one time, for one use and currency.

    A party's mandates; a licensor's license of a right, and the one that by law reaches everything;
    who may license an owner's right, and which license reaches it; how works are covered, by their
    identity.
    """

    given: dict[int, list[Mandate]] = field(default_factory=dict)
    licensed: dict[tuple[int, Right], License | None] = field(default_factory=dict)
    by_law: dict[Right, License | None] = field(default_factory=dict)
    reached: dict[tuple[int, Right], list[tuple[int, tuple[Mandate, ...]]]] = field(
        default_factory=dict
    )
    relied: dict[tuple[int, Right], Reliance] = field(default_factory=dict)
    covers: dict[int, Cover] = field(default_factory=dict)

    def keep(self, cover: Cover) -> None:
        """Remember how a work is covered."""
        if len(self.covers) >= works_kept_max:
            self.covers.clear()
        self.covers[id(cover.work)] = cover


def known_of(register: Register, bit: int, at: datetime, use: str, currency: str) -> Known:
    """What was found out of a register there and then; `bit` is the territory's, `at` in UTC."""
    memory = register.memory
    ends: Sequence[datetime] | None = memory.get(_ENDS)
    if ends is None:
        ends = memory[_ENDS] = sorted(set(_ends_of(register)))
    place = (bit, bisect_right(ends, at) if ends else 0, use, currency)
    known: Known | None = memory.get(place)
    if known is None:
        if len(memory) > places_kept_max:
            memory.clear()
        known = memory[place] = Known()
    return known


def _ends_of(register: Register) -> Iterator[datetime]:
    """When mandates and licenses begin and end."""
    periods = [each.valid for given in register.mandates.values() for each in given]
    periods += [each.valid for held in register.licenses.values() for each in held]
    for valid in periods:
        if valid.starts_at is not None:
            yield valid.starts_at
        if valid.ends_at is not None:
            yield valid.ends_at
