"""The way through the shop: home, release, cart, checkout, shelf; by plain links and forms."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, give_balance, keep, usd
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import CartItem, Entitlement, Order
from pennywhistle.apps.rights.actions import GrantTerms, Share, close_grant, record_grant
from pennywhistle.apps.rights.models import Grant
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fields(page: str, *names: str) -> dict[str, list[str]]:
    """The hidden fields of a page's form, as a browser would send them."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', page):
        if name in names:
            found.setdefault(name, []).append(value)
    return found


def payment(client: Client, address: str = "/checkout") -> dict[str, list[str]]:
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    return fields(page.content.decode(), "key", "shown", "item")


def track_item(shelf: Shelf, number: int = 1) -> str:
    return f"track:{shelf.tracks[number - 1].public_id}"


def nothing_was_bought() -> bool:
    return not (Order.objects.exists() or Entry.objects.filter(kind="sale").exists())


def test_from_the_front_page_to_the_shelf_by_links_and_forms() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = signed_in(buyer)
    release = page_of("release", shelf.release)
    keep()

    assert f'href="{release}"' in client.get("/").content.decode()
    page = client.get(release).content.decode()
    add = re.search(r'action="(/cart/add/track/[^"]+)"', page)
    assert add is not None
    back = client.post(add[1].replace("&amp;", "&"))
    assert back.headers["Location"] == release
    assert "Track 1" in client.get("/cart").content.decode()
    asked = payment(client)
    done = client.post("/checkout", asked)
    order = Order.objects.get()

    assert done.headers["Location"] == f"/orders/{order.id}"
    assert "Track 1" in client.get(done.headers["Location"]).content.decode()
    assert "Track 1" in client.get("/shelf").content.decode()
    assert balance_of(user=buyer, currency="USD") == usd("9.86")
    assert not CartItem.objects.exists()


def test_buy_now_is_two_taps() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = signed_in(buyer)
    page = client.get(page_of("release", shelf.release)).content.decode()
    address = re.search(r'href="(/checkout\?item=[^"]+)"', page)
    assert address is not None

    done = client.post("/checkout", payment(client, address[1].replace("&amp;", "&")))

    assert done.status_code == 302
    assert Entitlement.objects.of(user=buyer).get().track is None


def test_a_guest_s_cart_waits_through_signing_in() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = Client()
    client.post(reverse("cart-add", args=["track", shelf.tracks[0].public_id]))

    to_sign_in = client.get("/checkout")
    signed = client.post(
        to_sign_in.headers["Location"],
        {"login": buyer.email, "password": "whistle-while-you-work"},
    )

    assert to_sign_in.headers["Location"] == "/account/login/?next=/checkout"
    assert signed.status_code == 302
    client.force_login(buyer)
    assert payment(client)["item"] == [track_item(shelf)]


@pytest.mark.parametrize("shown", ["0.13 USD", "0.01 USD", "0.15 USD", "99999 USD"])
def test_another_total_than_the_store_s_shows_both_and_asks_again(shown: str) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = signed_in(buyer)
    asked = payment(client, f"/checkout?item={track_item(shelf)}")

    refused = client.post("/checkout", asked | {"shown": [shown]})

    page = refused.content.decode()
    assert refused.status_code == 409
    assert "0.14 USD" in page
    assert fields(page, "shown") == {"shown": ["0.14 USD"]}
    assert fields(page, "key")["key"] != asked["key"]
    assert nothing_was_bought()


def test_a_price_that_changed_meanwhile_is_asked_for_again_and_then_paid() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = signed_in(buyer)
    asked = payment(client, f"/checkout?item={track_item(shelf)}")
    Grant.objects.filter(track=shelf.tracks[0]).update(closed_at=NOON)
    _regrant(shelf, "0.20")

    refused = client.post("/checkout", asked)
    again = fields(refused.content.decode(), "key", "shown", "item")
    done = client.post("/checkout", again)

    assert refused.status_code == 409
    assert {">$0.14<", ">$0.20<"} <= set(re.findall(r">\$[0-9.]+<", refused.content.decode()))
    assert done.status_code == 302
    assert balance_of(user=buyer, currency="USD") == usd("9.80")


