"""Where a price goes, and the floor: the worked tables of docs/algorithms/floor.md, and laws."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.clearance.tariff import Base, Fee, Piece, Tariff, fee_on
from pennywhistle.engines.clearance.waterfall import (
    Charges,
    floor_micro,
    shortfall_micro,
    waterfall,
)
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.split import split
from worked_tables import PAGES, micro_of, part_of, worked_table

PAGE = "floor.md"
CENT = 10_000


def net_fee(percent: Fraction, least_micro: int) -> Fee:
    tariff = Tariff(1, "tariff", "EUR", percent=percent, track_minimum_micro=least_micro)
    return fee_on(tariff, [Piece(210_000)], is_album=False)


def charges_of(row: dict[str, str]) -> Charges:
    return Charges(
        tax_rate=part_of(row["Tax"]),
        fees=(net_fee(part_of(row["Percent"]), micro_of(row["Least"])),),
        store_share=part_of(row["Store"]),
        wholesale_micro=micro_of(row.get("Wholesale", "0")),
    )


def test_the_worked_prices_are_right() -> None:  # T1, T6b, T10
    rows = worked_table(PAGE, "Worked prices")

    assert len(rows) == 4
    for row in rows:
        flow = waterfall(micro_of(row["Price"]), charges_of(row))
        exact = [flow.net, flow.tax, flow.fees[0], flow.store, flow.pool]
        columns = ["Net", "Tax is", "Fee", "Store's", "Pool"]
        assert [round(part) for part in exact] == [micro_of(row[column]) for column in columns]


def test_the_worked_floors_are_right() -> None:  # T11
    rows = worked_table(PAGE, "Worked floors")

    assert len(rows) == 6
    for row in rows:
        charges = charges_of(row)
        floor = floor_micro(charges)
        if row["Floor"] == "none":
            assert floor is None
        else:
            assert floor == micro_of(row["Floor"])
            assert -(-floor // CENT) * CENT == micro_of(row["In cents"])
        assert shortfall_micro(140_000, charges) == micro_of(row["Missing at 0.14"])


def test_seven_masters_share_the_pool_of_fourteen_cents() -> None:  # T1
    charges = Charges(Fraction(0), (net_fee(Fraction(15, 100), 0),), Fraction(1, 10), 0)

    flow = waterfall(140_000, charges)
    shares = [part / 140_000 for part in [*flow.fees, flow.store, *[flow.pool / 7] * 7]]
    parts = split(Money(140_000, "USD"), shares=shares, seed=b"sale")

    assert [part.micro for part in parts] == [21_000, 14_000, *[15_000] * 7]


def test_a_british_sale_adds_up_after_rounding() -> None:  # T10
    charges = Charges(Fraction(1, 5), (net_fee(Fraction(8, 100), 50_000),), Fraction(1, 10), 0)

    flow = waterfall(140_000, charges)
    pool = split(Money(55_000, "GBP"), shares=[Fraction(1, 7)] * 7, seed=b"sale")

    assert (flow.net, flow.tax) == (Fraction(350_000, 3), Fraction(70_000, 3))
    assert [*flow.fees, flow.store, flow.pool] == [50_000, Fraction(35_000, 3), 55_000]
    assert sorted(part.micro for part in pool) == [7_857] * 6 + [7_858]


@pytest.mark.parametrize(
    ("duration_ms", "works", "wholesale_micro", "is_allowed"),
    [
        (300_000, 1, 9_000, True),
        (300_000, 1, 9_001, False),
        (301_000, 1, 0, False),
        (370_000, 1, 0, False),
        (210_000, 2, 0, False),
    ],
)
def test_fourteen_cents_in_the_usa_leave_nine_tenths_of_a_cent(
    duration_ms: int,
    works: int,
    wholesale_micro: int,
    is_allowed: bool,  # noqa: FBT001
) -> None:  # T6b
    statutory = Tariff(
        1,
        "US 2026",
        "USD",
        track_minimum_micro=131_000,
        per_minute_micro=25_200,
        is_per_work=True,
    )
    fee = fee_on(statutory, [Piece(duration_ms, works=(None,) * works)], is_album=False)

    floor = floor_micro(Charges(Fraction(0), (fee,), Fraction(0), wholesale_micro))

    assert floor is not None
    assert (floor <= 140_000) is is_allowed


def test_a_fixed_cost_of_the_sale_raises_the_floor() -> None:
    without = Charges(Fraction(1, 5), (), Fraction(1, 10), 90_000)
    with_cost = Charges(Fraction(1, 5), (), Fraction(1, 10), 90_000, service_fee_micro=9_000)

    assert floor_micro(without) == 120_000
    assert floor_micro(with_cost) == 132_000
    assert waterfall(132_000, with_cost).service == 9_000


def test_a_percentage_of_the_wholesale_price_does_not_grow_with_the_price() -> None:
    fee = Fee(Base.PPD, 85, 4_000_000, 1_000)  # 8.5 %, at least 0.004
    charges = Charges(Fraction(0), (fee,), Fraction(0), 100_000)

    assert floor_micro(charges) == 108_500
    assert list(waterfall(1_000_000, charges).fees) == [8_500]
    assert floor_micro(Charges(Fraction(0), (fee,), Fraction(0), 10_000)) == 14_000


def test_where_percentages_take_everything_there_is_no_floor() -> None:
    all_of_it = Charges(Fraction(0), (net_fee(Fraction(9, 10), 0),), Fraction(1, 10), 1)
    more = Charges(Fraction(0), (net_fee(Fraction(95, 100), 0),), Fraction(1, 10), 0)
    for_nothing = Charges(Fraction(0), (net_fee(Fraction(9, 10), 0),), Fraction(1, 10), 0)

    assert floor_micro(all_of_it) is None
    # Nothing is asked for and nothing would leave it, but every price leaves less than nothing.
    assert floor_micro(more) is None
    assert floor_micro(for_nothing) == 0


fees = st.builds(
    lambda base, percent, least, below: Fee(base, percent, least * below, below),
    st.sampled_from(Base),
    st.integers(0, 300),
    st.integers(0, 2_000_000),
    st.integers(1_000, 1_100),
)
every_charge = st.builds(
    Charges,
    tax_rate=st.fractions(0, Fraction(1, 2), max_denominator=1_000),
    fees=st.lists(fees, max_size=5).map(tuple),
    store_share=st.fractions(0, 1, max_denominator=1_000),
    wholesale_micro=st.integers(0, 10**7),
    service_fee_micro=st.integers(0, 10**6),
)
prices = st.integers(0, 10**9)


@given(every_charge, prices)
def test_the_parts_of_a_price_sum_to_it(charges: Charges, price_micro: int) -> None:
    flow = waterfall(price_micro, charges)
    net = price_micro / (1 + charges.tax_rate)

    assert flow.tax + sum(flow.fees) + flow.store + flow.service + flow.pool == price_micro
    assert flow.net == net
    assert flow.store == net * charges.store_share
    assert flow.fees == tuple(
        fee.due(net=net, gross=price_micro, ppd=charges.wholesale_micro) for fee in charges.fees
    )


@given(every_charge, prices)
def test_the_floor_is_allowed_and_one_micro_unit_less_is_not(
    charges: Charges, more_micro: int
) -> None:
    floor = floor_micro(charges)
    if floor is None:
        assert _takes_all(charges)
        return

    assert waterfall(floor, charges).pool >= charges.wholesale_micro
    assert waterfall(floor + more_micro, charges).pool >= charges.wholesale_micro
    assert shortfall_micro(floor + more_micro, charges) == 0
    if floor:
        assert waterfall(floor - 1, charges).pool < charges.wholesale_micro
        assert shortfall_micro(floor - 1, charges) > 0


def _takes_all(charges: Charges) -> bool:
    """Whether the pool falls with the price in the end, or never reaches the wholesale."""
    far, further = (waterfall(price, charges).pool for price in (10**15, 2 * 10**15))
    return further < far or far == further < charges.wholesale_micro


@given(every_charge, prices)
def test_a_subsidy_is_just_enough(charges: Charges, price_micro: int) -> None:
    missing = charges.wholesale_micro - waterfall(price_micro, charges).pool
    subsidy = shortfall_micro(price_micro, charges)

    assert subsidy >= missing
    assert subsidy == 0 or subsidy - 1 < missing


@given(every_charge, st.sampled_from(["fee", "wholesale", "service", "tax", "store"]))
def test_nothing_that_is_added_lowers_the_floor(charges: Charges, what: str) -> None:
    more = Charges(
        tax_rate=charges.tax_rate + (Fraction(1, 20) if what == "tax" else 0),
        fees=(*charges.fees, *([net_fee(Fraction(1, 100), 70_000)] if what == "fee" else [])),
        store_share=min(Fraction(1), charges.store_share + Fraction(what == "store", 50)),
        wholesale_micro=charges.wholesale_micro + (what == "wholesale"),
        service_fee_micro=charges.service_fee_micro + (what == "service"),
    )
    before, after = floor_micro(charges), floor_micro(more)

    assert after is None or (before is not None and before <= after)


def test_the_picture_shows_the_french_floor() -> None:
    picture = PAGES.parent / "pictures" / "floor.svg"
    if not picture.exists():
        pytest.skip("docs/pictures/floor.svg is not beside this copy of the program")
    text = picture.read_text(encoding="utf-8")
    charges = charges_of(worked_table(PAGE, "Worked floors")[0])

    line = re.search(r'id="pool" points="([^"]+)"', text)
    dot = re.search(r'id="floor" cx="([^"]+)" cy="([^"]+)"', text)
    assert line
    assert dot

    for point in [*line[1].split(), ",".join(dot.groups())]:
        x, y = (Fraction(number) for number in point.split(","))
        price, pool = (x - 70) / 560 * 1_000_000, (270 - y) / 290 * 1_000_000
        # The picture has hundredths of a pixel, each some 35 micro-units.
        assert abs(waterfall(round(price), charges).pool - pool) < 50
    assert floor_micro(charges) == round((Fraction(dot[1]) - 70) / 560 * 1_000_000)
