"""Paid-in money by lots: spent first in, first out; what is paid back is what came in last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of one payment, in micro-units. Lots are kept in the order of payment."""

    id: int
    left_micro: int


@dataclass(frozen=True, slots=True)
class Taken:
    """So much of a lot; below zero where it was given back to it."""

    lot_id: int
    amount_micro: int


def spend_oldest(lots: Sequence[Lot], amount_micro: int) -> list[Taken]:
    """Take an amount from the oldest lots. What no lot holds is taken from none."""
    return _take(lots, amount_micro)


def spend_newest(lots: Sequence[Lot], amount_micro: int) -> list[Taken]:
    """Take an amount from the newest lots: what is left of a balance was paid in last."""
    return _take(list(reversed(lots)), amount_micro)


def return_newest(taken: Sequence[Taken], amount_micro: int) -> list[Taken]:
    """Give an amount back to where it was taken from, what was taken last first.

    `taken` is what was taken so far, in order, with what was given back of it since.
    """
    left: dict[int, int] = {}
    order: list[int] = []
    for each in taken:
        left[each.lot_id] = left.get(each.lot_id, 0) + each.amount_micro
        if each.amount_micro > 0:
            order = [*(lot_id for lot_id in order if lot_id != each.lot_id), each.lot_id]
    spent = [Lot(lot_id, left[lot_id]) for lot_id in reversed(order) if left[lot_id] > 0]
    return [Taken(each.lot_id, -each.amount_micro) for each in _take(spent, amount_micro)]


def _take(lots: Iterable[Lot], amount_micro: int) -> list[Taken]:
    assert amount_micro >= 0, "an amount that is taken is not below zero"
    taken = []
    for lot in lots:
        if amount_micro <= 0:
            break
        part = min(lot.left_micro, amount_micro)
        if part > 0:
            taken.append(Taken(lot.id, part))
            amount_micro -= part
    return taken
