"""What a changed tariff would have cost on the sales that were made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

import pytest

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.orders import what_if as module
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.what_if import WhatIf, what_if
from pennywhistle.apps.rights.actions import LineTerms, close_mandate, record_tariff_line, stop_sale
from pennywhistle.apps.rights.models import Tariff
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from societies import NINE_PERCENT, a_society, mandate, written_by

pytestmark = pytest.mark.django_db

LASTING = timedelta(days=92)
# All sales are in the last quarter before.
NOW = NOON + timedelta(days=200)
# 9 %, at least 4 cents: what the society asks of 14 cents is its minimum, and 12.6 % of an album.
CHEAP = replace(NINE_PERCENT, track_minimum_micro=40_000, album_minimum_micro=120_000)


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf(track_count=2)


@pytest.fixture
def mandate_id(shelf: Shelf) -> int:
    """The society of one writer, who wrote everything."""
    society = a_society(tariff=CHEAP)
    writers = written_by(shelf, {"Wanda": Fraction(1)})
    written_by(shelf, {"Wanda": Fraction(1)}, track=2)
    return mandate(writers["Wanda"], society)


def buy(shelf: Shelf, *, track: int | None = 1, days_ago: int = 1) -> None:
    whole = track is None
    check_out(
        buyer_id=a_buyer(f"{uuid4()}@example.org").pk,
        wanted=[shelf.album if whole else shelf.track(track)],
        territory="FR",
        shown=usd("0.35" if whole else "0.14"),
        key="key",
        now=NOW - timedelta(days=days_ago),
    )


def asked(**change: object) -> WhatIf:
    rule = replace(CHEAP, **change)
    return what_if(tariff_id=Tariff.objects.get().pk, rule=rule, now=NOW, lasting=LASTING)


def test_the_same_tariff_costs_the_same(shelf, mandate_id) -> None:
    buy(shelf)
    buy(shelf, track=None)

    found = asked()

    assert found.sale_count == 2
    assert found.old == found.new == usd("0.16")
    assert (found.changed_count, found.below_floor_count, found.refused) == (0, 0, ())


def test_a_higher_minimum_costs_so_much_more_on_each_track(shelf, mandate_id) -> None:
    for _ in range(3):
        buy(shelf)
    buy(shelf, track=2)

    found = asked(track_minimum_micro=50_000)

    assert (found.old, found.new) == (usd("0.16"), usd("0.20"))
    first, second = found.items
    assert (first.title, first.sale_count, first.difference) == ("Track 1", 3, usd("0.03"))
    assert (second.title, second.sale_count, second.difference) == ("Track 2", 1, usd("0.01"))


def test_a_lower_one_costs_less(shelf, mandate_id) -> None:
    buy(shelf)

    found = asked(track_minimum_micro=0)

    assert found.new == Money(12_600, "USD")
    assert found.items[0].difference == Money(12_600 - 40_000, "USD")


def test_sales_that_would_have_been_too_cheap_are_counted(shelf, mandate_id) -> None:
    buy(shelf)
    buy(shelf, track=None)

    found = asked(track_minimum_micro=130_000)

    assert (found.sale_count, found.below_floor_count) == (2, 1)
    assert found.new == usd("0.25")


def test_a_thousand_equal_sales_are_figured_once(shelf, mandate_id, monkeypatch) -> None:
    figured = []
    real = module.figure_again
    monkeypatch.setattr(
        module, "figure_again", lambda *args, **named: figured.append(1) or real(*args, **named)
    )
    for days_ago in range(1, 6):
        buy(shelf, days_ago=days_ago)

    assert asked().sale_count == 5
    # Once by the new tariff and once by the old one.
    assert len(figured) == 2


def test_older_sales_do_not_count(shelf, mandate_id) -> None:
    buy(shelf, days_ago=93)

    found = asked()

    assert (found.sale_count, found.items, found.old) == (0, (), None)


def test_sales_without_the_license_do_not_count(shelf) -> None:
    a_society(tariff=CHEAP)
    buy(shelf)

    assert asked().sale_count == 0


def test_what_was_stopped_since_is_figured_all_the_same(shelf, mandate_id) -> None:
    buy(shelf)
    stop_sale(
        release_id=shelf.release.pk, track_id=None, kind="notice", sentence="Stopped.", now=NOW
    )

    assert asked().sale_count == 1


def test_what_nobody_may_sell_any_more_is_named_with_its_reason(shelf, mandate_id) -> None:
    buy(shelf)
    close_mandate(mandate_id=mandate_id, now=NOW)

    found = asked()

    assert found.sale_count == 0
    ((reason, count),) = found.refused
    assert count == 1
    assert reason.sentence


def test_another_currency_cannot_be_figured(shelf, mandate_id) -> None:
    buy(shelf)

    ((reason, count),) = asked(currency="EUR").refused

    assert (reason.code, count) == ("tariff-currency", 1)


def test_it_is_figured_on_todays_facts(shelf, mandate_id) -> None:
    buy(shelf)
    half = {"Wanda": Fraction(1, 2), "Willy": Fraction(1, 2)}
    other = a_society("Society of Willys", tariff=replace(CHEAP, track_minimum_micro=1_000))
    mandate(written_by(shelf, half)["Willy"], other)

    tariff = Tariff.objects.order_by("id").first()
    rule = replace(CHEAP, is_by_repertoire=True)
    found = what_if(tariff_id=tariff.pk, rule=rule, now=NOW, lasting=LASTING)

    assert (found.old, found.new) == (usd("0.04"), usd("0.02"))


def test_sales_whose_facts_changed_since_are_counted(shelf, mandate_id) -> None:
    buy(shelf)
    tariff = Tariff.objects.get()
    line = LineTerms(replace(CHEAP, track_minimum_micro=60_000), Period.always(), "test")
    record_tariff_line(tariff_id=tariff.pk, terms=line, now=NOW)

    found = asked()

    assert (found.sale_count, found.changed_count) == (1, 1)
    assert found.old == found.new == usd("0.04")


def test_too_many_different_sales_are_left_out_and_counted(shelf, mandate_id, monkeypatch) -> None:
    monkeypatch.setattr(module, "questions_max", 1)
    buy(shelf)
    buy(shelf)
    buy(shelf, track=2)

    found = asked()

    assert (found.sale_count, found.left_out_count) == (2, 1)


def test_it_asks_the_database_four_times_however_many_sales(
    shelf, mandate_id, django_assert_num_queries
) -> None:
    buy(shelf)
    buy(shelf, track=2)
    buy(shelf, track=None)
    tariff_id = Tariff.objects.get().pk

    with django_assert_num_queries(4):
        what_if(tariff_id=tariff_id, rule=CHEAP, now=NOW, lasting=LASTING)
