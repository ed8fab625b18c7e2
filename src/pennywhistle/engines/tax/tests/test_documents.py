"""Documents add up in cents, whatever was sold, and returns are rounded once."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.tax import (
    Item,
    Lot,
    Quarter,
    Supplied,
    Taken,
    cents,
    return_newest,
    return_of,
    spend_newest,
    spend_oldest,
    tax_within,
    totals_of,
)

CENT = 10_000
RATES = st.sampled_from([Fraction(0), Fraction(19, 100), Fraction(51, 200), Fraction(8875, 100000)])
ITEMS = st.lists(st.builds(Item, st.integers(0, 10**9), RATES), max_size=20)


@given(ITEMS)
def test_everything_on_a_document_adds_up(items: list[Item]) -> None:
    found = totals_of(items, coin_micro=CENT)

    assert found.net == sum(group.net for group in found.groups)
    assert found.total == found.net + found.tax
    assert found.paid == found.total + found.rounding
    assert found.paid * CENT + found.unshown_micro == sum(item.gross_micro for item in items)
    assert abs(found.unshown_micro) <= CENT // 2
    assert abs(found.rounding) <= 1 + len(found.groups)
    for group in found.groups:
        assert sum(group.line_nets.values()) == group.net
        assert all(net >= 0 for net in group.line_nets.values())
        assert group.tax == cents(group.net * group.rate, 1)


@pytest.mark.parametrize(
    ("micro", "expected"),
    [(5_000, 1), (4_999, 0), (-5_000, -1), (15_000, 2), (25_000, 3), (-25_000, -3), (0, 0)],
)
def test_half_a_cent_goes_away_from_zero(micro: int, expected: int) -> None:
    assert cents(micro, CENT) == expected


@given(st.integers(0, 10**12), RATES)
def test_tax_and_net_are_the_price(gross: int, rate: Fraction) -> None:
    tax = tax_within(gross, rate)

    assert (gross - tax) * rate == tax


@given(
    st.lists(st.integers(1, 1_000), max_size=8),
    st.lists(st.tuples(st.booleans(), st.integers(0, 900)), max_size=12),
)
def test_lots_never_give_more_than_they_hold(
    amounts: list[int], spent: list[tuple[bool, int]]
) -> None:
    left = dict(enumerate(amounts))
    for is_payback, amount in spent:
        take = spend_newest if is_payback else spend_oldest
        taken = take([Lot(*each) for each in left.items()], amount)

        assert sum(each.amount_micro for each in taken) == min(amount, sum(left.values()))
        for each in taken:
            left[each.lot_id] -= each.amount_micro
        assert all(rest >= 0 for rest in left.values())
        back = return_newest(taken, amount)
        assert sorted((each.lot_id, -each.amount_micro) for each in back) == sorted(
            (each.lot_id, each.amount_micro) for each in taken
        )


def test_more_is_never_given_back_than_was_taken() -> None:
    taken = [Taken(1, 5), Taken(2, 3), Taken(2, -1)]

    assert return_newest(taken, 100) == [Taken(2, -2), Taken(1, -5)]
    assert return_newest(taken, 1) == [Taken(2, -1)]


def test_a_return_tells_corrections_by_the_quarter_that_they_correct() -> None:
    now, before = Quarter(2026, 4), Quarter(2026, 3)
    supplied = [
        Supplied("FR", Fraction(1, 5), "USD", now, 12_000_000, 2_000_000),
        Supplied("FR", Fraction(1, 5), "EUR", now, 1_200_000, 200_000),
        Supplied("FR", Fraction(1, 5), "USD", before, -1_200_000, -200_000),
        Supplied("IE", Fraction(23, 100), "EUR", now, 1, 0),
    ]
    per_euro = {
        ("USD", now): Fraction(2),
        ("USD", before): Fraction(4),
        ("EUR", now): Fraction(1),
    }

    rows, corrections = return_of(now, supplied, per_euro=per_euro)

    assert [(row.state, row.net_cents, row.tax_cents) for row in rows] == [
        ("FR", 600, 120),
        ("IE", 0, 0),
    ]
    assert [(each.state, each.quarter, each.tax_cents) for each in corrections] == [
        ("FR", before, -5)
    ]


@pytest.mark.parametrize(
    ("day", "name", "first", "last"),
    [
        (date(2026, 1, 1), "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 12, 31), "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2028, 2, 29), "2028-Q1", date(2028, 1, 1), date(2028, 3, 31)),
    ],
)
def test_a_quarter_has_a_name_and_two_ends(day: date, name: str, first: date, last: date) -> None:
    quarter = Quarter.of(day)

    assert str(quarter) == name
    assert Quarter.parse(name) == quarter
    assert (quarter.first_day, quarter.last_day) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "2026-Q5", "2026-Q0", "26-Q1", "2026-q1", "0000-Q1", "²026-Q1"]
)
def test_what_is_no_quarter_is_none(text: str) -> None:
    assert Quarter.parse(text) is None