def _regrant(shelf: Shelf, price: str) -> None:
    record_grant(
        licensor_id=shelf.release.supplier_id,
        release_id=shelf.release.pk,
        track_id=shelf.tracks[0].pk,
        terms=GrantTerms(
            Territories.worldwide(),
            Period.always(),
            "USD",
            usd(price),
            Money.zero("USD"),
            (Share(shelf.payees[0].pk, "MainArtist", Fraction(1)),),
        ),
        now=NOON,
    )


def test_a_total_that_no_form_of_ours_carries_is_a_bad_request(subtests: pytest.Subtests) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = signed_in(buyer)
    asked = payment(client, f"/checkout?item={track_item(shelf)}")
    odd = ["-0.14 USD", "0,14 USD", "1e309 USD", "NaN USD", "1000000000000000000 USD", "0.14"]
    odd += ["0.14 EUR", "0.14 usd", "0.14 XXX", "", "0.14 USD; DROP", "\u0660.14 USD"]

    for shown in odd:
        with subtests.test(shown):
            assert client.post("/checkout", asked | {"shown": [shown]}).status_code == 400
            assert nothing_was_bought()


def test_an_item_that_is_not_there_is_a_bad_request(subtests: pytest.Subtests) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = signed_in(buyer)
    asked = payment(client, f"/checkout?item={track_item(shelf)}")
    nothing = (
        "track:000000000000",
        "track:x",
        "price:0",
        "",
        "release:'; --",
        "track:" + "0" * 5000,
    )

    for item in nothing:
        with subtests.test(item[:20]):
            assert client.post("/checkout", asked | {"item": [item]}).status_code == 400
            assert client.get("/checkout", {"item": item}).status_code == 400
            assert nothing_was_bought()


def test_an_item_twice_is_a_bad_request() -> None:
    a_store()
    shelf = a_shelf()
    client = signed_in(a_buyer())
    asked = payment(client, f"/checkout?item={track_item(shelf)}")

    twice = client.post("/checkout", asked | {"item": [track_item(shelf)] * 2})

    assert twice.status_code == 400
    assert nothing_was_bought()


def test_a_second_click_is_the_same_order() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = signed_in(buyer)
    asked = payment(client, f"/checkout?item={track_item(shelf)}")

    first, second = client.post("/checkout", asked), client.post("/checkout", asked)

    assert first.headers["Location"] == second.headers["Location"]
    assert Order.objects.count() == 1
    assert balance_of(user=buyer, currency="USD") == usd("9.86")


def test_the_same_key_with_another_item_is_refused() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = signed_in(buyer)
    asked = payment(client, f"/checkout?item={track_item(shelf)}")
    client.post("/checkout", asked)

    other = client.post("/checkout", asked | {"item": [track_item(shelf, 2)]})

    assert other.status_code == 409
    assert Order.objects.count() == 1


def test_without_enough_money_the_way_leads_to_the_top_up_and_back() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="0.10")
    client = signed_in(buyer)

    page = client.get(f"/checkout?item={track_item(shelf)}").content.decode()

    address = re.search(r'href="(/balance/top-up\?[^"]+)"', page)
    assert address is not None
    asked = parse_qs(urlsplit(address[1].replace("&amp;", "&")).query)
    assert asked["least"] == ["0.04"]
    assert asked["next"] == [f"/checkout?item={track_item(shelf).replace(':', '%3A')}"]
    assert 'name="key"' not in page


