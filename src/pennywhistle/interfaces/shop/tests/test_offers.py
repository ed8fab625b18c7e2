"""Open prices, codes and bundles on the shop's pages, by plain links and forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.test import Client
from django.urls import reverse

from builders import NOON, a_buyer, a_shelf, a_store, usd
from offering_shop import a_bundle, a_code, open_up
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.offers.actions.sales import set_sale
from pennywhistle.apps.offers.models import Code
from pennywhistle.apps.offers.tries import wrong_tries_max
from pennywhistle.apps.orders.models import CartItem, Order, OrderLine
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.kernel.period import Period

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form_of(page: str) -> dict[str, list[str]]:
    """The hidden fields of the checkout's form, as a browser would send them."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', page):
        if name in {"key", "shown", "item", "offer", "code", "offers"}:
            found.setdefault(name, []).append(value)
    return found


def pay(client: Client, address: str = "/checkout"):
    page = client.get(address).content.decode()
    return client.post("/checkout", form_of(page))


def name_of(shelf) -> str:
    return f"release:{shelf.release.public_id}"


def add(client: Client, shelf, **said):
    return client.post(f"/cart/add/release/{shelf.release.public_id}", said)


def text_of(page) -> str:
    """A page's text, without marks and spare room."""
    text = re.sub(r"<[^>]+>|[\u2066-\u2069]", "", page.content.decode())
    return re.sub(r"\s+", " ", text)


def test_a_release_says_from_which_price_on_and_is_bought_for_more() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    open_up(shelf, suggested="2.00")
    client = signed_in(buyer)

    page = client.get(page_of("release", shelf.release))
    bought = add(client, shelf, amount="3.50", then="buy")
    done = pay(client, bought["Location"])

    assert "From $0.35 on." in text_of(page)
    assert "suggests $2.00" in text_of(page)
    assert done.status_code == 302
    assert OrderLine.objects.get().price_micro == 3_500_000
    assert balance_of(user=buyer, currency="USD") == usd("6.50")


def test_the_cart_keeps_the_price_and_the_receipt_shows_it() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    open_up(shelf)
    client = signed_in(buyer)

    add(client, shelf, amount="1.25", then="cart")
    cart = client.get("/cart")
    done = pay(client)
    order = client.get(done["Location"])

    assert "your own price, from $0.35" in text_of(cart)
    assert "$1.25" in text_of(order)


def test_an_amount_that_is_none_puts_nothing_in_the_cart(subtests: pytest.Subtests) -> None:
    a_store()
    shelf = a_shelf()
    open_up(shelf)

    for amount in ("", "abc", "-1", "0", "1,50", "1e3", "0.0000001", "9" * 30):
        with subtests.test(amount):
            assert add(Client(), shelf, amount=amount).status_code == 302
            assert not CartItem.objects.exists()


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [("0.10", "The least for Tin Weather is 0.35 USD"), ("900", "slip of the hand")],
)
def test_too_little_and_far_too_much_are_told_and_not_sold(amount: str, sentence: str) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    open_up(shelf)
    client = signed_in(buyer)

    add(client, shelf, amount=amount)
    cart, checkout = client.get("/cart"), client.get("/checkout")

    assert sentence in text_of(cart)
    assert "There is nothing to pay" in text_of(checkout)


@pytest.mark.parametrize(
    "query",
    ["offer=release:zzzzzzzzzzzz=1", "offer=1.00", "offer={item}=0", "offer={item}=1.2.3"],
)
def test_an_address_that_no_page_made_is_a_bad_request(query: str) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    item = name_of(shelf)

    answer = signed_in(buyer).get(f"/checkout?item={item}&{query.format(item=item)}")

    assert answer.status_code == 400


def test_a_code_shows_in_the_cart_what_it_does_and_where_it_does_nothing() -> None:
    a_store()
    mine, other = a_shelf("Mine"), a_shelf("Other")
    code = a_code(mine)
    buyer = a_buyer()
    client = signed_in(buyer)
    add(client, mine)
    add(client, other)

    client.post("/cart/code", {"code": "spring 26"})
    cart = text_of(client.get("/cart"))
    done = pay(client)

    assert "Spring: you pay $0.07 less." in cart
    assert "Spring: instead of $0.35" in cart
    assert "Other: the code is for other things" in cart
    assert done.status_code == 302
    assert Order.objects.get().total_micro == 630_000
    code.refresh_from_db()
    assert code.used_count == 1
    assert "codes" not in client.session


def test_a_guest_s_code_comes_along_to_the_checkout_and_can_be_taken_out() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    a_code(shelf)
    client = Client()
    add(client, shelf)
    client.post("/cart/code", {"code": "SPRING26"})

    guest = text_of(client.get("/cart"))
    client.post("/cart/code/remove", {"code": "SPRING26"})
    without = text_of(client.get("/cart"))
    client.post("/cart/code", {"code": "SPRING26"})
    client.force_login(buyer)
    pay(client)

    assert "$0.28" in guest
    assert "$0.28" not in without
    assert Order.objects.get().total_micro == 280_000


def test_what_is_no_code_is_told_and_many_of_them_are_stopped() -> None:
    a_store()
    a_code(a_shelf())
    client = Client()

    answers = [
        client.post("/cart/code", {"code": f"WRONG{n}"}, follow=True)
        for n in range(wrong_tries_max)
    ]
    stopped = client.post("/cart/code", {"code": "SPRING26"}, follow=True)

    assert all("is not a code of ours" in answer.content.decode() for answer in answers)
    assert "Too many wrong codes" in stopped.content.decode()
    assert "codes" not in client.session


