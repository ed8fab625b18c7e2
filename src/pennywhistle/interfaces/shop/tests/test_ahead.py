"""Ordering ahead in the shop: by plain links and forms, for oneself alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.test import Client

from builders import NOON, a_buyer, a_shelf, a_store, usd
from coming import a_coming_shelf
from pennywhistle.apps.orders.ended import Letter, Waiver
from pennywhistle.apps.orders.returns import waits_until
from pennywhistle.apps.preorders.models import PreOrder
from pennywhistle.apps.preorders.work import release_due
from pennywhistle.apps.rights.actions import record_all_grants
from pennywhistle.apps.rights.standing import standing_terms
from pennywhistle.apps.users.models import User
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.kernel.period import Period

if TYPE_CHECKING:
    from builders import Shelf

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_coming_shelf(from_at=datetime.now(tz=UTC) + timedelta(days=7))


def address_of(shelf: Shelf) -> str:
    return f"/pre-order/release/{shelf.release.public_id}"


def form_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(key|shown)" value="([^"]*)"', page))


def order(client: Client, shelf: Shelf) -> PreOrder:
    asked = form_of(client.get(address_of(shelf)).content.decode())
    answer = client.post(address_of(shelf), asked, follow=True)
    assert answer.redirect_chain == [("/pre-orders", 302)]
    return PreOrder.objects.waiting().get()


def test_a_price_for_orders_ahead_is_told_beside_that_of_the_day(shelf: Shelf) -> None:
    (on_its_day,) = standing_terms(shelf.release.supplier_id, shelf.release.pk)[None]
    until = Period(None, on_its_day.valid.starts_at)
    ahead = replace(on_its_day, price=usd("0.20"), is_pre_order=True, valid=until)
    record_all_grants(
        licensor_id=shelf.release.supplier_id,
        release_id=shelf.release.pk,
        terms={None: [on_its_day, ahead]},
        now=NOON,
    )
    client = signed_in(a_buyer(balance="1.00"))

    shown = client.get(page_of("release", shelf.release)).content.decode()
    asked = client.get(address_of(shelf)).content.decode()

    assert "From that day on it costs $0.35." in shown
    assert "On that day it costs $0.35." in asked
    assert order(client, shelf).held == usd("0.20")


def test_the_page_of_what_is_announced_offers_it_ahead_to_guests_too(shelf: Shelf) -> None:
    page = Client().get(page_of("release", shelf.release)).content.decode()

    assert address_of(shelf) in page
    assert "Out on" in page
    assert "Not sold here" not in page.partition('class="tracks"')[0]
    assert Client().get(address_of(shelf)).status_code == 302


def test_an_order_stands_on_the_shelf_until_it_is_out(shelf: Shelf) -> None:
    client = signed_in(a_buyer(balance="1.00"))

    placed = order(client, shelf)
    for address in ("/shelf", "/pre-orders"):
        assert "$0.35 set aside" in client.get(address).content.decode()
    assert "You have ordered it" in client.get(page_of("release", shelf.release)).content.decode()
    assert client.get(address_of(shelf)).status_code == 302
    release_due(now=placed.releases_at)

    page = client.get("/shelf").content.decode()
    assert "set aside" not in page
    assert "Thaw" in page


def test_without_money_it_leads_to_the_top_up_and_back(shelf: Shelf) -> None:
    client = signed_in(a_buyer(balance="0.20"))

    page = client.get(address_of(shelf))
    answer = client.post(address_of(shelf), {"key": "k" * 20, "shown": "0.35 USD"})

    assert "/balance/top-up?least=0.15&amp;next=%2Fpre-order" in page.content.decode()
    assert answer.status_code == 402
    assert not PreOrder.objects.exists()


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"key": "short", "shown": "0.35 USD"}, 400),
        ({"key": "k" * 20, "shown": "free"}, 400),
        ({"key": "k" * 20, "shown": "0.34 USD"}, 409),
        ({"key": "k" * 20, "shown": "0.35 EUR"}, 409),
    ],
)
def test_what_no_page_of_ours_sends_orders_nothing(
    shelf: Shelf, asked: dict[str, str], status: int
) -> None:
    client = signed_in(a_buyer(balance="1.00"))

    assert client.post(address_of(shelf), asked).status_code == status
    assert not PreOrder.objects.exists()


def test_what_is_out_leads_back_to_its_page() -> None:
    a_store()
    out = a_shelf()

    answer = signed_in(a_buyer()).get(address_of(out))

    assert answer.status_code == 302
    assert answer["Location"] == page_of("release", out.release)


def test_somebody_elses_order_is_not_there(shelf: Shelf) -> None:
    placed = order(signed_in(a_buyer(balance="1.00")), shelf)
    other = signed_in(a_buyer("other@example.org"))

    assert other.post(f"/pre-orders/{placed.id}/cancel").status_code == 404
    assert other.post(f"/pre-orders/{uuid4()}/cancel").status_code == 404
    assert other.get("/pre-order/release/0a1b2c3d4e5f").status_code == 404
    assert "set aside" not in other.get("/pre-orders").content.decode()


def test_canceling_brings_the_money_back_until_it_was_sold(shelf: Shelf) -> None:
    buyer = a_buyer(balance="1.00")
    client = signed_in(buyer)
    placed = order(client, shelf)

    answer = client.post(f"/pre-orders/{placed.id}/cancel", follow=True)

    assert "The money is on your balance again" in answer.content.decode()
    other = a_coming_shelf("Frost", from_at=datetime.now(tz=UTC) + timedelta(days=7))
    again = order(client, other)
    release_due(now=again.releases_at)
    sold = client.post(f"/pre-orders/{again.id}/cancel", follow=True)
    assert "It is out already" in sold.content.decode()


def test_who_orders_ahead_in_the_eu_may_ask_for_downloads_on_the_day(shelf: Shelf) -> None:
    buyer = a_buyer(balance="1.00")
    User.objects.filter(pk=buyer.pk).update(country="DE")
    client = signed_in(User.objects.get(pk=buyer.pk))
    page = client.get(address_of(shelf)).content.decode()
    assert '<input type="checkbox" name="waiver" value="yes">' in page

    client.post(address_of(shelf), {**form_of(page), "waiver": "yes"})
    placed = PreOrder.objects.get()
    assert not Waiver.objects.exists()
    release_due(now=placed.releases_at)

    waiver = Waiver.objects.get()
    placed.refresh_from_db()
    assert (waiver.order_id, waiver.given_at) == (placed.order_id, placed.placed_at)
    assert waiver.words.startswith("I want my downloads to be ready at once")
    assert Letter.objects.get().waiver == waiver
    assert waits_until(waiver.order_id, now=placed.releases_at) is None
