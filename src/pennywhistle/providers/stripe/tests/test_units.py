"""Stripe's units are not always ISO's smallest coins."""

import pytest

from pennywhistle.kernel.money import Money
from pennywhistle.providers.stripe.units import CurrencyUnsureError, coins_of, money_of


@pytest.mark.parametrize(
    ("text", "currency", "coins"),
    [
        ("10.05", "USD", 1_005),
        ("500", "JPY", 500),
        ("20000", "KRW", 20_000),
        ("5000", "MGA", 5_000),
        ("700", "ISK", 70_000),
        ("5.12", "KWD", 5_120),
        ("1000", "HUF", 100_000),
    ],
)
def test_amounts_come_back_as_they_went(text: str, currency: str, coins: int) -> None:
    amount = Money.parse(text, currency=currency)

    assert coins_of(amount) == coins
    assert money_of(coins, currency.lower()) == amount


@pytest.mark.parametrize(
    ("text", "currency"), [("10.055", "USD"), ("5.123", "KWD"), ("700.5", "ISK"), ("5", "UGX")]
)
def test_what_stripe_cannot_move_is_refused(text: str, currency: str) -> None:
    with pytest.raises(CurrencyUnsureError):
        coins_of(Money.parse(text, currency=currency))