@pytest.mark.parametrize("typed", ["", " ", "x" * 5_000, "<script>alert(1)</script>", "\x00", "€"])
def test_odd_codes_are_harmless(typed: str) -> None:
    a_store()

    answer = Client().post("/cart/code", {"code": typed}, follow=True)

    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_a_code_that_was_not_typed_in_the_cart_lowers_nothing() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    a_code(shelf)
    client = signed_in(buyer)
    add(client, shelf)
    form = form_of(client.get("/checkout").content.decode())

    guessed = form | {"code": ["SPRING26"], "offers": ["1"], "shown": ["0.28 USD"]}
    answer = client.post("/checkout", guessed)

    assert answer.status_code == 409
    assert not Order.objects.exists()


def test_a_second_click_is_the_same_purchase_though_the_code_is_gone() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    a_code(shelf)
    client = signed_in(buyer)
    add(client, shelf)
    client.post("/cart/code", {"code": "SPRING26"})
    form = form_of(client.get("/checkout").content.decode())

    first, second = client.post("/checkout", form), client.post("/checkout", form)

    assert first["Location"] == second["Location"]
    assert Order.objects.count() == Code.objects.get().used_count == 1


def test_a_code_used_up_meanwhile_asks_again_at_the_price_of_now() -> None:
    a_store()
    shelf, one, other = a_shelf(), a_buyer(), a_buyer("other@example.org")
    a_code(shelf, uses=1)
    forms = {}
    for user in (one, other):
        client = signed_in(user)
        add(client, shelf)
        client.post("/cart/code", {"code": "SPRING26"})
        forms[user.pk] = client, form_of(client.get("/checkout").content.decode())

    first = forms[one.pk][0].post("/checkout", forms[one.pk][1])
    second = forms[other.pk][0].post("/checkout", forms[other.pk][1])

    assert (first.status_code, second.status_code) == (302, 409)
    assert "The price has changed" in second.content.decode()
    assert Code.objects.get().used_count == 1


def test_a_bundle_is_shown_beside_its_releases_and_bought_at_once() -> None:
    a_store()
    one = a_shelf("One", label_of="Tin", album_price="0.30")
    two = a_shelf("Two", label_of="Tin", album_price="0.60")
    bundle = a_bundle(one, two, price="0.60")
    buyer = a_buyer()
    client = signed_in(buyer)

    release = text_of(client.get(page_of("release", one.release)))
    page = text_of(client.get(reverse("bundle", args=[bundle.public_id])))
    going = client.post(reverse("cart-bundle", args=[bundle.public_id]), {"then": "buy"})
    done = pay(client, going["Location"])
    after = text_of(client.get(reverse("bundle", args=[bundle.public_id])))

    assert "Together $0.60 instead of $0.90." in release
    assert "$0.40" in page
    assert done.status_code == 302
    assert Order.objects.get().total_micro == 600_000
    assert "All of it is on your shelf" in after


def test_a_bundle_in_the_cart_has_its_price_as_long_as_it_is_whole() -> None:
    a_store()
    one = a_shelf("One", label_of="Tin", album_price="0.30")
    two = a_shelf("Two", label_of="Tin", album_price="0.60")
    bundle = a_bundle(one, two, price="0.60")
    client = Client()

    client.post(reverse("cart-bundle", args=[bundle.public_id]))
    whole = text_of(client.get("/cart"))
    client.post(f"/cart/remove/release/{one.release.public_id}")
    part = text_of(client.get("/cart"))

    assert "All of it: instead of $0.60" in whole
    assert "All of it" not in part
    assert "$0.60" in part


def test_a_bundle_that_is_none_is_not_found() -> None:
    a_store()

    assert Client().get("/bundle/zzzzzzzzzzzz").status_code == 404
    assert Client().post("/cart/bundle/zzzzzzzzzzzz").status_code == 404


def test_in_a_sale_the_lowest_price_before_is_struck_through() -> None:
    a_store()
    shelf = a_shelf()
    now = datetime.now(tz=UTC)
    assert now > NOON
    set_sale(
        release_id=shelf.release.pk,
        part=Fraction(1, 5),
        valid=Period(None, now + timedelta(days=2)),
        now=now,
    )

    page = Client().get(page_of("release", shelf.release))

    assert re.search(r'<s class="amount"><bdi>\$0\.35</bdi></s>', page.content.decode())
    assert "was the lowest price of the thirty days before. In a sale until" in text_of(page)
    assert "$0.28" in text_of(page)


def test_no_sale_is_announced_without_a_price_before() -> None:
    a_store()
    shelf = a_shelf()
    set_sale(
        release_id=shelf.release.pk,
        part=Fraction(1, 5),
        valid=Period(None, datetime.now(tz=UTC) + timedelta(days=2)),
        now=NOON,
    )

    page = text_of(Client().get(page_of("release", shelf.release)))

    assert "$0.28" in page
    assert "In a sale" not in page


def test_behind_a_proxy_each_guest_has_wrong_codes_of_their_own(settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    a_store()

    def typed(address: str) -> str:
        client = Client(headers={"X-Forwarded-For": f"203.0.113.66, {address}"})
        return client.post("/cart/code", {"code": "WRONG"}, follow=True).content.decode()

    answers = [typed("198.51.100.1") for _ in range(wrong_tries_max + 1)]

    assert "Too many wrong codes" in answers[-1]
    assert "is not a code of ours" in typed("198.51.100.2")
