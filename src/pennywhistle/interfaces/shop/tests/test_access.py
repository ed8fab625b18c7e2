"""Whose is whose: another person's orders, receipts, top-ups and balance are not there."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import Order, OrderLine
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.interfaces.shop.addresses import page_of

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

pytestmark = pytest.mark.django_db
SOME_ID = "0193e0f0-0000-7000-8000-000000000000"


def a_purchase(buyer: User, shelf: Shelf) -> Order:
    order_id = check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.track(1)],
        territory="US",
        shown=usd("0.14"),
        key=f"of-{buyer.pk}",
        now=NOON,
    )
    return Order.objects.get(id=order_id)


def a_top_up(user: User) -> TopUp:
    return TopUp.objects.create(
        user=user,
        key="key",
        provider="fakepay",
        provider_ref="",
        amount_micro=5_000_000,
        currency="USD",
        state=TopUp.State.PAID,
        created_at=NOON,
        due_at=NOON,
        settled_at=NOON,
    )


def own_addresses(buyer: User) -> list[str]:
    """Every page with an id of something that belongs to this buyer."""
    order = a_purchase(buyer, a_shelf(f"Shelf of {buyer.email}"))
    sale = OrderLine.objects.get(order=order).pk
    return [
        reverse("order", args=[order.id]),
        reverse("receipt", args=[sale]),
        reverse("receipt-qr", args=[sale]),
        reverse("top-up-state", args=[a_top_up(buyer).id]),
    ]


def test_what_is_somebody_else_s_is_not_there() -> None:
    a_store()
    mine, theirs = a_buyer("mine@example.org"), a_buyer("theirs@example.org")
    addresses = own_addresses(theirs)
    client = Client()

    client.force_login(mine)
    seen_by_me = [client.get(address).status_code for address in addresses]
    client.force_login(theirs)
    seen_by_them = [client.get(address).status_code for address in addresses]

    assert seen_by_me == [404] * len(addresses)
    assert seen_by_them == [200] * len(addresses)


def test_what_does_not_exist_answers_alike() -> None:
    a_store()
    client = Client()
    client.force_login(a_user())

    for name in ("order", "receipt", "receipt-qr", "top-up-state"):
        assert client.get(reverse(name, args=[uuid.uuid4()])).status_code == 404


def test_lists_hold_only_one_s_own() -> None:
    a_store()
    mine, theirs = a_buyer("mine@example.org"), a_buyer("theirs@example.org")
    a_purchase(theirs, a_shelf("Secret Record"))
    client = Client()
    client.force_login(mine)

    for address in ("/shelf", "/orders", "/balance", "/shelf?q=Track"):
        page = client.get(address)
        assert page.status_code == 200
        assert "Track 1" not in page.content.decode()


@pytest.mark.parametrize(
    "address",
    ["/checkout", "/balance", "/balance/top-up", "/shelf", "/orders",
     f"/orders/{SOME_ID}", f"/receipt/{SOME_ID}", f"/balance/top-ups/{SOME_ID}/"],
)  # fmt: skip
def test_a_stranger_is_asked_to_sign_in_and_comes_back(address: str) -> None:
    a_store()

    answer = Client().get(address)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/account/login/?next={address}"


def test_a_stranger_cannot_pay() -> None:
    a_store()

    answer = Client().post("/checkout", {"key": "k" * 32, "shown": "0.14 USD", "item": "track:x"})

    assert answer.status_code == 302
    assert not Order.objects.exists()


def test_a_form_without_its_token_does_nothing() -> None:
    a_store()
    shelf, client = a_shelf(), Client(enforce_csrf_checks=True)
    client.force_login(a_buyer())

    for address in ("/checkout", "/balance/top-up", "/territory", "/verify", "/language",
                    reverse("cart-add", args=["track", shelf.tracks[0].public_id])):  # fmt: skip
        assert client.post(address).status_code == 403, address


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)",
     "///evil.example", "evil.example"],
)  # fmt: skip
def test_nobody_is_sent_to_another_site(path: str) -> None:
    a_store()
    shelf = a_shelf()
    buyer, client = a_user(), Client()
    add = reverse("cart-add", args=["track", shelf.tracks[0].public_id])

    sent = client.post("/territory", {"country": "DE", "next": path})
    added = client.post(add, query_params={"next": path})
    signed = client.post(
        "/account/login/",
        {"login": buyer.email, "password": "whistle-while-you-work", "next": path},
    )

    assert sent.headers["Location"] == "/"
    assert added.headers["Location"] == "/cart"
    assert "evil" not in signed.headers.get("Location", "")


def test_the_next_page_of_a_top_up_is_the_store_s_own() -> None:
    a_store()
    client = Client()
    client.force_login(a_user())

    page = client.get("/balance/top-up", {"next": "//evil.example"}).content.decode()

    assert 'name="next" value="/balance"' in page


def test_who_owns_a_withdrawn_release_still_sees_it_and_a_stranger_does_not() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    a_purchase(buyer, shelf)
    shelf.release.withdrawn_at = NOON
    shelf.release.save()
    address = page_of("release", shelf.release)
    client = Client()

    assert client.get(address).status_code == 404
    client.force_login(buyer)
    assert client.get(address).status_code == 200
    assert "Track 1" in client.get("/shelf").content.decode()
