"""Paying money in: exact amounts, one payment a key, and the way back to what one came for."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from builders import a_shelf, a_store, a_user, usd
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments.models import TopUp

pytestmark = pytest.mark.django_db


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of the page's own form; the header's forms come before it."""
    values = re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    return str(values[-1]).replace("&amp;", "&")


def test_the_form_offers_a_round_amount_that_covers_what_is_missing() -> None:
    a_store()
    client = Client()
    client.force_login(a_user())

    page = client.get("/balance/top-up", {"least": "7.10", "next": "/checkout"}).content.decode()

    assert re.search(r'name="amount" value="10"', page)
    assert hidden(page, "next") == "/checkout"


@pytest.mark.parametrize(
    ("least", "offered"), [("0", "500"), ("501", "1000"), ("12340", "12400"), ("9" * 12, "")]
)
def test_a_store_in_yen_speaks_of_yen(least: str, offered: str) -> None:
    a_store(currency="JPY")
    client = Client()
    client.force_login(a_user())

    page = client.get("/balance/top-up", {"least": least}).content.decode()

    assert "¥100 to ¥50,000" in page
    assert "¥2,500" in page
    assert f'name="amount" value="{offered}"' in page or not offered


@pytest.mark.parametrize(("amount", "status"), [("99", 400), ("100", 302), ("50001", 400)])
def test_bounds_are_those_of_the_currency(amount: str, status: int) -> None:
    a_store(currency="JPY")
    client = Client()
    client.force_login(a_user())

    answer = client.post(
        "/balance/top-up", {"amount": amount, "provider": "fakepay", "key": "k" * 32, "next": "/"}
    )

    assert answer.status_code == status
    assert TopUp.objects.exists() == (status == 302)


@pytest.mark.parametrize(
    "amount",
    ["-5", "0", "0.99", "500.01", "1e309", "NaN", "1,20", "1000000000000000000", "5 EUR", "5.001",
     "", "five", "\u0665", "5" * 500],
)  # fmt: skip
def test_an_amount_that_is_none_begins_nothing(amount: str) -> None:
    a_store()
    client = Client()
    client.force_login(a_user())

    answer = client.post(
        "/balance/top-up", {"amount": amount, "provider": "fakepay", "key": "k" * 32, "next": "/"}
    )

    assert answer.status_code == 400
    assert not TopUp.objects.exists()


@pytest.mark.parametrize("provider", ["", "bank", "stripe'", "fakepay "])
def test_a_provider_that_the_store_does_not_use_begins_nothing(provider: str) -> None:
    a_store()
    client = Client()
    client.force_login(a_user())

    answer = client.post(
        "/balance/top-up", {"amount": "5", "provider": provider, "key": "k" * 32, "next": "/"}
    )

    assert answer.status_code == 400 or TopUp.objects.get().provider == "fakepay"


def test_the_same_key_is_the_same_payment_and_another_amount_is_refused() -> None:
    a_store()
    client = Client()
    client.force_login(a_user())
    asked = {"amount": "5", "provider": "fakepay", "key": "k" * 32, "next": "/"}

    first, again = (client.post("/balance/top-up", asked) for _ in range(2))
    other = client.post("/balance/top-up", asked | {"amount": "6"})

    assert first.headers["Location"] == again.headers["Location"]
    assert other.status_code == 409
    assert TopUp.objects.count() == 1


def test_an_open_payment_says_so_and_asks_again_by_itself() -> None:
    a_store()
    client = Client()
    client.force_login(a_user())
    client.post(
        "/balance/top-up",
        {"amount": "5", "provider": "fakepay", "key": "k" * 32, "next": "/checkout"},
    )
    address = reverse("top-up-state", args=[TopUp.objects.get().id])

    page = client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request-Type": "partial"}).content.decode()

    assert 'hx-trigger="every 3s"' in page
    assert "<html" not in part
    assert "Waiting for the payment" in part


def test_after_paying_the_buyer_is_back_at_the_checkout() -> None:
    a_store()
    shelf, buyer, client = a_shelf(), a_user(), Client()
    client.force_login(buyer)
    item = f"/checkout?item=track%3A{shelf.tracks[0].public_id}"
    started = client.post(
        "/balance/top-up",
        {"amount": "5", "provider": "fakepay", "key": "k" * 32, "next": item},
    )
    page = client.get(started.headers["Location"]).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken"', page)
    assert token is not None
    _pay(client, started.headers["Location"], page)

    back = client.get(reverse("top-up-state", args=[TopUp.objects.get().id]))

    assert back.status_code == 302
    assert back.headers["Location"] == item
    assert balance_of(user=buyer, currency="USD") == usd("5.00")
    assert "Pay from my balance" in client.get(item).content.decode()


def _pay(client: Client, address: str, page: str) -> None:
    """Press the first button of the provider's page, as a buyer who pays does."""
    form = re.search(r"<form[^>]*>.*?</form>", page, re.DOTALL)
    assert form is not None
    action = re.search(r'action="([^"]*)"', form[0])
    fields = dict(
        re.findall(r'<(?:input|button)[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', form[0])
    )
    button = re.search(r'<button[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', form[0])
    if button is not None:
        fields[button[1]] = button[2]
    client.post(action[1] if action and action[1] else address, fields)
