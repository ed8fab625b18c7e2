"""Giving and taking in the shop: by secret links, for whoever has them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.test import Client

from builders import Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.gifts.models import Gift
from pennywhistle.apps.gifts.queries import secret_of, stop_secret_of
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.ended import Waiver
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.wishes.actions import show_wishes, wish

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def giver() -> User:
    a_store()
    return a_buyer("giver@example.org", balance="10.00")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form_at(client: Client, address: str) -> dict[str, str]:
    """The hidden fields of the form, as a browser would send them."""
    answer = client.get(address)
    assert answer.status_code == 200
    page = answer.content.decode()
    inputs = re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', page)
    return {name: value for name, value in inputs if name != "csrfmiddlewaretoken"}


def give(client: Client, asked: str = "", **said: str) -> Gift:
    """Give what the address asks for."""
    form = form_at(client, f"/gifts/new{asked}") | {"from_name": "Ida"} | said
    answer = client.post("/gifts/new", form)
    assert answer.status_code == 302, answer.content.decode()
    return Gift.objects.latest("made_at")


def opened(gift: Gift) -> str:
    return f"/gift/{secret_of(gift)}"


def test_an_album_is_given_by_link_and_taken_after_signing_in(giver: User) -> None:
    shelf, kid = a_shelf(), a_user("kid@example.org")
    client = signed_in(giver)

    gift = give(
        client, f"?item=release:{shelf.release.public_id}", words="For you", email="k@e.org"
    )
    mine = client.get(f"/gifts/{gift.id}").content.decode()
    paper = client.get(f"/gifts/{gift.id}/paper").content.decode()
    guest = Client().get(opened(gift))
    taker = signed_in(kid)
    shown = form_at(taker, opened(gift))
    taken = taker.post(f"{opened(gift)}/take", shown)

    assert opened(gift) in mine
    assert opened(gift) in paper
    for text in ("Tin Weather", "For you", "From Ida", f"next=%2Fgift%2F{secret_of(gift)}"):
        assert text in guest.content.decode(), text
    assert "k@e.org" not in guest.content.decode()
    assert "giver@example.org" not in guest.content.decode()
    assert guest["Cache-Control"] == "private, no-store"
    assert guest["X-Robots-Tag"] == "noindex"
    assert taken["Location"].startswith("/orders/")
    assert Entitlement.objects.get().buyer == kid


def test_who_takes_it_in_the_eu_may_waive_withdrawal_to_download_at_once(giver: User) -> None:
    shelf, kid = a_shelf(), a_user("kid@example.org", country="DE")
    gift = give(signed_in(giver), f"?item=release:{shelf.release.public_id}")
    client = signed_in(kid)
    assert 'name="waiver"' in client.get(opened(gift)).content.decode()

    client.post(f"{opened(gift)}/take", {"shown": "0.35 USD", "waiver": "yes"})

    gift.refresh_from_db()
    assert Waiver.objects.get().order_id == gift.order_id


def test_a_gift_that_is_gone_says_so_and_leads_its_owner_to_it(giver: User) -> None:
    gift = give(signed_in(giver), amount="5")
    kid = signed_in(a_user("kid@example.org"))

    assert kid.post(f"{opened(gift)}/take")["Location"] == "/balance"

    assert Client().get(opened(gift)).status_code == 410
    assert signed_in(giver).get(opened(gift)).status_code == 410
    assert kid.get(opened(gift))["Location"] == "/balance"
    late = signed_in(a_user("late@example.org"))
    assert late.post(f"{opened(gift)}/take", follow=True).status_code == 410


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é", "a" * 300])
def test_no_other_text_opens_anything(giver: User, token: str) -> None:
    give(signed_in(giver), amount="5")
    client = signed_in(giver)

    assert client.get(f"/gift/{token}").status_code == 404
    assert client.post(f"/gift/{token}/take").status_code == 404
    assert client.post(f"/gift/{token}/no-mails").status_code == 404


def test_a_guest_takes_nothing_before_signing_in(giver: User) -> None:
    gift = give(signed_in(giver), amount="5")

    answer = Client().post(f"{opened(gift)}/take")

    assert answer.status_code == 302
    assert "/account/login/" in answer["Location"]
    gift.refresh_from_db()
    assert gift.state == Gift.State.OPEN


def test_somebody_elses_gift_is_not_there(giver: User) -> None:
    gift, other = give(signed_in(giver), amount="5"), signed_in(a_user("other@example.org"))

    for part in ("", "/paper", "/qr.svg"):
        assert other.get(f"/gifts/{gift.id}{part}").status_code == 404
    assert other.post(f"/gifts/{gift.id}/take-back").status_code == 404
    assert other.get(f"/gifts/{uuid4()}").status_code == 404


def test_the_giver_takes_it_back_and_its_paper_is_gone(giver: User) -> None:
    client = signed_in(giver)
    gift = give(client, amount="5")

    client.post(f"/gifts/{gift.id}/take-back")

    assert str(balance_of(user=giver, currency="USD")) == "10.00 USD"
    assert client.get(f"/gifts/{gift.id}/paper").status_code == 404
    assert "Taken back" in client.get("/gifts").content.decode()
    assert Client().get(opened(gift)).status_code == 410


@pytest.mark.parametrize(
    ("said", "status", "text"),
    [
        ({"amount": "0.10"}, 400, "The least is"),
        ({"amount": "11"}, 402, "Your balance does not cover this yet."),
        ({"amount": "5", "from_name": ""}, 400, "This field is required."),
        ({"amount": "5", "email": "nobody"}, 400, "valid email"),
        ({"amount": "5", "words": "https://x.example"}, 409, "write no web addresses"),
        ({"amount": "5", "send_on": "2020-01-01"}, 400, "from today on"),
        ({"amount": "5", "key": "short"}, 400, "Nothing was saved yet"),
    ],
)
def test_what_cannot_be_given_is_said_in_its_place(
    giver: User, said: dict[str, str], status: int, text: str
) -> None:
    client = signed_in(giver)
    form = form_at(client, "/gifts/new") | {"from_name": "Ida"}

    answer = client.post("/gifts/new", form | said)

    assert answer.status_code == status
    assert text in answer.content.decode()
    assert not Gift.objects.exists()


def test_a_second_click_is_the_same_gift(giver: User) -> None:
    client = signed_in(giver)
    form = form_at(client, "/gifts/new") | {"from_name": "Ida", "amount": "5"}

    for _ in range(2):
        client.post("/gifts/new", form)

    assert Gift.objects.count() == 1


def test_a_price_that_moved_is_asked_again(giver: User) -> None:
    client, shelf = signed_in(giver), a_shelf()
    asked = f"/gifts/new?item=release:{shelf.release.public_id}"
    form = form_at(client, asked) | {"from_name": "Ida", "shown": "0.30 USD"}

    answer = client.post("/gifts/new", form)

    assert answer.status_code == 409
    assert 'name="shown" value="0.35 USD"' in answer.content.decode()
    assert client.get("/gifts/new?item=release:0a1b2c3d4e5f").status_code == 404


def test_a_gift_is_sent_on_the_day_that_was_chosen(giver: User) -> None:
    day = datetime.now(tz=UTC).date() + timedelta(days=3)

    gift = give(signed_in(giver), amount="5", email="k@example.org", send_on=f"{day}")

    assert gift.send_at is not None
    assert gift.send_at.date() == day


def test_looking_at_a_gift_never_ends_the_link_on_its_paper(giver: User, settings) -> None:
    client = signed_in(giver)
    gift = give(client, amount="5")
    paper = opened(gift)
    settings.SECRET_KEY = "another" * 10
    client = signed_in(giver)

    page = client.get(f"/gifts/{gift.id}").content.decode()
    assert client.get(f"/gifts/{gift.id}/paper").status_code == 404
    assert client.get(f"/gifts/{gift.id}/qr.svg").status_code == 404
    assert Client().get(paper).status_code == 200
    assert "the old link ends" in page
    client.post(f"/gifts/{gift.id}/anew")

    assert Client().get(paper).status_code == 404
    gift.refresh_from_db()
    assert opened(gift) in client.get(f"/gifts/{gift.id}").content.decode()
    assert Client().get(opened(gift)).status_code == 200


def test_wanting_no_more_is_one_click_without_a_page(giver: User) -> None:
    gift = give(signed_in(giver), amount="5", email="k@example.org")
    address = f"/gift/{stop_secret_of(gift)}/no-mails"
    assert Client().get(f"{opened(gift)}/no-mails").status_code == 404

    asking = Client().get(address).content.decode()
    done = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})

    assert "I want no more of them" in asking
    assert "Done." in done.content.decode()


def test_what_is_given_from_a_wish_list_goes_to_its_owner_unseen(giver: User) -> None:
    shelf, kid = a_shelf(), a_user("kid@example.org")
    wish(user_id=kid.pk, ref=shelf.album, now=datetime.now(tz=UTC))
    link = show_wishes(user_id=kid.pk, is_public=True, shown_name="Kit").link
    client = signed_in(giver)
    # Whoever owns it themselves gives it all the same.
    check_out(
        buyer_id=giver.pk,
        wanted=[shelf.album],
        territory="US",
        shown=usd("0.35"),
        key="for-oneself",
        now=datetime.now(tz=UTC),
    )
    listed = client.get(f"/wishes/of/{link}").content.decode()
    found = re.search(r'href="(/gifts/new\?item=[^"]+)"', listed)
    assert found

    gift = give(client, found[1].removeprefix("/gifts/new").replace("&amp;", "&"))

    assert gift.to_user == kid
    assert "kid@example.org" not in client.get(f"/gifts/{gift.id}").content.decode()
    assert "Somebody gives this already" in client.get(f"/wishes/of/{link}").content.decode()
    mine = signed_in(kid).get(f"/wishes/of/{link}").content.decode()
    assert "Somebody gives this already" not in mine


def test_a_page_of_an_item_leads_to_giving_it(giver: User) -> None:
    shelf: Shelf = a_shelf()
    page = signed_in(giver).get(f"/release/{shelf.release.slug}-{shelf.release.public_id}")

    assert f"/gifts/new?item=release%3A{shelf.release.public_id}" in page.content.decode()
