"""An amount from a form is exact, in coins and within bounds, or a sentence says why not."""

import pytest
from django import forms

from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.kernel.money import Money


def currency() -> str:
    return "USD"


class TopUpForm(forms.Form):
    amount = MoneyField(currency=currency, least_micro=1_000_000, most_micro=500_000_000)


class YenForm(forms.Form):
    amount = MoneyField(currency="JPY", most_micro=500_000_000)


class PriceForm(forms.Form):
    amount = MoneyField(currency="USD", most_micro=500_000_000, in_coins=False, required=False)


@pytest.mark.parametrize(
    ("text", "micro"),
    [
        ("1", 1_000_000),
        ("20.5", 20_500_000),
        (" 20.50 ", 20_500_000),
        ("500", 500_000_000),
        ("12.500000", 12_500_000),
    ],
)
def test_an_amount_is_read_exactly(text: str, micro: int) -> None:
    form = TopUpForm({"amount": text})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["amount"] == Money(micro, "USD")


INVALID = "Write the amount in digits with a point, like 12 or 12.50."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("-5", INVALID),
        ("+5", INVALID),
        ("1,20", INVALID),
        ("1.000,00", INVALID),
        ("1e309", INVALID),
        ("1e2", INVALID),
        ("NaN", INVALID),
        ("Infinity", INVALID),
        ("0x10", INVALID),
        ("\N{ARABIC-INDIC DIGIT FIVE}", INVALID),
        ("5 EUR", INVALID),
        ("€5", INVALID),
        ("5 5", INVALID),
        ("5\x00", INVALID),
        ("1000000000000000000", INVALID),
        ("9" * 10_000, INVALID),
        ("1.0000001", INVALID),
        ("0", "The least is $1.00."),
        ("0.99", "The least is $1.00."),
        ("500.01", "The most is $500.00."),
        ("9999999999999", INVALID),
        ("999999999999", "The most is $500.00."),
        ("1.001", "The smallest coin is $0.01."),
        ("", "This field is required."),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    form = TopUpForm({"amount": text})

    assert not form.is_valid()
    assert form.errors["amount"] == [sentence]


def test_yen_have_no_smaller_coin() -> None:
    assert not YenForm({"amount": "100.5"}).is_valid()
    assert YenForm({"amount": "100"}).is_valid()


def test_a_price_may_be_finer_than_a_coin_and_may_be_left_out() -> None:
    fine, left_out = PriceForm({"amount": "0.0215"}), PriceForm({"amount": ""})

    assert fine.is_valid()
    assert fine.cleaned_data["amount"] == Money(21_500, "USD")
    assert left_out.is_valid()
    assert left_out.cleaned_data["amount"] is None


def test_what_was_typed_is_shown_again_and_an_amount_as_it_would_be_typed() -> None:
    assert 'value="1,20"' in str(TopUpForm({"amount": "1,20"})["amount"])
    assert 'value="20.00"' in str(TopUpForm(initial={"amount": Money(20_000_000, "USD")})["amount"])
