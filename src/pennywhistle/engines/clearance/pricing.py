"""What a release and its tracks cost everywhere: a survey that asks for nothing but the price.

It decides as `survey` does, by the same steps, and leaves out what only a sale needs: reasons,
parts, the chain. A track is cleared once, by itself and as a part of its release.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance import masters
from pennywhistle.engines.clearance.case import Case
from pennywhistle.engines.clearance.decide import (
    asked_for,
    floor_for,
    grant_track,
    offer_for,
    product_grant,
)
from pennywhistle.engines.clearance.offered import is_enough
from pennywhistle.engines.clearance.reasons import Refusal
from pennywhistle.engines.clearance.survey import kinds_of, masks_by_rate, one_of
from pennywhistle.engines.clearance.waterfall import Charges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pennywhistle.engines.clearance.decide import Granted, Offer
    from pennywhistle.engines.clearance.facts import Item, Question
    from pennywhistle.engines.clearance.tariff import Fee
    from pennywhistle.kernel.money import Money

# Territories by mask that share a tax rate, with the floor there; None: there is no floor.
Floors = tuple[tuple[int, "Money | None"], ...]

_UNTAXED = Fraction(0)


@dataclass(frozen=True, slots=True)
class Priced:
    """Where an item may be sold at one price, as a mask, and the highest floor there.

    `is_open`: it is the least price, and the buyer names theirs.
    """

    mask: int
    price: Money
    floor: Money
    is_open: bool


@dataclass(frozen=True, slots=True)
class PriceList:
    """Finds prices under one question's terms; territory and tax of the question do not matter.

    `tax_rates` are by territory; whatever is not named bears none. Floors are computed once for
    all that bear the same fees, which tracks of a tariff mostly do, and the walk along a party's
    mandates once for all its works: the registers of all releases that one list is asked of must
    say the same of a party that stands in several.
    """

    question: Question
    tax_rates: Mapping[str, Fraction]
    _by_rate: dict[Fraction, int] = field(init=False, repr=False)
    _floors: dict[tuple[tuple[Fee, ...], int], Floors] = field(
        init=False, repr=False, default_factory=dict
    )

    _cases: dict[str, Case] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_rate", masks_by_rate(self.tax_rates))

    def of(self, release: Item, tracks: Sequence[Item]) -> list[tuple[Priced, ...]]:
        """The prices of a release and of each of its tracks as items, in this order.

        `tracks` are all tracks of the release, each as an item with the release's register.
        """
        found: list[defaultdict[tuple[Money, bool], list[Priced]]] = [
            defaultdict(list) for _ in (release, *tracks)
        ]
        if release.is_published:
            for kind in kinds_of(release, self.question.at):
                asked = replace(self.question, territory=one_of(kind), tax_rate=_UNTAXED)
                for place, offer in self._offers(self._case(release, asked), tracks):
                    for priced in self._sellable(offer, kind):
                        found[place][priced.price, priced.is_open].append(priced)
        return [tuple(map(_merged, by_price.values())) for by_price in found]

    def _case(self, item: Item, asked: Question) -> Case:
        """The item's case, which knows what was found out in the same territory before."""
        known = self._cases.get(asked.territory)
        if known is None:
            known = self._cases[asked.territory] = Case(item, asked)
        return Case(item, asked, shared=known.known)

    def _offers(self, whole: Case, tracks: Sequence[Item]) -> Iterator[tuple[int, Offer]]:
        """The offers of the release (at place 0) and its tracks in one kind of territory."""
        granted: list[Granted] = []
        for place, track in enumerate(tracks, 1):
            try:
                case = self._case(track, whole.question)
                masters.require_open(case)
                granted.append(grant_track(case, track.tracks[0]))
                yield place, offer_for(case, (None, False), granted[-1:])
            except Refusal:
                continue
        if not tracks or len(granted) < len(tracks):
            return
        try:
            masters.require_open(whole)
            yield 0, offer_for(whole, product_grant(whole), granted)
        except Refusal:
            return

    def _sellable(self, offer: Offer, kind: int) -> Iterator[Priced]:
        """Where in a kind of territory, by tax, the offer's price is enough."""
        for taxed, floor in self._floors_of(offer):
            here = kind & taxed
            if here and floor is not None:
                asked = asked_for(self.question, offer, floor)
                if is_enough(self.question, asked, floor):
                    yield Priced(here, asked, floor, offer.is_open)

    def _floors_of(self, offer: Offer) -> Floors:
        fees = tuple([each.fee for each in offer.fees])
        key = (fees, offer.wholesale.micro)
        floors = self._floors.get(key)
        if floors is None:
            share = self.question.store_share
            floors = self._floors[key] = tuple(
                (taxed, floor_for(self.question, Charges(rate, fees, share, key[1])))
                for rate, taxed in self._by_rate.items()
            )
        return floors


def _merged(priced: Sequence[Priced]) -> Priced:
    """Areas of one price as one."""
    mask = 0
    for each in priced:
        mask |= each.mask
    floor = max(each.floor for each in priced)
    return Priced(mask, priced[0].price, floor, priced[0].is_open)
