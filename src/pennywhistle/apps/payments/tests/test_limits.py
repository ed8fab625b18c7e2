"""What may be paid in at once is worth about the same in every currency."""

from __future__ import annotations

import pytest

from pennywhistle.apps.payments import limits
from pennywhistle.apps.payments.limits import round_amount, top_up_bounds
from pennywhistle.kernel.currencies import CURRENCIES
from pennywhistle.kernel.money import CurrencyUnknownError, micro_per_minor_unit


@pytest.mark.parametrize(
    ("currency", "least", "most"),
    [
        ("USD", "1.00 USD", "500.00 USD"),
        ("EUR", "1.00 EUR", "500.00 EUR"),
        ("KWD", "1.000 KWD", "500.000 KWD"),
        ("SEK", "10.00 SEK", "5000.00 SEK"),
        ("JPY", "100 JPY", "50000 JPY"),
        ("KRW", "1000 KRW", "500000 KRW"),
        ("VND", "100000 VND", "50000000 VND"),
    ],
)
def test_bounds_are_round_amounts_of_the_currency(currency: str, least: str, most: str) -> None:
    assert tuple(map(str, top_up_bounds(currency))) == (least, most)


def test_every_currency_has_bounds_in_whole_coins() -> None:
    for currency in sorted(CURRENCIES):
        least, most = top_up_bounds(currency)

        assert 0 < least.micro < most.micro, currency
        assert least.micro % micro_per_minor_unit(currency) == 0, currency


def test_no_currency_is_there_twice() -> None:
    listed = [code for codes in limits._ROUND_UNITS.values() for code in codes.split()]

    assert sorted(listed) == sorted(CURRENCIES)


def test_what_is_no_currency_has_none() -> None:
    with pytest.raises(CurrencyUnknownError):
        round_amount("XXX")
