"""Clearing an item for the whole world at once, and until when the answer holds.

Territories that no row of the facts tells apart share their answer, so that one of each kind is
cleared; most items have one to three kinds (docs/algorithms/clearance.md).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pennywhistle.engines.clearance.case import Case
from pennywhistle.engines.clearance.decide import Offer, offer_of, terms_of
from pennywhistle.engines.clearance.extents import boundaries_of, masks_of
from pennywhistle.engines.clearance.facts import US_TERRITORIES, Agreement, LicenseSource
from pennywhistle.engines.clearance.reasons import Reason, Refusal
from pennywhistle.engines.clearance.verdict import Verdict
from pennywhistle.kernel.territories import TERRITORY_CODES, Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from pennywhistle.engines.clearance.facts import Item, Question
    from pennywhistle.kernel.purse import Purse

_WORLD = Territories.worldwide().mask
_UNTAXED = Fraction(0)


@dataclass(frozen=True, slots=True)
class Area:
    """Territories that get the same answer; the verdict is that of one of them."""

    territories: Territories
    verdict: Verdict


def survey(item: Item, question: Question, tax_rates: Mapping[str, Fraction]) -> tuple[Area, ...]:
    """Clear `item` for every territory; the areas cover the world and do not overlap.

    `tax_rates` are by territory; whatever is not named bears none. Territory and tax rate of the
    question do not matter. Two territories are in one area if their verdicts differ in nothing
    but the name of the territory.
    """
    cleared = list(_cleared(item, question, masks_by_rate(tax_rates)))
    if len(cleared) == 1:
        return (Area(Territories(_WORLD), cleared[0][1]),)
    merged: dict[Any, tuple[int, Verdict]] = {}
    for mask, verdict in cleared:
        answer = _answer(verdict)
        known = merged.get(answer)
        merged[answer] = (mask | known[0], known[1]) if known else (mask, verdict)
    return tuple(Area(Territories(mask), verdict) for mask, verdict in merged.values())


def next_change(item: Item, at: datetime) -> datetime | None:
    """The first instant after `at` at which something in the facts begins or ends, if any does."""
    boundaries = boundaries_of(item)
    place = bisect_right(boundaries, at)
    return boundaries[place] if place < len(boundaries) else None


def _cleared(
    item: Item, question: Question, by_rate: Mapping[Fraction, int]
) -> Iterator[tuple[int, Verdict]]:
    """Each kind of territory with its verdict.

    The tax does not matter to who may sell what: each kind is cleared up to its price first, and
    told apart by tax rates only if it comes that far.
    """
    for kind in kinds_of(item, question.at):
        asked = replace(question, territory=one_of(kind), tax_rate=_UNTAXED)
        case = Case(item, asked)
        try:
            offer = offer_of(case)
        except Refusal as refusal:
            yield kind, Verdict(item, asked, refusal.reasons)
            continue
        for rate, taxed in by_rate.items():
            if kind & taxed:
                yield kind & taxed, _priced(case, offer, kind & taxed, rate)


def _priced(case: Case, offer: Offer, kind: int, rate: Fraction) -> Verdict:
    """The verdict where an offer bears this tax."""
    asked = replace(case.question, territory=one_of(kind), tax_rate=rate)
    case.question = asked
    try:
        terms = terms_of(case, offer, None)
    except Refusal as refusal:
        return Verdict(case.item, asked, refusal.reasons)
    return Verdict(case.item, asked, (), terms, tuple(case.basis))


def kinds_of(item: Item, at: datetime) -> list[int]:
    """The world in parts that no row of the item's facts tells apart at an instant, as masks."""
    masks = masks_of(item, at)
    if any(_tells_the_us_apart(each) for each in _agreements(item)):
        masks.add(US_TERRITORIES.mask)
    kinds = [_WORLD]
    for mask in masks - {_WORLD, 0}:
        kinds = [part for kind in kinds for part in (kind & mask, kind & ~mask) if part]
    return kinds


def _agreements(item: Item) -> Iterator[Agreement]:
    for agreements in item.register.agreements.values():
        yield from agreements


def _tells_the_us_apart(agreement: Agreement) -> bool:
    return agreement.us_source in {None, LicenseSource.PASS_THROUGH}


def masks_by_rate(tax_rates: Mapping[str, Fraction]) -> dict[Fraction, int]:
    """The territories of each tax rate; those that are not named bear none."""
    by_rate: defaultdict[Fraction, int] = defaultdict(int)
    named = 0
    for code, rate in tax_rates.items():
        bit = Territories.of(code).mask
        by_rate[rate] |= bit
        named |= bit
    by_rate[_UNTAXED] |= _WORLD & ~named
    return dict(by_rate)


def one_of(mask: int) -> str:
    """A territory of the set."""
    return TERRITORY_CODES[mask.bit_length() - 1]


def _answer(verdict: Verdict) -> Any:  # noqa: ANN401 (a key, compared and nothing else)
    """Everything in a verdict but the name of its territory."""
    territory = verdict.question.territory
    if verdict.terms is None:
        return tuple(_nameless(verdict.reasons))
    terms = verdict.terms
    return (
        *(terms.price, terms.floor, terms.subsidy, terms.is_open, terms.suggested),
        tuple(_nameless(terms.holds)),
        tuple((_placeless(part.purse, territory), part.role, part.share) for part in terms.parts),
        tuple((code, row.id) for code, row, _ in verdict.basis),
    )


def _nameless(reasons: Iterable[Reason]) -> Iterator[tuple[object, ...]]:
    for reason in reasons:
        kept = tuple(value for value in reason.values if value[0] != "territory")
        yield reason.code, kept, reason.who


def _placeless(purse: Purse, territory: str) -> tuple[object, ...]:
    """A purse without the territory in its code: the tax office of any, money held for any."""
    code = tuple(part for part in purse.code.split(":") if part != territory)
    return purse.kind, purse.party_id, code
