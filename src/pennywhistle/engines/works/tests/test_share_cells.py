"""Shares add up wherever and whenever they hold, each division by itself."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.works.limits import CSV_DIVISIONS_MAX, CSV_SHARES_OF_RIGHT_MAX
from pennywhistle.engines.works.share_cells import Stated, scale_cells
from pennywhistle.engines.works.tests.csv_tables import row, rules, the_work
from pennywhistle.kernel.territories import Territories


def test_shares_hold_where_and_when_they_say() -> None:
    work = the_work(
        row(share_percent="50"),
        row(party_name="Bo", ipi="", share_percent="50", territories="Worldwide -US"),
        row(party_name="Cy", ipi="", share_percent="50", territories="US", until="2025-12-31"),
        row(
            party_name="Di",
            ipi="",
            share_percent="49.98",
            territories="US",
            **{"from": "2026-01-01"},
        ),
    )

    assert not work.findings
    ada, _, cy, di = work.writers
    told = [(one.share, str(one.territories), one.from_on, one.until_on) for one in ada.ownership]
    # Only where Di comes in, 99.98 % is scaled.
    assert told == [
        (Fraction(1, 2), "Worldwide", None, date(2025, 12, 31)),
        (Fraction(1, 2), "Worldwide except US", date(2026, 1, 1), None),
        (Fraction(5000, 9998), "US", date(2026, 1, 1), None),
    ]
    assert di.ownership[0].share == Fraction(4998, 9998)
    assert di.ownership[0].stated == Fraction(4998, 10000)
    assert cy.ownership[0].until_on == date(2025, 12, 31)


def test_a_gap_somewhere_is_refused_with_place_and_time() -> None:
    work = the_work(
        row(share_percent="50"),
        row(party_name="Bo", ipi="", share_percent="50", until="2025-12-31"),
    )

    (found,) = work.findings
    assert found.sentence == (
        "mechanical: The shares 50 % in Worldwide from 2026-01-01 add up to 50 %"
    )


def test_a_right_has_a_limit_of_shares() -> None:
    rows = [
        row(party_name=f"Ada {n}", ipi="", share_percent="0.9")
        for n in range(CSV_SHARES_OF_RIGHT_MAX + 1)
    ]

    assert rules(*rows) == {"too-many-shares"}


def test_a_right_has_a_limit_of_divisions() -> None:
    # Every country has another pair of owners.
    pairs = list(combinations(range(CSV_SHARES_OF_RIGHT_MAX), 2))
    codes = Territories.worldwide().codes
    rows = [
        row(
            party_name=f"Ada {n}",
            ipi="",
            share_percent="50",
            territories=" ".join(
                code for code, pair in zip(codes, pairs, strict=False) if n in pair
            ),
        )
        for n in range(CSV_SHARES_OF_RIGHT_MAX)
        if any(n in pair for pair in pairs[: len(codes)])
    ]

    assert len(codes) > CSV_DIVISIONS_MAX
    assert rules(*rows) == {"too-many-divisions"}


TERRITORIES = st.sets(st.sampled_from(["DE", "AT", "US", "JP"]), min_size=1).map(
    lambda codes: Territories.of(*codes)
)
DAYS = st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 9))


@given(
    st.lists(st.tuples(TERRITORIES, DAYS, DAYS), min_size=1, max_size=6),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_every_cell_adds_up_to_one_and_nothing_is_lost(
    grounds: list[tuple[Territories, date | None, date | None]], weights: list[int]
) -> None:
    # The same division everywhere adds up, however the ground is laid out, if grounds do not meet.
    territories, from_on, until_on = grounds[0]
    if from_on and until_on and until_on < from_on:
        from_on, until_on = until_on, from_on
    total = sum(weights)
    rows = [Stated(Fraction(weight, total), territories, from_on, until_on) for weight in weights]
    elsewhere = Territories.worldwide() - territories
    rows.append(Stated(Fraction(9995, 10_000), elsewhere, None, None))

    scaled = scale_cells(rows)

    for code, day in [(code, date(2020, 1, day)) for code in territories for day in (1, 5, 9)]:
        held = [
            one.share
            for one in scaled
            if code in one.territories
            and (one.from_on or date.min) <= day <= (one.until_on or date.max)
        ]
        is_inside = (from_on or date.min) <= day <= (until_on or date.max)
        assert sum(held) == int(is_inside)
    assert [(one.share, one.territories) for one in scaled if one.index == len(rows) - 1] == [
        (Fraction(1), elsewhere)
    ]
