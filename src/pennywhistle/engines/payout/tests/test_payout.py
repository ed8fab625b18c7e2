"""What is left to be paid, exact: the worked tables of docs/algorithms/payouts.md, and laws."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.payout import (
    Contract,
    Line,
    Rate,
    RateInvalidError,
    convert,
    payable,
    recoup,
    withhold,
)
from pennywhistle.kernel.money import CurrencyDiffersError, Money
from worked_tables import worked_table

PAGE = "payouts.md"
AMOUNTS = st.integers(-(10**12), 10**12)


def usd(text: str) -> Money:
    amount = Money.parse(text.lstrip("-"), currency="USD")
    return -amount if text.startswith("-") else amount


def test_t18_an_advance_is_earned_before_anything_is_paid() -> None:
    for row in worked_table(PAGE, "Recoupment"):
        balance = usd(row["earned"]) - usd(row["advance"])
        assert balance == usd(row["balance"])
        assert recoup([Contract("A", balance)]) == [usd("0")]

        balance += usd(row["then earned"])
        (free,) = recoup([Contract("A", balance)])
        assert balance == free == usd(row["balance then"])
        assert payable(free, threshold=usd("20.00")).paid == usd(
            row["paid at a threshold of 20.00"]
        )


def test_t15_an_amount_is_converted_once() -> None:
    for row in worked_table(PAGE, "Conversion"):
        (text, of), (factor, into) = row["amount"].split(), row["rate"].split()
        rate = Rate(of, into, Fraction(factor), "European Central Bank", date(2026, 11, 20))
        assert str(convert(Money.parse(text, currency=of), rate)) == row["converted"]


def test_t20_tax_is_withheld_where_the_use_was() -> None:
    for row in worked_table(PAGE, "Withholding"):
        rate = Fraction(row["rate in the US"].removesuffix(" %")) / 100
        lines = [Line("US", usd(row["due in the US"])), Line("DE", usd(row["due elsewhere"]))]

        found = withhold(lines, {"US": rate}, currency="USD")

        assert found.by_territory == (("US", usd(row["withheld"])),)
        assert found.left == usd(row["left"])


def test_t19_a_payout_is_rounded_down_and_the_rest_is_carried() -> None:
    for row in worked_table(PAGE, "Threshold and carry"):
        found = payable(usd(row["balance"]), threshold=usd("20.00"))
        assert (found.paid, found.carried) == (usd(row["paid"]), usd(row["carried"]))


@given(AMOUNTS, st.integers(0, 10**9))
def test_nothing_is_lost_between_payout_and_carry(micro: int, least: int) -> None:
    found = payable(Money(micro, "JPY"), threshold=Money(least, "JPY"))

    assert found.paid + found.carried == Money(micro, "JPY")
    assert found.paid.micro % 1_000_000 == 0
    assert not found.paid or micro >= least


@given(st.lists(st.tuples(AMOUNTS, st.sampled_from(["", "a", "b"])), min_size=1, max_size=6))
def test_a_group_pays_no_more_than_it_has(rows: list[tuple[int, str]]) -> None:
    contracts = [Contract(str(n), Money(m, "USD"), g) for n, (m, g) in enumerate(rows)]

    free = recoup(contracts)

    for contract, paid in zip(contracts, free, strict=True):
        assert 0 <= paid.micro <= max(0, contract.balance.micro)
    for name in ("a", "b"):
        of_group = [n for n, (_, group) in enumerate(rows) if group == name]
        assert sum(free[n].micro for n in of_group) <= max(0, sum(rows[n][0] for n in of_group))


@given(st.dictionaries(st.sampled_from(["US", "DE", "FR"]), AMOUNTS, min_size=1))
def test_withheld_and_left_are_what_was_due(due: dict[str, int]) -> None:
    lines = [Line(territory, Money(micro, "USD")) for territory, micro in due.items()]

    found = withhold(lines, {"US": Fraction(3, 10), "FR": Fraction(1, 7)}, currency="USD")

    assert sum(money.micro for _, money in found.by_territory) + found.left.micro == sum(
        due.values()
    )
    assert all(money.micro >= 0 for _, money in found.by_territory)


def test_a_rate_is_somebodys_and_of_the_right_currency() -> None:
    for of, into, factor, source in [
        ("GBP", "EUR", "0", "ECB"),
        ("GBP", "GBP", "1", "ECB"),
        ("GBP", "EUR", "1.1", " "),
    ]:
        with pytest.raises(RateInvalidError):
            Rate(of, into, Fraction(factor), source, date(2026, 11, 20))
    rate = Rate("GBP", "EUR", Fraction("1.1"), "ECB", date(2026, 11, 20))
    with pytest.raises(CurrencyDiffersError):
        convert(usd("1"), rate)
