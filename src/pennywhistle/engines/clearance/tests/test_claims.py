"""Claims: what nobody else claims is paid, the rest is held, and all of it adds up."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.clearance.claims import settle
from pennywhistle.kernel.split import SharesInvalidError
from worked_tables import micro_of, part_of, worked_table

FEE_MICRO = 21_000


def test_the_worked_claims_are_right() -> None:  # T12, T13, T14
    rows = worked_table("tariffs.md", "Worked claims")

    assert len(rows) == 5
    for row in rows:
        settled = settle([part_of(cell.strip()) for cell in row["Claims"].split(",")])
        paid = [part * FEE_MICRO for part in settled.parts]

        assert paid == [micro_of(cell.strip()) for cell in row["Parts"].split(",")]
        assert settled.held * FEE_MICRO == micro_of(row["Held"])
        assert settled.unclaimed * FEE_MICRO == micro_of(row["Unclaimed"])


def test_what_nobody_claims_is_unclaimed() -> None:
    assert settle([]).unclaimed == 1
    assert settle([Fraction(0), Fraction(0)]).unclaimed == 1


def test_the_contested_part_of_each_claim_is_told() -> None:
    settled = settle([Fraction(1, 2), Fraction(3, 10), Fraction(3, 10)])

    assert settled.contested == (Fraction(1, 10),) * 3


@pytest.mark.parametrize(
    ("percent", "unclaimed", "held"),
    [
        ("99.94", Fraction(0), Fraction(0)),
        ("99.93", Fraction(7, 10_000), Fraction(0)),
        ("100.06", Fraction(0), Fraction(0)),
        ("100.07", Fraction(0), Fraction(7, 10_000)),
    ],
)
def test_a_sum_close_to_the_whole_is_scaled(
    percent: str, unclaimed: Fraction, held: Fraction
) -> None:
    claims = [Fraction(1, 2), Fraction(percent) / 100 - Fraction(1, 2)]

    settled = settle(claims)

    assert (settled.unclaimed, settled.held) == (unclaimed, held)
    assert sum(settled.parts) == 1 - unclaimed - held


@pytest.mark.parametrize("claims", [["-1/2", "1/2"], ["2"], ["11/10", "1/10"]])
def test_a_claim_of_less_than_nothing_or_more_than_all_is_refused(claims: list[str]) -> None:
    with pytest.raises(SharesInvalidError) as refused:
        settle([Fraction(claim) for claim in claims])
    assert refused.value.code == "shares-invalid"


shares = st.fractions(0, 1, max_denominator=10_000)
near_halves = st.fractions(Fraction(4_994, 10_000), Fraction(5_006, 10_000))
every_claim = st.lists(shares, max_size=8) | st.lists(near_halves, min_size=2, max_size=2)


@given(every_claim)
def test_parts_held_and_unclaimed_always_sum_to_one(claims: list[Fraction]) -> None:
    settled = settle(claims)
    total = sum(settled.claims, Fraction(0))

    assert sum(settled.parts) + settled.held + settled.unclaimed == 1
    assert sum(settled.parts) + settled.held == min(1, total)
    assert settled.held >= 0
    assert settled.unclaimed == max(0, 1 - total)
    for claim, part, contested in zip(
        settled.claims, settled.parts, settled.contested, strict=True
    ):
        assert 0 <= part <= claim
        assert part == min(claim, max(Fraction(0), 1 - (total - claim)))
        assert contested == claim - part


@given(every_claim, st.data())
def test_one_more_claim_never_raises_what_the_others_are_paid(
    claims: list[Fraction], data: st.DataObject
) -> None:
    before = settle(claims)
    after = settle([*claims, data.draw(shares)])

    # Scaling moves a claim by at most the tolerance.
    for one, other in zip(before.parts, after.parts, strict=False):
        assert other <= one * (1 + Fraction(7, 10_000))


@given(every_claim)
def test_the_order_of_claims_does_not_matter(claims: list[Fraction]) -> None:
    forth, back = settle(claims), settle(claims[::-1])

    assert forth.parts == back.parts[::-1]
    assert (forth.held, forth.unclaimed) == (back.held, back.unclaimed)
