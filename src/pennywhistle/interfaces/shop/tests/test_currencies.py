"""A store sells in one currency; what a buyer holds in another stays theirs, and is never mixed."""

from __future__ import annotations

import pytest
from django.test import Client

from builders import NOON, a_buyer, a_shelf, a_store
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.errors import PriceChangedError
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.money import Money

pytestmark = pytest.mark.django_db


def euros(user: User, amount: str) -> None:
    """Money paid in while the store sold in euros."""
    money = Money.parse(amount, currency="EUR")
    mine = open_account(kind=Account.Kind.BALANCE, currency="EUR", user_id=user.pk)
    clearing = open_account(kind=Account.Kind.CLEARING, currency="EUR", code="fakepay")
    write_entry(
        kind=Entry.Kind.TOP_UP,
        key=f"euros:{user.pk}",
        subject=mine.number,
        amounts=[Amount(mine.number, money), Amount(clearing.number, -money)],
        now=NOON,
    )


def test_a_balance_in_another_currency_is_shown_and_buys_nothing() -> None:
    a_store()
    buyer, shelf = a_buyer(balance="1.00"), a_shelf()
    euros(buyer, "3.00")
    client = Client()
    client.force_login(buyer)

    page = client.get("/balance").content.decode()
    with pytest.raises(PriceChangedError):
        check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.album],
            territory="US",
            shown=Money.parse("0.35", currency="EUR"),
            key="in-euros",
            now=NOON,
        )

    assert "€3.00" in page
    assert "$1.00" in page
    assert balance_of(user=buyer, currency="EUR") == Money.parse("3.00", currency="EUR")


def test_who_holds_one_currency_alone_reads_of_no_other() -> None:
    a_store()
    client = Client()
    client.force_login(a_buyer())

    assert "in other currencies" not in client.get("/balance").content.decode()
