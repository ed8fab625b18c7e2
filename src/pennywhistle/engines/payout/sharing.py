"""What a contract makes of a label's earnings: steps, reserves, a guarantee, and what they refuse.

The worked cases are in docs/algorithms/contracts.md. Everything is exact until the end: the sum of
all months is rounded down once, to a whole micro-unit, so that nothing drifts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

months_of_a_year = 12


class TermsRefusedError(ValueError):
    """The terms make no sense, or promise more than there is; the sentence says what."""

    code = "terms-refused"


@dataclass(frozen=True, slots=True)
class Step:
    """Of all that is earned above `above_micro` in all, this part is due."""

    above_micro: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class Reserve:
    """A part of each month's due is kept back and released later, in parts that sum to one.

    `releases` says how many months after the month of the sale which part of it is released.
    """

    share: Fraction = Fraction(0)
    releases: tuple[tuple[int, Fraction], ...] = ()

    def kept(self, *, months_since: int) -> Fraction:
        """Which part of a month's due is still kept so many whole months after that month."""
        released = sum(
            (part for after, part in self.releases if after <= months_since), Fraction(0)
        )
        return self.share * (1 - released)


def check_steps(steps: Sequence[Step]) -> None:
    """Steps begin at nothing, rise, and give at most all. Raises `TermsRefusedError`."""
    if not steps or steps[0].above_micro != 0:
        raise TermsRefusedError("The first step begins at 0.")
    bases = [step.above_micro for step in steps]
    if sorted(set(bases)) != bases:
        raise TermsRefusedError("Each step begins above the one before it.")
    for step in steps:
        if not 0 <= step.share <= 1:
            raise TermsRefusedError(f"A share of {_percent(step.share)} is none.")


def check_reserve(reserve: Reserve) -> None:
    """All of a reserve is released at some time. Raises `TermsRefusedError`."""
    if not 0 <= reserve.share < 1:
        raise TermsRefusedError(f"A reserve of {_percent(reserve.share)} is none.")
    parts = [part for _, part in reserve.releases]
    months = [after for after, _ in reserve.releases]
    if reserve.share and (sum(parts, Fraction(0)) != 1 or min(parts) <= 0):
        raise TermsRefusedError(
            f"The parts in which a reserve is released sum to "
            f"{_percent(sum(parts, Fraction(0)))}, not to 100 %."
        )
    if not reserve.share and parts:
        raise TermsRefusedError("Nothing is reserved that could be released.")
    if months != sorted(set(months)) or any(after < 1 for after in months):
        raise TermsRefusedError("Releases are one or more months later, each after the one before.")


def due_between(steps: Sequence[Step], before_micro: int, after_micro: int) -> Fraction:
    """What is due for earnings that went from one sum to another; below zero where they fell."""
    return _due(steps, after_micro) - _due(steps, before_micro)


def _due(steps: Sequence[Step], total_micro: int) -> Fraction:
    """What is due of so much in all; below zero by the first step, for then more went back."""
    if total_micro <= 0:
        return steps[0].share * total_micro
    ends = [step.above_micro for step in steps[1:]] + [total_micro]
    return sum(
        (
            step.share * (min(end, total_micro) - step.above_micro)
            for step, end in zip(steps, ends, strict=True)
            if step.above_micro < total_micro
        ),
        Fraction(0),
    )


@dataclass(frozen=True, slots=True)
class Month:
    """What a label earned of a contract's items in a month, and by which steps it is due."""

    first: date
    base_micro: int
    steps: tuple[Step, ...]
    reserve: Reserve


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A contract's sums in micro-units: what it earned, what is due of it, what is reserved."""

    base_micro: int
    due_micro: int
    reserved_micro: int


def reckon(months: Iterable[Month], *, on: date) -> Reckoned:
    """What months in a row make due by a day, and what of it is still kept in reserve then.

    What is due is rounded down to a whole micro-unit, and what is reserved up, once each.
    """
    total, due, reserved = 0, Fraction(0), Fraction(0)
    for month in months:
        mine = due_between(month.steps, total, total + month.base_micro)
        total += month.base_micro
        due += mine
        if mine > 0:
            reserved += mine * month.reserve.kept(months_since=_months_between(month.first, on))
    return Reckoned(total, math.floor(due), math.ceil(reserved))


def _months_between(first: date, on: date) -> int:
    """So many whole months lie between the end of a month and a day."""
    return (on.year - first.year) * months_of_a_year + on.month - first.month - 1


@dataclass(frozen=True, slots=True)
class Promise:
    """What a contract promises: to whom, of what, from when until when, and at most how much.

    `subjects` are what its share is of; none means everything. `ends_on` is exclusive.
    """

    name: str
    payer: int
    payee: int
    subjects: frozenset[int]
    starts_on: date
    ends_on: date | None
    share: Fraction

    def overlaps(self, other: Promise) -> bool:
        """Whether two promises are of the same earnings at some time."""
        of_same = not self.subjects or not other.subjects or bool(self.subjects & other.subjects)
        return (
            of_same
            and self.starts_on < (other.ends_on or date.max)
            and other.starts_on < (self.ends_on or date.max)
        )


def check_promises(new: Promise, others: Iterable[Promise]) -> None:
    """All promises of one payer of the same earnings sum to at most all of them.

    Raises `TermsRefusedError`, naming the shares.
    """
    rivals = [each for each in others if each.payer == new.payer and new.overlaps(each)]
    subjects: Iterable[int | None] = new.subjects or {
        None, *(subject for each in rivals for subject in each.subjects)
    }  # fmt: skip
    for day in [new.starts_on, *(each.starts_on for each in rivals)]:
        for subject in subjects:
            mine = [
                each
                for each in (new, *rivals)
                if each.starts_on <= day < (each.ends_on or date.max)
                and (not each.subjects or subject in each.subjects)
            ]
            total = sum((each.share for each in mine), Fraction(0))
            if total > 1:
                shares = " + ".join(f"{_percent(each.share)} ({each.name})" for each in mine)
                raise TermsRefusedError(f"{shares} = {_percent(total)}: more than there is.")


def check_loops(new: Promise, others: Iterable[Promise], names: Mapping[int, str]) -> None:
    """Money never comes back to who promised it.

    Raises `TermsRefusedError`, naming the way by those whose names are given; the others stay
    untold, and how many they are.
    """
    owes: dict[int, set[int]] = {}
    for each in others:
        owes.setdefault(each.payer, set()).add(each.payee)
    ways = [[new.payer, new.payee]]
    seen = {new.payee}
    while ways:
        way = ways.pop()
        for party in sorted(owes.get(way[-1], ())):
            if party == new.payer:
                told = (names.get(each, "…") for each in [*way, party])
                words = " → ".join(name for name, _ in groupby(told))
                raise TermsRefusedError(f"The money would go round: {words}.")
            if party not in seen:
                seen.add(party)
                ways.append([*way, party])


def _percent(share: Fraction) -> str:
    whole, part = divmod(round(share * 100 * 10_000), 10_000)
    return f"{whole}.{part:04}".rstrip("0").rstrip(".") + " %"
