"""A statement that is read by several at once is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bank_files import Line, camt
from builders import NOON, a_store, a_user
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments.actions import TopUpAsked, start_top_up
from pennywhistle.apps.payments.bank.reading import Taken, take_file
from pennywhistle.apps.payments.models import BankEntry, BankTransfer, Difference
from pennywhistle.apps.payments.reconciling.differing import book_by_hand
from pennywhistle.kernel.money import Money
from threads import at_once

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper


@pytest.mark.django_db(transaction=True)
def test_files_that_overlap_are_credited_once_however_many_read_them(
    settings: SettingsWrapper,
) -> None:
    settings.PAYMENT_PROVIDERS = ["bank"]
    settings.BANK_NAME, settings.BANK_IBAN = "Test Records", "DE89370400440532013000"
    settings.BANK_BIC = ""
    a_store(currency="EUR")
    buyer, ten = a_user(), Money.parse("10.00", currency="EUR")
    asked = TopUpAsked(buyer.pk, ten, "bank", "key-of-a-transfer", "/balance/")
    start_top_up(asked=asked, origin="http://testserver", now=NOON)
    line = Line("10.00", reference=BankTransfer.objects.get().reference)
    files = [camt(line, Line("1.00", text="who?")), camt(Line("1.00", text="who?"), line)]

    def read(number: int) -> Taken:
        data = files[number % 2]
        return take_file(data=data, source_name="a.xml", user_id=None, now=NOON)

    taken = at_once(4, read)

    assert all(isinstance(each, Taken) for each in taken), taken
    assert BankEntry.objects.count() == 2
    assert balance_of(user=buyer, currency="EUR") == ten
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_gain_that_is_told_by_two_clicks_at_once_is_booked_once() -> None:
    a_store(currency="EUR")
    clerk, gain = a_user(), Money.parse("5.00", currency="EUR")

    def book(_: int) -> Difference:
        return book_by_hand(
            provider="bank", amount=gain, reason="Coins.", user_id=clerk.pk, key="one", now=NOON
        )

    booked = at_once(4, book)

    assert all(isinstance(each, Difference) for each in booked), booked
    assert Difference.objects.count() == Entry.objects.count() == 1
