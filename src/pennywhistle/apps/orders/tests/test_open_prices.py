"""Where buyers name the price, they pay what they offered, and everybody shares in it."""

import pytest

from builders import NOON, a_buyer, a_shelf, a_store, keep, usd
from offering_shop import open_up
from pennywhistle.apps.ledger.models import Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.actions import add_to_cart, cart_for, check_out
from pennywhistle.apps.orders.agreed import Agreed
from pennywhistle.apps.orders.carts import cart_offers
from pennywhistle.apps.orders.models import Order, OrderLine
from pennywhistle.apps.rights.models import Availability

pytestmark = pytest.mark.django_db


def buy(user, ref, offered: str, *, shown: str | None = None, key: str = "key-1"):
    return check_out(
        buyer_id=user.pk,
        wanted=[Agreed(ref, offered=usd(offered))],
        territory="US",
        shown=usd(shown or offered),
        key=key,
        now=NOON,
    )


def test_who_gives_more_pays_more_and_so_is_everybody_paid() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    open_up(shelf)

    buy(buyer, shelf.track(1), "1.00")

    line = OrderLine.objects.get()
    amounts = Posting.objects.filter(entry=line.entry).values_list("amount_micro", flat=True)
    assert sorted(amounts) == [-1_000_000, 100_000, 450_000, 450_000]
    assert line.verdict.document["offered_micro"] == 1_000_000
    assert balance_of(user=buyer, currency="USD") == usd("9.00")


@pytest.mark.parametrize("offered", ["0.139999", "0.01"])
def test_less_than_the_least_buys_nothing(offered: str) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    open_up(shelf)

    with pytest.raises(errors.RefusedError) as refused:
        buy(buyer, shelf.track(1), offered)

    assert refused.value.reasons[0].code == "below-minimum"
    assert not Order.objects.exists()


def test_more_than_a_fixed_price_buys_nothing() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()

    with pytest.raises(errors.RefusedError) as refused:
        buy(buyer, shelf.track(1), "0.20")

    assert refused.value.reasons[0].code == "not-open"


def test_a_slip_of_the_hand_buys_nothing() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="900.00")
    open_up(shelf)

    with pytest.raises(errors.OfferTooHighError) as refused:
        buy(buyer, shelf.track(1), "250.00")

    assert refused.value.most == usd("100.00")
    assert not Entry.objects.filter(kind="sale").exists()


def test_the_same_key_with_another_offer_is_refused() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    open_up(shelf)
    first = buy(buyer, shelf.track(1), "1.00")

    assert buy(buyer, shelf.track(1), "1.00") == first
    with pytest.raises(errors.KeyReusedError):
        buy(buyer, shelf.track(1), "0.50", shown="1.00")


def test_what_was_given_for_tracks_counts_when_the_album_is_completed() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    open_up(shelf)
    buy(buyer, shelf.track(1), "0.30")

    buy(buyer, shelf.album, "0.05", key="key-2")

    assert balance_of(user=buyer, currency="USD") == usd("9.65")


def test_lists_say_from_which_price_on() -> None:
    a_store()
    shelf, fixed = a_shelf(), a_shelf("Fixed")
    open_up(shelf)
    keep()

    rows = Availability.objects.filter(release=shelf.release)

    assert set(rows.values_list("price_micro", "is_open")) == {(140_000, True), (350_000, True)}
    assert not Availability.objects.filter(release=fixed.release, is_open=True).exists()


def test_a_cart_keeps_what_is_offered_through_signing_in() -> None:
    shelf, buyer = a_shelf(), a_buyer()
    guest = cart_for(cart_id=None, user_id=None, now=NOON)
    add_to_cart(cart_id=guest.pk, ref=shelf.album, now=NOON, offered=usd("0.50"))
    add_to_cart(cart_id=guest.pk, ref=shelf.album, now=NOON, offered=usd("0.60"))

    cart_for(cart_id=guest.pk, user_id=buyer.pk, now=NOON)

    assert cart_offers(cart_id=None, user_id=buyer.pk) == {shelf.album: 600_000}
