"""The QR code of a transfer is as EPC069-12 has it, and there is none where it cannot be."""

import pytest

from pennywhistle.engines.bankfile import epc_text
from pennywhistle.kernel.money import Money


def text(amount: str, currency: str = "EUR") -> str:
    money = Money.parse(amount, currency=currency)
    return epc_text(
        name="Test  Records",
        iban="DE89370400440532013000",
        bic="COBADEFFXXX",
        amount=money,
        reference="RF18539007547034",
    )


def test_it_says_whom_how_much_and_with_which_reference() -> None:
    assert text("12.3").split("\n") == [
        *("BCD", "002", "1", "SCT", "COBADEFFXXX", "Test Records", "DE89370400440532013000"),
        *("EUR12.30", "", "RF18539007547034"),
    ]


@pytest.mark.parametrize(("amount", "currency"), [("5", "USD"), ("0.001", "EUR"), ("0", "EUR")])
def test_there_is_none_but_for_cents_of_euro(amount: str, currency: str) -> None:
    assert text(amount, currency) == ""
