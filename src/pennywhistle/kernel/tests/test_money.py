"""Money: exact, of one currency, and read from a person's text without guessing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.kernel.currencies import CURRENCIES, minor_digits
from pennywhistle.kernel.money import (
    MICRO_MAX,
    AmountInvalidError,
    CurrencyDiffersError,
    CurrencyUnknownError,
    Money,
    MoneyError,
    micro_per_minor_unit,
)

micros = st.integers(-(10**17), 10**17)
currencies = st.sampled_from(sorted(CURRENCIES))


@pytest.mark.parametrize(
    ("text", "currency", "micro"),
    [
        ("0.14", "USD", 140_000),
        ("9", "EUR", 9_000_000),
        (" 1.20\n", "GBP", 1_200_000),
        ("0.000001", "USD", 1),
        ("0", "USD", 0),
        ("007.5", "USD", 7_500_000),
        ("100", "JPY", 100_000_000),
        ("1.234", "KWD", 1_234_000),
        ("1000000000000", "USD", MICRO_MAX),
    ],
)
def test_a_plain_amount_is_read_exactly(text: str, currency: str, micro: int) -> None:
    assert Money.parse(text, currency=currency) == Money(micro, currency)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1,20", "1.234,56", "1,234.56", "NaN", "Infinity", "1e309", "1E2", "-1", "+1",
        "0.0000001", ".5", "5.", "1.2.3", "0x10", "1_000", "$1", "1 USD", "١٢", "½", "\uff11",
        "1\x00", "1000000000000.000001", "1" + "0" * 18, "9" * 10_000,
    ],
)  # fmt: skip
def test_whatever_is_not_a_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountInvalidError) as refused:
        Money.parse(text, currency="USD")
    assert refused.value.code == "amount-invalid"
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDT", "BTC", "XXX", "XTS", "XAU", "€"])
def test_a_currency_that_nobody_pays_with_is_refused(currency: str) -> None:
    with pytest.raises(CurrencyUnknownError):
        Money(1, currency)
    with pytest.raises(CurrencyUnknownError):
        Money.parse("1", currency=currency)
    with pytest.raises(CurrencyUnknownError):
        micro_per_minor_unit(currency)


@pytest.mark.parametrize("micro", [1.0, True, "1", None, Decimal(1)])
def test_an_amount_that_is_not_an_int_is_a_bug(micro: object) -> None:
    with pytest.raises(TypeError):
        Money(micro, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize("micro", [MICRO_MAX + 1, -MICRO_MAX - 1])
def test_an_amount_beyond_the_limit_is_refused(micro: int) -> None:
    with pytest.raises(AmountInvalidError):
        Money(micro, "USD")


@pytest.mark.parametrize(
    ("micro", "currency", "text"),
    [
        (140_000, "USD", "0.14 USD"),
        (-140_000, "USD", "-0.14 USD"),
        (100_000, "USD", "0.10 USD"),
        (1, "USD", "0.000001 USD"),
        (0, "USD", "0.00 USD"),
        (5_000_000, "JPY", "5 JPY"),
        (5_100_000, "JPY", "5.1 JPY"),
        (1_000_000, "KWD", "1.000 KWD"),
        (1_234_500, "KWD", "1.2345 KWD"),
        (-MICRO_MAX, "EUR", "-1000000000000.00 EUR"),
    ],
)
def test_an_amount_is_written_exactly(micro: int, currency: str, text: str) -> None:
    assert str(Money(micro, currency)) == text


@pytest.mark.parametrize(
    ("currency", "micro"),
    [("USD", 10_000), ("EUR", 10_000), ("JPY", 1_000_000), ("KWD", 1_000), ("IQD", 1_000)],
)
def test_the_smallest_coin_is_that_of_iso_4217(currency: str, micro: int) -> None:
    assert micro_per_minor_unit(currency) == micro


def test_minor_digits_of_an_unknown_currency_are_a_bug() -> None:
    with pytest.raises(KeyError):
        minor_digits("XXX")


def test_two_currencies_never_meet() -> None:
    dollar, euro = Money(1, "USD"), Money(1, "EUR")

    for meet in (
        lambda: dollar + euro,
        lambda: dollar - euro,
        lambda: dollar < euro,
        lambda: dollar <= euro,
        lambda: dollar > euro,
        lambda: dollar >= euro,
    ):
        with pytest.raises(CurrencyDiffersError) as refused:
            meet()
        assert isinstance(refused.value, MoneyError)
    assert dollar != euro


def test_money_is_ordered_and_true_where_it_is_not_zero() -> None:
    one, two = Money(1, "USD"), Money(2, "USD")

    assert one < two
    assert two > one
    assert one <= Money(1, "USD")
    assert one >= Money(1, "USD")
    assert not one > two
    assert not two <= one
    assert bool(one)
    assert not Money.zero("USD")
    assert (-one).is_negative
    assert not one.is_negative


@given(micros, micros, currencies)
def test_adding_and_taking_away_undo_each_other(first: int, second: int, currency: str) -> None:
    a, b = Money(first, currency), Money(second, currency)
    assert a + b - b == a
    assert a + b == b + a
    assert a + -a == Money.zero(currency)


@given(st.integers(0, MICRO_MAX), currencies)
def test_what_is_written_is_read_back(micro: int, currency: str) -> None:
    money = Money(micro, currency)
    assert Money.parse(str(money).removesuffix(f" {currency}"), currency=currency) == money


@given(st.integers(-MICRO_MAX, MICRO_MAX), currencies)
def test_the_decimal_is_exact(micro: int, currency: str) -> None:
    decimal = Money(micro, currency).decimal
    assert decimal.as_tuple().exponent == -6
    assert int(decimal.scaleb(6)) == micro


@given(st.text(max_size=30))
def test_any_text_is_money_or_refused(text: str) -> None:
    try:
        money = Money.parse(text, currency="USD")
    except AmountInvalidError:
        return
    assert Decimal(text.strip()) == money.decimal