def test_a_balance_that_was_spent_meanwhile_buys_nothing() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="0.20")
    client = signed_in(buyer)
    asked = payment(client, f"/checkout?item={track_item(shelf)}")
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.track(2)],
        territory="US",
        shown=usd("0.14"),
        key="elsewhere",
        now=NOON,
    )

    refused = client.post("/checkout", asked)

    assert refused.status_code == 402
    assert "top-up" in refused.content.decode()
    assert Order.objects.count() == 1


def test_what_may_not_be_sold_here_is_refused_when_paying() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    client = signed_in(buyer)
    asked = payment(client, f"/checkout?item={track_item(shelf)}")
    close_grant(grant_id=Grant.objects.get(track=shelf.tracks[0]).pk, now=NOON)

    refused = client.post("/checkout", asked)

    assert refused.status_code == 409
    assert "Nobody has granted" in refused.content.decode()
    assert nothing_was_bought()


def test_no_session_overrides_the_country_of_the_account() -> None:
    a_store()
    shelf = a_shelf(territories=Territories.of("DE"))
    buyer = a_user(country="US")
    give_balance(buyer, "5.00")
    client = signed_in(buyer)
    session = client.session
    session["territory"] = "DE"
    session.save()

    page = client.get(page_of("release", shelf.release)).content.decode()
    refused = client.post("/territory", {"country": "DE", "next": "/"})
    paid = client.post(
        "/checkout",
        {"key": "k" * 32, "shown": "0.14 USD", "item": [track_item(shelf)]},
    )

    assert "Not sold here" in page
    assert refused.status_code == 400
    assert paid.status_code == 409
    assert nothing_was_bought()


def test_a_guest_says_where_they_are_and_sees_what_is_sold_there() -> None:
    a_store()
    shelf = a_shelf(territories=Territories.of("DE"))
    client, address = Client(), page_of("release", shelf.release)
    before = client.get(address).content.decode()

    said = client.post("/territory", {"country": "DE", "next": address})

    assert said.headers["Location"] == address
    assert "Not sold here" in before
    assert "$0.14" in client.get(address).content.decode()
    assert client.post("/territory", {"country": "XX"}).status_code == 400


def test_completing_an_album_shows_what_is_left_to_pay() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.track(1)],
        territory="US",
        shown=usd("0.14"),
        key="first",
        now=NOON,
    )
    client = signed_in(buyer)

    page = client.get(page_of("release", shelf.release)).content.decode()
    done = client.post(
        "/checkout", payment(client, f"/checkout?item=release:{shelf.release.public_id}")
    )

    assert "Complete my album" in page
    assert "$0.21" in page
    assert done.status_code == 302
    assert balance_of(user=buyer, currency="USD") == usd("9.65")


def test_a_cart_with_something_that_is_not_sold_buys_the_rest() -> None:
    a_store()
    here, elsewhere = a_shelf("Here"), a_shelf("Elsewhere", territories=Territories.of("DE"))
    client = signed_in(a_buyer())
    for shelf in (here, elsewhere):
        client.post(reverse("cart-add", args=["track", shelf.tracks[0].public_id]))

    page = client.get("/cart").content.decode()
    asked = payment(client)

    assert "not in United States" in page
    assert asked["item"] == [track_item(here)]
    assert client.post("/checkout", asked).status_code == 302
    assert CartItem.objects.get().release == elsewhere.release


def test_items_are_taken_out_of_the_cart_again() -> None:
    a_store()
    shelf = a_shelf()
    client = Client()
    client.post(reverse("cart-add", args=["release", shelf.release.public_id]))

    client.post(reverse("cart-remove", args=["release", shelf.release.public_id]))

    assert not CartItem.objects.exists()
    assert "Your cart is empty" in client.get("/cart").content.decode()


def test_what_is_not_in_the_catalog_does_not_go_into_a_cart() -> None:
    a_store()

    assert Client().post("/cart/add/track/000000000000").status_code == 404
    assert Client().post("/cart/add/price/000000000000").status_code == 404
    assert Client().get("/cart/add/track/000000000000").status_code == 405
