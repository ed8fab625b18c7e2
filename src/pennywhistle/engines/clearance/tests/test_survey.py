"""The survey: one answer for each kind of territory, merged where they are equal."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from pennywhistle.engines.clearance import (
    US_TERRITORIES,
    Agreement,
    Item,
    LicenseSource,
    Rate,
    next_change,
    survey,
)
from pennywhistle.engines.clearance.tests.licenses import (
    ALWAYS,
    GRANT,
    LABEL,
    NOON,
    QUESTION,
    REGISTER,
    WORLDWIDE,
    WRITER,
    a_license,
    a_register,
    a_single,
    usd,
)
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import TerritoryUnknownError

EVERYWHERE = replace(GRANT, territories=WORLDWIDE)


def answers(item: Item, **rates: Fraction) -> dict[str, str]:
    """Of each area, what it is called and the price or the first reason."""
    return {
        area.territories.describe(): str(area.verdict.price or area.verdict.reasons[0].code)
        for area in survey(item, QUESTION, rates)
    }


def test_what_is_sold_everywhere_alike_is_one_area() -> None:
    (area,) = survey(a_single(EVERYWHERE), QUESTION, {})

    assert area.territories == WORLDWIDE
    assert area.verdict.price == usd("0.14")


def test_the_world_falls_apart_along_the_rows_and_no_further() -> None:
    assert answers(a_single(GRANT)) == {
        "DE, US": "0.14 USD",
        "Worldwide except DE, US": "territory",
    }


def test_tax_tells_territories_apart_only_where_something_is_sold() -> None:
    rates = {"DE": Fraction(19, 100), "FR": Fraction(1, 5), "AT": Fraction(1, 5)}

    assert answers(a_single(GRANT), **rates) == {
        "DE": "0.14 USD",
        "US": "0.14 USD",
        "Worldwide except DE, US": "territory",
    }
    assert set(answers(a_single(EVERYWHERE), **rates)) == {
        "DE",
        "AT, FR",
        "Worldwide except AT, DE, FR",
    }


def test_a_tax_can_put_a_price_below_its_floor() -> None:
    item = a_single(replace(EVERYWHERE, wholesale=usd("0.12")))

    assert answers(item, FR=Fraction(1, 5)) == {
        "FR": "below-floor",
        "Worldwide except FR": "0.14 USD",
    }


@pytest.mark.parametrize("source", [None, LicenseSource.PASS_THROUGH])
def test_an_agreement_may_tell_the_united_states_apart(source: LicenseSource | None) -> None:
    agreement = Agreement(1, LABEL, ALWAYS, source)
    register = replace(a_register(licenses=[]), agreements={LABEL: (agreement,)})

    found = answers(a_single(EVERYWHERE, register=register))

    assert found[US_TERRITORIES.describe()] == ("0.14 USD" if source else "us-source")
    assert len(found) == 2


def test_a_tax_rate_of_a_territory_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(TerritoryUnknownError):
        survey(a_single(GRANT), QUESTION, {"ZZ": Fraction(1, 5)})


def test_the_next_change_is_the_first_end_or_beginning_of_any_row() -> None:
    days = [NOON + timedelta(days=count) for count in (1, 2, 3)]
    grant = replace(GRANT, valid=Period(NOON, days[2]))
    license_ = replace(a_license(1, WRITER), valid=Period(days[0], None))
    rate = Rate(1, LABEL, "MID", WORLDWIDE, Period(None, days[1]), usd("1"), usd("0"))
    register = replace(a_register(licenses=[license_]), rates={(LABEL, "MID"): (rate,)})
    item = a_single(grant, register=register)

    assert next_change(item, NOON - timedelta(days=1)) == NOON
    assert next_change(item, NOON) == days[0]
    assert next_change(item, days[0]) == days[1]
    assert next_change(item, days[1]) == days[2]
    assert next_change(item, days[2]) is None
    assert next_change(a_single(GRANT, register=REGISTER), NOON) is None
