"""What a sale that was made would have owed if a tariff had asked something else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.decide import clear

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from pennywhistle.engines.clearance.facts import Item, Question
    from pennywhistle.engines.clearance.reasons import Reason
    from pennywhistle.engines.clearance.tariff import Tariff
    from pennywhistle.engines.clearance.verdict import Verdict
    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Refigured:
    """A sale figured again: what some licenses get of it, exact and in micro-units.

    `fee_micro` is None where the sale is refused now, for `reasons`. `is_below_floor`: at its
    price somebody would go unpaid.
    """

    fee_micro: Fraction | None
    is_below_floor: bool = False
    reasons: tuple[Reason, ...] = ()


def as_sold(item: Item) -> Item:
    """The item without what took it off the shelves since: it was sold."""
    tracks = tuple(replace(track, stops=()) for track in item.tracks)
    return replace(item, is_published=True, stops=(), tracks=tracks)


def with_tariff(item: Item, *, license_ids: AbstractSet[int], tariff: Tariff) -> Item:
    """The item as it would be cleared if these licenses asked by `tariff`, whenever they hold."""
    licenses = {
        licensor_id: tuple(
            replace(each, tariff=tariff) if each.id in license_ids else each for each in held
        )
        for licensor_id, held in item.register.licenses.items()
    }
    return replace(item, register=replace(item.register, licenses=licenses))


def figure_again(
    item: Item, question: Question, *, price: Money, license_ids: AbstractSet[int]
) -> Refigured:
    """What these licenses get of a sale at exactly that price, even below its floor."""
    verdict = clear(item, replace(question, has_subsidy=True), price=price)
    if verdict.floor is None:
        return Refigured(None, reasons=verdict.reasons)
    return Refigured(fee_of(verdict, license_ids), is_below_floor=price < verdict.floor)


def fee_of(verdict: Verdict, license_ids: AbstractSet[int]) -> Fraction:
    """What these licenses get of a sale, exact and in micro-units."""
    total = verdict.total.micro if verdict.total else 0
    shares = (each.share for each in verdict.usage if each.license_id in license_ids)
    return total * sum(shares, Fraction(0))
