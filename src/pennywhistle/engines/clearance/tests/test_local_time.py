"""Grants in local time, and grants by a wholesale price alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from pennywhistle.engines.clearance import Grant, Item, Question, clear
from pennywhistle.engines.clearance.survey import next_change, survey
from pennywhistle.engines.clearance.tests.licenses import GRANT, QUESTION, a_single, codes, usd
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

APRIL = datetime(2027, 4, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def local(valid: Period, **changes: object) -> Grant:
    return replace(GRANT, valid=valid, is_local=True, **changes)


def asked(item: Item, territory: str, at: datetime) -> list[str]:
    return codes(clear(item, replace(QUESTION, territory=territory, at=at)))


def test_a_local_day_begins_with_the_midnight_of_the_territory() -> None:
    item = a_single(local(Period(APRIL, None)))
    midnight = datetime(2027, 4, 1, tzinfo=BERLIN)

    assert asked(item, "DE", midnight - SECOND) == ["not-yet"]
    assert asked(item, "DE", midnight) == []
    assert asked(item, "US", midnight) == ["not-yet"]


def test_a_local_day_ends_where_it_ends_first() -> None:
    item = a_single(local(Period(None, APRIL)))
    east = datetime(2027, 4, 1, tzinfo=NEW_YORK)

    assert asked(item, "US", east - SECOND) == []
    assert asked(item, "US", east) == ["expired"]


def test_a_local_period_that_holds_nowhere_long_enough_is_over() -> None:
    item = a_single(local(Period(APRIL, APRIL + timedelta(hours=1))))

    assert asked(item, "US", APRIL + timedelta(days=2)) == ["expired"]


def test_of_two_prices_the_one_of_the_day_holds() -> None:
    item = a_single(
        local(Period(None, APRIL), price=usd("0.99")),
        local(Period(APRIL, None), price=usd("0.88"), id=GRANT.id + 1),
    )
    midnight = datetime(2027, 4, 1, tzinfo=BERLIN)

    def price(at: datetime) -> object:
        return clear(item, replace(QUESTION, territory="DE", at=at)).price

    assert (price(midnight - SECOND), price(midnight)) == (usd("0.99"), usd("0.88"))


def test_a_survey_tells_apart_where_the_day_has_begun() -> None:
    item = a_single(local(Period(APRIL, None), territories=Territories.of("DE", "US", "NZ")))
    at = datetime(2027, 4, 1, tzinfo=BERLIN)

    open_ones = [
        area.territories
        for area in survey(item, replace(QUESTION, at=at), {})
        if area.verdict.allowed
    ]

    assert open_ones == [Territories.of("DE", "NZ")]


def test_every_midnight_is_a_change_to_come() -> None:
    item = a_single(local(Period(APRIL, None), territories=Territories.of("DE", "FI")))
    helsinki = datetime(2027, 4, 1, tzinfo=ZoneInfo("Europe/Helsinki"))

    assert next_change(item, APRIL - timedelta(days=5)) == helsinki
    assert next_change(item, helsinki) == datetime(2027, 4, 1, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("store_share", "tax", "price"),
    [(Fraction(1, 10), Fraction(0), "0.06"), (Fraction(1, 10), Fraction(1, 5), "0.07")],
)
def test_by_its_wholesale_price_alone_the_least_price_in_whole_coins_is_asked(
    store_share: Fraction, tax: Fraction, price: str
) -> None:
    """5 cents must arrive: 5.56 cents with the store's tenth, 6.67 with a fifth of tax on it."""
    grant = replace(GRANT, price=None, is_at_floor=True, wholesale=usd("0.05"))
    question: Question = replace(QUESTION, store_share=store_share, tax_rate=tax)

    verdict = clear(a_single(grant), question)

    assert verdict.price == usd(price)
    assert verdict.floor is not None
    assert verdict.floor <= usd(price)
    assert codes(clear(a_single(grant), question, price=verdict.floor - usd("0.000001"))) == [
        "below-floor"
    ]


def test_a_newer_grant_without_a_price_leaves_the_price_of_the_other_one() -> None:
    """A deal for the album does not end the deal for its track."""
    within = replace(GRANT, id=GRANT.id + 1, price=None)

    assert clear(a_single(GRANT, within), QUESTION).price == GRANT.price
