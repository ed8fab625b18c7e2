"""Wish lists and following: one's own, unless one wants others to see."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from builders import Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.following.models import Follow, Reader
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.wishes.models import Wish
from pennywhistle.interfaces.shop.addresses import page_of

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf()


def link_in(page: str) -> str:
    found = re.search(r"/wishes/of/([\w-]+)", page)
    assert found
    return found[1]


def test_a_wish_is_put_on_the_list_and_taken_off(shelf: Shelf) -> None:
    client = signed_in(a_user())
    here = page_of("release", shelf.release)

    for _ in range(2):
        client.post(f"/wishes/add/release/{shelf.release.public_id}?next={here}")
    assert Wish.objects.count() == 1
    assert "On your wish list" in client.get(here).content.decode()
    assert "Tin Weather" in client.get("/wishes").content.decode()
    client.post(f"/wishes/drop/release/{shelf.release.public_id}")

    assert not Wish.objects.exists()


def test_a_list_is_private_until_its_owner_shows_it_and_again_after(shelf: Shelf) -> None:
    client = signed_in(a_user())
    client.post(f"/wishes/add/track/{shelf.tracks[0].public_id}")
    assert "/wishes/of/" not in client.get("/wishes").content.decode()

    client.post("/wishes/show", {"is_public": "on", "shown_name": "Kit"})
    first = link_in(client.get("/wishes").content.decode())
    seen = Client().get(f"/wishes/of/{first}")
    client.post("/wishes/show", {"shown_name": "Kit"})
    hidden = Client().get(f"/wishes/of/{first}")
    client.post("/wishes/show", {"is_public": "on", "shown_name": "Kit"})
    second = link_in(client.get("/wishes").content.decode())

    assert "Wish list of Kit" in seen.content.decode()
    assert "buyer@example.org" not in seen.content.decode()
    assert seen["X-Robots-Tag"] == "noindex"
    assert hidden.status_code == 404
    assert first != second
    assert Client().get(f"/wishes/of/{first}").status_code == 404


def test_what_was_bought_is_no_longer_wished_for(shelf: Shelf) -> None:
    buyer = a_buyer()
    client = signed_in(buyer)
    client.post(f"/wishes/add/track/{shelf.tracks[0].public_id}")
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.album],
        territory="US",
        shown=usd("0.35"),
        key="key",
        now=datetime.now(tz=UTC),
    )

    assert "Your wish list is empty" in client.get("/wishes").content.decode()


@pytest.mark.parametrize("link", ["x", "A" * 22, "é", "a" * 300, "%00"])
def test_no_other_link_shows_a_list(shelf: Shelf, link: str) -> None:
    assert Client().get(f"/wishes/of/{link}").status_code == 404


def test_guests_are_asked_to_sign_in_and_unknown_items_are_not_there(shelf: Shelf) -> None:
    address = f"/wishes/add/release/{shelf.release.public_id}"

    assert "/account/login/" in Client().post(address)["Location"]
    assert signed_in(a_user()).post("/wishes/add/release/0a1b2c3d4e5f").status_code == 404


def test_an_artist_is_followed_and_their_release_stands_in_the_feed(shelf: Shelf) -> None:
    client, artist = signed_in(a_user()), shelf.payees[0]

    client.post(f"/following/artist/{artist.public_id}")
    page = client.get("/following").content.decode()
    found = re.search(r"/following/feed/([\w-]{43})", page)
    assert found
    feed = Client().get(f"/following/feed/{found[1]}")

    assert artist.name in page
    assert "You follow them" in client.get(page_of("artist", artist)).content.decode()
    assert feed["Content-Type"] == "application/atom+xml"
    assert feed["Cache-Control"] == "private, no-store"
    assert f"Tin Weather Payee 1: {shelf.release.title}" in feed.content.decode()
    client.post("/following/feed")
    assert Client().get(f"/following/feed/{found[1]}").status_code == 404
    client.post(f"/following/end/{artist.public_id}")
    assert not Follow.objects.exists()


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "%00"])
def test_no_other_secret_reads_a_feed_or_ends_mails(shelf: Shelf, token: str) -> None:
    signed_in(a_user()).post(f"/following/label/{shelf.release.label.public_id}")

    assert Client().get(f"/following/feed/{token}").status_code == 404
    assert Client().post(f"/following/no-mails/{token}").status_code == 404
    assert Reader.objects.get().wants_mail


def test_unknown_parties_are_not_followed(shelf: Shelf) -> None:
    client = signed_in(a_user())

    assert client.post("/following/artist/0a1b2c3d4e5f").status_code == 404
    party = shelf.release.label.public_id
    assert client.post(f"/following/genre/{party}").status_code == 404
    assert not Follow.objects.exists()


def test_what_is_published_later_is_not_in_the_feed_yet(shelf: Shelf) -> None:
    client = signed_in(a_user())
    client.post(f"/following/label/{shelf.release.label.public_id}")
    shelf.release.published_at = datetime.now(tz=UTC) + timedelta(days=1)
    shelf.release.save()
    page = client.get("/following").content.decode()
    found = re.search(r"/following/feed/[\w-]{43}", page)
    assert found

    assert "Tin Weather" not in Client().get(found[0]).content.decode().partition("<entry>")[2]
