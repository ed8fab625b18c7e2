"""A price list says of a release and its tracks what a survey of each says, and nothing else."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.clearance import Item, Question, survey
from pennywhistle.engines.clearance.pricing import PriceList
from pennywhistle.engines.clearance.tests.licenses import GRANT, QUESTION, WORLDWIDE, a_single, usd
from pennywhistle.engines.clearance.tests.registers import PATIENT, items
from pennywhistle.kernel.money import Money

TAXES = {"DE": Fraction(19, 100), "FR": Fraction(1, 5), "AT": Fraction(1, 5), "US": Fraction(9, 10)}
Prices = dict[Money, tuple[int, Money]]


def surveyed(item: Item, question: Question) -> Prices:
    """Where the item may be sold at each price, and the highest floor there."""
    found: Prices = {}
    for area in survey(item, question, TAXES):
        price, floor = area.verdict.price, area.verdict.floor
        if price is not None and floor is not None:
            mask, highest = found.get(price, (0, floor))
            found[price] = mask | area.territories.mask, max(highest, floor)
    return found


def singles(release: Item) -> list[Item]:
    """The release's tracks as items."""
    return [
        replace(release, ref=track.ref, tracks=(track,), grants=(), is_release=False)
        for track in release.tracks
    ]


def listed(prices: PriceList, release: Item) -> list[Prices]:
    """What the list says, the release first."""
    return [
        {priced.price: (priced.mask, priced.floor) for priced in found}
        for found in prices.of(release, singles(release))
    ]


@PATIENT
@given(item=items(), has_subsidy=st.booleans())
def test_it_says_what_a_survey_of_each_item_says(item: Item, *, has_subsidy: bool) -> None:
    question = replace(QUESTION, has_subsidy=has_subsidy)
    grant = replace(GRANT, territories=WORLDWIDE, payees=(), price=usd("0.50"))
    release = replace(item, ref="release:1", grants=item.grants or (grant,), is_release=True)

    found = listed(PriceList(question, TAXES), release)

    assert found == [surveyed(each, question) for each in (release, *singles(release))]


@pytest.mark.parametrize(
    ("change", "count"), [({}, 1), ({"is_published": False}, 0), ({"tracks": ()}, 0)]
)
def test_what_is_not_on_the_shelves_or_empty_has_no_price(
    change: dict[str, object], count: int
) -> None:
    single = a_single(replace(GRANT, territories=WORLDWIDE))
    grant = replace(GRANT, territories=WORLDWIDE, payees=())
    release = replace(single, ref="release:1", grants=(grant,), is_release=True)

    whole, *_ = listed(PriceList(QUESTION, {}), replace(release, **change))

    assert len(whole) == count
