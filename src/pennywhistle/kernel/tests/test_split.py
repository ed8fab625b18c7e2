"""Splits: they add up, stay within one micro-unit, and favor nobody in the long run."""

import hashlib
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.kernel.money import AmountInvalidError, Money
from pennywhistle.kernel.split import (
    SHARE_TOLERANCE,
    SharesInvalidError,
    scale_shares,
    split,
    weights_to_shares,
)

SALES = 20_000
SEVENTHS = [Fraction(1, 7)] * 7
UNEQUAL = [Fraction(text) / 100 for text in "33.33 16.67 12.5 12.5 10 10 5".split()]  # noqa: SIM905


def sale_seed(number: int) -> bytes:
    return f"sale {number}".encode()


def test_seven_equal_shares_of_ten_cents() -> None:  # T2
    for number in range(200):
        parts = split(Money(100_000, "USD"), shares=SEVENTHS, seed=sale_seed(number))
        assert sorted(part.micro for part in parts) == [14_285] * 2 + [14_286] * 5


def test_unequal_shares_that_are_whole_need_no_rounding() -> None:  # T3
    dues = [6_999.3, 3_500.7, 2_625, 2_625, 2_100, 2_100, 1_050]

    for number in range(200):
        parts = split(Money(21_000, "USD"), shares=UNEQUAL, seed=sale_seed(number))
        micros = [part.micro for part in parts]

        assert sum(micros) == 21_000
        assert micros[2:] == [2_625, 2_625, 2_100, 2_100, 1_050]
        assert micros[:2] in ([6_999, 3_501], [7_000, 3_500])
        assert all(abs(micro - due) < 1 for micro, due in zip(micros, dues, strict=True))


@pytest.mark.parametrize(
    ("total_micro", "shares"),
    [(100_000, SEVENTHS), (21_000, UNEQUAL), (1, SEVENTHS), (140_001, UNEQUAL)],
)
def test_nobody_is_favored_over_many_sales(total_micro: int, shares: list[Fraction]) -> None:  # T4
    sums = [0] * len(shares)
    for number in range(SALES):
        parts = split(Money(total_micro, "USD"), shares=shares, seed=sale_seed(number))
        sums = [before + part.micro for before, part in zip(sums, parts, strict=True)]

    assert sum(sums) == SALES * total_micro
    for paid, share in zip(sums, shares, strict=True):
        due = total_micro * share
        chance = due - math.floor(due)
        # One sale pays the due rounded up with this chance, else rounded down.
        standard_error = math.sqrt(SALES * chance * (1 - chance))
        drift = abs(paid - SALES * due)
        assert drift <= 4 * standard_error
        assert drift < 200


def test_largest_remainder_would_favor_somebody() -> None:
    """The test above can fail: what it is there to keep out does."""
    floors = [math.floor(21_000 * share) for share in UNEQUAL]
    remainders = [21_000 * share - floor for share, floor in zip(UNEQUAL, floors, strict=True)]
    floors[remainders.index(max(remainders))] += 1

    drift = abs(SALES * (floors[0] - 21_000 * UNEQUAL[0]))

    assert sum(floors) == 21_000
    assert drift > 5_000


def test_shares_that_somebody_rounded_are_refused() -> None:  # T5
    rounded = [Fraction("0.142857")] * 7
    with pytest.raises(SharesInvalidError, match="999999/1000000"):
        split(Money(100_000, "USD"), shares=rounded, seed=b"sale")


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
@pytest.mark.parametrize("total_micro", [0, 1, 10_000, 1_000_000])
def test_a_three_way_split_of_almost_nothing_adds_up(currency: str, total_micro: int) -> None:
    parts = split(Money(total_micro, currency), shares=[Fraction(1, 3)] * 3, seed=b"sale 1")
    assert sum(parts, Money.zero(currency)) == Money(total_micro, currency)


def test_the_same_seed_cuts_the_same_way() -> None:
    """The figures of docs/algorithms/rounding.md, which strangers recompute."""
    parts = split(Money(21_000, "USD"), shares=UNEQUAL, seed=b"sale 1")
    offset = Fraction(int.from_bytes(hashlib.sha256(b"sale 1").digest()[:8], "big"), 2**64)

    cuts = [math.floor(21_000 * sum(UNEQUAL[: end + 1], Fraction(0)) + offset) for end in range(7)]
    expected = [cut - before for before, cut in zip([0, *cuts], cuts, strict=False)]

    assert [part.micro for part in parts] == expected


