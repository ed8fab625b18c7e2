"""By the clock a sale becomes a supply and an invoice; a register is asked if there is one."""

from __future__ import annotations

import pytest

from pennywhistle.apps.invoices.models import Document, Supply
from pennywhistle.apps.proof.work import order_waiting
from pennywhistle.apps.taxes.models import RateProposal, RateReading, VatAnswer
from pennywhistle.apps.taxes.numbers import state_vat_number
from pennywhistle.interfaces.clock.taxing import (
    ask_about_vat_numbers,
    compare_tax_rates,
    follow_sales,
)
from taxed_shop import NOON, TILLEUL, Purchases, a_taxed_store

pytestmark = pytest.mark.django_db


def test_a_sale_is_followed_to_its_invoice_and_again_is_harmless() -> None:
    buyer = Purchases(a_taxed_store())
    buyer.buy(1)
    while order_waiting():
        pass

    for _ in range(2):
        follow_sales(0)

    assert (Supply.objects.count(), Document.objects.count()) == (1, 1)


def test_nothing_is_asked_where_the_store_asks_nobody_or_nobody_answers(settings) -> None:
    buyer = Purchases(a_taxed_store())
    state_vat_number(user_id=buyer.user.pk, text="FR61954506077", business=TILLEUL, now=NOON)

    ask_about_vat_numbers(0)
    settings.VIES_URL = "https://vies.invalid/check"
    ask_about_vat_numbers(0)

    assert not VatAnswer.objects.exists()


def test_rates_that_differ_wait_in_the_office() -> None:
    a_taxed_store()

    for _ in range(2):
        compare_tax_rates(0)

    # The tests' store has three states of the Union's 27, and Monaco has France's.
    assert RateProposal.objects.count() == 25
    assert RateReading.objects.count() == 1
