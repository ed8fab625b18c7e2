"""What a guest put in the cart survives signing in, whatever the buyer's own cart holds."""

from __future__ import annotations

from uuid import uuid4

import pytest

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user
from pennywhistle.apps.orders.actions import add_to_cart, cart_for
from pennywhistle.apps.orders.actions import cart as carts
from pennywhistle.apps.orders.actions.cart import CartFullError
from pennywhistle.apps.orders.carts import cart_refs
from pennywhistle.apps.orders.models import Cart
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.apps.users.models import User
from threads import at_once


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf()


def guest_with(*refs: ItemRef) -> Cart:
    """A guest's cart."""
    guest = cart_for(cart_id=None, user_id=None, now=NOON)
    for ref in refs:
        add_to_cart(cart_id=guest.pk, ref=ref, now=NOON)
    return guest


def buyer_with(*refs: ItemRef) -> User:
    """A buyer whose cart holds something since their last visit."""
    buyer = a_buyer()
    mine = cart_for(cart_id=None, user_id=buyer.pk, now=NOON)
    for ref in refs:
        add_to_cart(cart_id=mine.pk, ref=ref, now=NOON)
    return buyer


def merged(guest: Cart, buyer: User) -> list[ItemRef]:
    """What the buyer's cart holds after signing in."""
    cart_for(cart_id=guest.pk, user_id=buyer.pk, now=NOON)
    return cart_refs(cart_id=None, user_id=buyer.pk)


@pytest.mark.django_db
def test_both_carts_become_one_and_the_guest_s_is_gone(shelf: Shelf) -> None:
    guest, buyer = guest_with(shelf.track(1)), buyer_with(shelf.track(2))

    assert merged(guest, buyer) == [shelf.track(2), shelf.track(1)]
    assert merged(guest, buyer) == [shelf.track(2), shelf.track(1)]
    assert Cart.objects.count() == 1


@pytest.mark.django_db
def test_the_same_item_in_both_is_there_once(shelf: Shelf) -> None:
    assert merged(guest_with(shelf.album), buyer_with(shelf.album)) == [shelf.album]


@pytest.mark.django_db
def test_an_album_takes_the_place_of_its_tracks_from_either_side(shelf: Shelf) -> None:
    assert merged(guest_with(shelf.album), buyer_with(shelf.track(1))) == [shelf.album]


@pytest.mark.django_db
def test_a_track_of_an_album_that_is_in_already_adds_nothing(shelf: Shelf) -> None:
    assert merged(guest_with(shelf.track(1)), buyer_with(shelf.album)) == [shelf.album]


@pytest.mark.django_db
def test_a_newcomer_takes_the_guest_s_cart_along(shelf: Shelf) -> None:
    assert merged(guest_with(shelf.track(3)), a_user()) == [shelf.track(3)]


@pytest.mark.django_db
def test_what_does_not_fit_is_left_out_and_what_is_in_already_fits(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest, buyer = guest_with(shelf.track(1), shelf.track(2), shelf.track(3)), buyer_with()
    mine = cart_for(cart_id=None, user_id=buyer.pk, now=NOON)
    add_to_cart(cart_id=mine.pk, ref=shelf.track(3), now=NOON)
    monkeypatch.setattr(carts, "cart_items_max", 2)

    assert merged(guest, buyer) == [shelf.track(3), shelf.track(1)]
    add_to_cart(cart_id=mine.pk, ref=shelf.track(1), now=NOON)
    with pytest.raises(CartFullError):
        add_to_cart(cart_id=mine.pk, ref=shelf.track(2), now=NOON)


@pytest.mark.django_db
def test_another_person_s_cart_never_comes_along(shelf: Shelf) -> None:
    other = a_user("other@example.org")
    theirs = cart_for(cart_id=None, user_id=other.pk, now=NOON)
    add_to_cart(cart_id=theirs.pk, ref=shelf.album, now=NOON)

    assert merged(theirs, a_buyer()) == []
    assert cart_for(cart_id=theirs.pk, user_id=None, now=NOON) != theirs
    assert cart_for(cart_id=uuid4(), user_id=None, now=NOON) != theirs
    assert cart_refs(cart_id=theirs.pk, user_id=None) == []


@pytest.mark.django_db(transaction=True)
def test_signing_in_in_two_windows_brings_it_once() -> None:
    a_store()
    shelf = a_shelf()
    guest, buyer = guest_with(shelf.track(1), shelf.track(2)), buyer_with(shelf.track(3))

    answers = at_once(4, lambda _: cart_for(cart_id=guest.pk, user_id=buyer.pk, now=NOON))

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert set(cart_refs(cart_id=None, user_id=buyer.pk)) == {shelf.track(n) for n in (1, 2, 3)}
    assert Cart.objects.count() == 1