@pytest.mark.parametrize(
    "shares",
    [
        [],
        [Fraction(0)],
        [Fraction(1, 2)],
        [Fraction(1, 2)] * 3,
        [Fraction(3, 2), Fraction(-1, 2)],
    ],
)
def test_shares_that_are_no_division_of_one_are_refused(shares: list[Fraction]) -> None:
    with pytest.raises(SharesInvalidError) as refused:
        split(Money(100, "USD"), shares=shares, seed=b"sale")
    assert refused.value.code == "shares-invalid"


@pytest.mark.parametrize("share", [1.0, Decimal(1), "1"])
def test_a_share_that_is_not_exact_is_a_bug(share: object) -> None:
    with pytest.raises(TypeError, match="exact fractions"):
        split(Money(100, "USD"), shares=[share], seed=b"sale")  # type: ignore[list-item]
    with pytest.raises(TypeError, match="exact fractions"):
        scale_shares([share])  # type: ignore[list-item]


def test_a_negative_total_is_refused() -> None:
    with pytest.raises(AmountInvalidError, match="negate"):
        split(Money(-1, "USD"), shares=[Fraction(1)], seed=b"sale")


def test_an_empty_seed_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        split(Money(1, "USD"), shares=[Fraction(1)], seed=b"")


weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)
totals = st.integers(0, 10**15)
seeds = st.binary(min_size=1, max_size=40)


@given(totals, weights, seeds)
def test_parts_add_up_and_stay_within_one_micro_unit(
    total: int, given_weights: list[int], seed: bytes
) -> None:
    shares = weights_to_shares(given_weights)

    parts = split(Money(total, "EUR"), shares=shares, seed=seed)

    assert sum(parts, Money.zero("EUR")) == Money(total, "EUR")
    for part, share in zip(parts, shares, strict=True):
        assert not part.is_negative
        assert abs(part.micro - total * share) < 1


@given(totals, weights, seeds, st.data())
def test_a_share_of_zero_gets_nothing_and_moves_nobody(
    total: int, given_weights: list[int], seed: bytes, data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(given_weights)))
    with_zero = [*given_weights[:position], 0, *given_weights[position:]]

    parts = split(Money(total, "EUR"), shares=weights_to_shares(with_zero), seed=seed)

    without = split(Money(total, "EUR"), shares=weights_to_shares(given_weights), seed=seed)
    assert parts.pop(position) == Money.zero("EUR")
    assert parts == without


def test_three_times_a_third_in_percent_is_scaled_to_thirds() -> None:  # T14
    shares = scale_shares([Fraction("0.3333")] * 3)

    parts = split(Money(21_000, "USD"), shares=shares, seed=b"sale")

    assert shares == [Fraction(1, 3)] * 3
    assert [part.micro for part in parts] == [7_000] * 3


@pytest.mark.parametrize("percent", ["99.94", "99.99", "100", "100.01", "100.06"])
def test_shares_within_the_tolerance_are_scaled(percent: str) -> None:
    halves = [Fraction(percent) / 200] * 2
    assert scale_shares(halves) == [Fraction(1, 2)] * 2


@pytest.mark.parametrize("percent", ["99.90", "99.93", "100.07", "100.10", "0", "50"])
def test_shares_beyond_the_tolerance_are_refused_with_the_numbers(percent: str) -> None:
    with pytest.raises(SharesInvalidError) as refused:
        scale_shares([Fraction(percent) / 200] * 2)
    assert f"sum to {float(percent):.4f}%" in str(refused.value)
    assert f"{float(percent) / 2:.4f}% + " in str(refused.value)


def test_negative_and_missing_shares_are_not_scaled() -> None:
    for shares in ([], [Fraction(3, 2), Fraction(-1, 2)]):
        with pytest.raises(SharesInvalidError):
            scale_shares(shares)


@given(weights, st.fractions(-SHARE_TOLERANCE, SHARE_TOLERANCE))
def test_scaled_shares_sum_to_one_and_keep_their_proportions(
    given_weights: list[int], error: Fraction
) -> None:
    exact = weights_to_shares(given_weights)
    assert scale_shares([share * (1 + error) for share in exact]) == exact


def test_the_price_of_an_album_is_divided_by_its_tracks_prices() -> None:  # T16
    shares = weights_to_shares([990_000] * 11 + [1_290_000])

    micros = [
        part.micro for part in split(Money(9_990_000, "USD"), shares=shares, seed=b"sale 1 line 1")
    ]

    assert sum(micros) == 9_990_000
    assert set(micros[:11]) <= {811_995, 811_996}
    assert micros[11] in {1_058_054, 1_058_055}


@pytest.mark.parametrize("bad", [[], [0], [0, 0], [-1], [2, -1], [-1, 5]])
def test_weights_that_divide_nothing_are_refused(bad: list[int]) -> None:
    with pytest.raises(SharesInvalidError):
        weights_to_shares(bad)
