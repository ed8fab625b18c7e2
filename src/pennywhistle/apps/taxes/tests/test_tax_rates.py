"""A rate of tax holds in one place for one time, and what the store once believed stays known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from builders import NOON
from examples import as_many
from pennywhistle.apps.taxes.actions import TaxRateInvalidError, set_tax_rate
from pennywhistle.apps.taxes.models import TaxRate
from pennywhistle.apps.taxes.queries import tax_rate_at
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import TerritoryUnknownError
from threads import at_once

ALWAYS = Period.always()
# Germany's rates of 2020: a lower one from July to the end of the year, in the instants of UTC.
JULY = datetime(2020, 6, 30, 22, tzinfo=UTC)
JANUARY = datetime(2020, 12, 31, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_rate(
    percent: int,
    valid: Period = ALWAYS,
    *,
    territory: str = "DE",
    source: str = "UStG § 12",
    now: datetime = NOON,
) -> TaxRate:
    return set_tax_rate(
        territory=territory, rate=Fraction(percent, 100), valid=valid, source=source, now=now
    )


def open_rates() -> list[tuple[datetime | None, datetime | None, Fraction, str]]:
    return [
        (rate.valid_from, rate.valid_until, rate.rate, rate.source)
        for rate in TaxRate.objects.open().order_by("valid_from")
    ]


@pytest.mark.django_db
def test_where_nothing_is_said_there_is_no_tax() -> None:
    a_rate(19)

    assert tax_rate_at("FR", NOON) == 0
    assert tax_rate_at("DE", NOON) == Fraction(19, 100)


@pytest.mark.django_db
def test_a_rate_is_exact() -> None:
    rate = Fraction(8875, 100_000)
    set_tax_rate(territory="US", rate=rate, valid=ALWAYS, source="A table", now=NOON)

    assert tax_rate_at("US", NOON) == rate


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "percent"),
    [
        (JULY - SECOND, 0),
        (JULY, 16),
        (JANUARY - SECOND, 16),
        (JANUARY, 0),
    ],
)
def test_a_rate_holds_from_its_first_instant_up_to_its_end(at: datetime, percent: int) -> None:
    a_rate(16, Period(JULY, JANUARY))

    assert tax_rate_at("DE", at) == Fraction(percent, 100)


@pytest.mark.django_db
def test_a_new_rate_closes_what_it_replaces_and_the_rest_goes_on() -> None:
    old = a_rate(19, source="UStG § 12")
    later = NOON + SECOND

    a_rate(16, Period(JULY, JANUARY), source="UStG § 28", now=later)

    assert open_rates() == [
        (JULY, JANUARY, Fraction(16, 100), "UStG § 28"),
        (JANUARY, None, Fraction(19, 100), "UStG § 12"),
        (None, JULY, Fraction(19, 100), "UStG § 12"),
    ]
    old.refresh_from_db()
    assert (old.closed_at, old.period, old.rate) == (later, ALWAYS, Fraction(19, 100))


@pytest.mark.django_db
def test_a_rate_from_a_day_on_ends_the_one_before() -> None:
    a_rate(19, Period(JULY, None))

    a_rate(21, Period(JANUARY, None))

    assert open_rates() == [
        (JULY, JANUARY, Fraction(19, 100), "UStG § 12"),
        (JANUARY, None, Fraction(21, 100), "UStG § 12"),
    ]


@pytest.mark.django_db
def test_a_rate_for_longer_takes_the_place_of_all_in_between() -> None:
    a_rate(19, Period(None, JULY))
    a_rate(16, Period(JULY, JANUARY))

    a_rate(20)

    assert open_rates() == [(None, None, Fraction(20, 100), "UStG § 12")]
    assert TaxRate.objects.count() == 3


@pytest.mark.django_db
def test_neighbors_and_other_territories_stay_as_they_are() -> None:
    before = a_rate(19, Period(None, JULY))
    elsewhere = a_rate(20, territory="FR")

    a_rate(16, Period(JULY, JANUARY))

    for rate in (before, elsewhere):
        rate.refresh_from_db()
        assert rate.closed_at is None


@pytest.mark.django_db
def test_the_same_again_changes_nothing() -> None:
    first = a_rate(16, Period(JULY, JANUARY))

    again = a_rate(16, Period(JULY, JANUARY), now=NOON + SECOND)

    assert again == first
    assert TaxRate.objects.count() == 1


@pytest.mark.django_db
def test_another_source_of_the_same_rate_is_recorded() -> None:
    a_rate(19)

    a_rate(19, source="VAT rates, version 2")

    assert open_rates() == [(None, None, Fraction(19, 100), "VAT rates, version 2")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("territory", "rate", "source", "error"),
    [
        ("de", Fraction(19, 100), "UStG", TerritoryUnknownError),
        ("EU", Fraction(19, 100), "UStG", TerritoryUnknownError),
        ("DE", Fraction(19), "UStG", TaxRateInvalidError),
        ("DE", Fraction(-1, 100), "UStG", TaxRateInvalidError),
        ("DE", Fraction(19, 100), " ", TaxRateInvalidError),
    ],
)
def test_what_is_no_rate_is_refused(
    territory: str, rate: Fraction, source: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        set_tax_rate(territory=territory, rate=rate, valid=ALWAYS, source=source, now=NOON)

    assert not TaxRate.objects.exists()


def insert(**changed: object) -> None:
    """A row that comes past the action."""
    row = {
        "territory": "DE",
        "numerator": 7,
        "denominator": 100,
        "valid_from": JULY,
        "valid_until": JANUARY,
        "source": "By hand",
        "recorded_at": NOON,
    }
    with transaction.atomic():
        TaxRate.objects.create(**row | changed)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({}, "a rate of tax for DE in this time already"),
        ({"valid_from": None}, "in this time already"),
        ({"valid_from": JANUARY - SECOND, "valid_until": None}, "in this time already"),
        ({"territory": "FR", "numerator": 101}, "taxes_rate_is_a_part"),
        ({"territory": "FR", "numerator": -1}, "taxes_rate_is_a_part"),
        ({"territory": "FR", "denominator": 0}, "taxes_rate_is_a_part"),
        ({"territory": "fr"}, "taxes_rate_territory"),
        ({"territory": "FR", "valid_until": JULY}, "taxes_rate_period"),
        ({"territory": "FR", "source": ""}, "taxes_rate_has_a_source"),
        ({"closed_at": NOON - SECOND}, "taxes_rate_closed_after_recorded"),
    ],
)
def test_the_database_refuses_it_too(changed: dict[str, object], message: str) -> None:
    a_rate(16, Period(JULY, JANUARY))

    with pytest.raises(IntegrityError, match=message):
        insert(**changed)

    assert TaxRate.objects.count() == 1


@pytest.mark.django_db
def test_what_is_closed_or_next_to_it_overlaps_with_nothing() -> None:
    a_rate(16, Period(JULY, JANUARY))

    insert(closed_at=NOON)
    insert(valid_from=JANUARY, valid_until=None)
    insert(territory="FR")

    assert TaxRate.objects.open().count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE taxes_taxrate SET numerator = 1", "is closed once"),
        ("UPDATE taxes_taxrate SET valid_until = NULL", "is closed once"),
        ("DELETE FROM taxes_taxrate", "is written once"),
        ("TRUNCATE taxes_taxrate", "is written once"),
    ],
)
def test_a_rate_is_not_edited(statement: str, message: str) -> None:
    a_rate(16, Period(JULY, JANUARY))

    with (
        pytest.raises(IntegrityError, match=message),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_closed_rate_is_not_opened_again() -> None:
    a_rate(19)
    a_rate(20)

    with pytest.raises(IntegrityError, match="is closed once"), transaction.atomic():
        TaxRate.objects.update(closed_at=None)


@pytest.mark.django_db(transaction=True)
def test_of_rates_that_are_set_at_once_one_holds() -> None:
    answers = at_once(8, lambda number: a_rate(number, now=NOON))

    assert all(isinstance(answer, TaxRate) for answer in answers), answers
    assert TaxRate.objects.count() == 8
    assert TaxRate.objects.open().count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_rows_that_come_past_the_action_at_once_one_is_taken() -> None:
    answers = at_once(8, lambda number: insert(numerator=number))

    assert answers.count(None) == 1
    assert sum("in this time already" in str(answer) for answer in answers) == 7


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_cannot_see_other_rates_may_not_add_one() -> None:
    def add_with_an_older_snapshot() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            a_rate(19)

    with pytest.raises(IntegrityError, match="read committed"):
        add_with_an_older_snapshot()


HOURS = st.none() | st.integers(0, 6).map(lambda hour: NOON + timedelta(hours=hour))
PERIODS = (
    st.tuples(HOURS, HOURS)
    .filter(lambda ends: None in ends or ends[0] < ends[1])
    .map(lambda ends: Period(*ends))
)


class TestRates(TestCase):
    @given(said=st.lists(st.tuples(PERIODS, st.integers(1, 5)), max_size=6))
    @as_many(0.4)
    def test_what_was_said_last_of_an_instant_holds_then(
        self, said: list[tuple[Period, int]]
    ) -> None:
        for valid, percent in said:
            a_rate(percent, valid)

        for half_hours in range(-1, 14):
            at = NOON + timedelta(minutes=30 * half_hours)
            last = [percent for valid, percent in said if at in valid][-1:] or [0]
            assert tax_rate_at("DE", at) == Fraction(last[0], 100)
