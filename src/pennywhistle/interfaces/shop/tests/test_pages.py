"""Each page says what it is for, in a fixed number of queries, whatever things are called."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, keep, usd
from pennywhistle.apps.catalog.models import Genre, Release, Track
from pennywhistle.apps.discovery.actions import index_release
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import Order, OrderLine
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.proof.signing import create_keys
from pennywhistle.apps.rights.actions import close_grant
from pennywhistle.apps.rights.models import Grant
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db

ODD_TITLES = [
    "../../etc/passwd",
    "<script>alert(1)</script>",
    'a/b\\c:*?"<>|',
    "\u202egnp.exe",
    "🎺🎻 names",
    "Cafe\u0301",
    "x" * 500,
    "فيروز",
    "---",
]


def shelves(count: int) -> list[Shelf]:
    genre = Genre.objects.get_or_create(name="Dub", slug="dub")[0]
    made = [a_shelf(f"Record {number}") for number in range(count)]
    for number, shelf in enumerate(made):
        Release.objects.filter(pk=shelf.release.pk).update(
            genre=genre, released_on=date(2026, 11, 1) + timedelta(days=number)
        )
        index_release(release_id=shelf.release.pk, now=NOON)
    keep()
    return made


@pytest.mark.parametrize("count", [1, 6])
def test_a_guest_s_list_costs_the_same_queries_however_long(
    count: int, django_assert_num_queries: DjangoAssertNumQueries, subtests: pytest.Subtests
) -> None:
    a_store()
    shelves(count)
    costs = {
        "/": 7,
        "/new": 3,
        "/new/2026-11-01": 4,
        "/year/2026": 3,
        "/years": 1,
        "/labels": 1,
        "/charts": 2,
        "/staff-shelf": 1,
        "/genre/dub": 4,
        "/search?q=record": 13,
        "/cart": 1,
        "/genres": 1,
    }

    for address, queries in costs.items():
        with subtests.test(address), django_assert_num_queries(queries):
            assert Client().get(address).status_code == 200


@pytest.mark.parametrize("count", [1, 6])
def test_a_buyer_s_list_costs_the_same_queries_however_long(
    count: int, django_assert_num_queries: DjangoAssertNumQueries, subtests: pytest.Subtests
) -> None:
    a_store()
    buyer, client = a_buyer(), Client()
    for shelf in shelves(count):
        check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.album],
            territory="US",
            shown=usd("0.35"),
            key=str(shelf.release.pk),
            now=NOON,
        )
    client.force_login(buyer)

    for address, queries in {"/shelf": 12, "/orders": 11, "/balance": 15}.items():
        with subtests.test(address), django_assert_num_queries(queries):
            assert "Record 0" in client.get(address).content.decode()


@pytest.mark.parametrize("count", [1, 12])
def test_a_release_costs_the_same_queries_however_many_tracks(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    a_store()
    shelf = a_shelf(track_count=count, album_price="0.14")
    client = Client()

    with django_assert_num_queries(14):
        page = client.get(page_of("release", shelf.release))

    assert page.content.decode().count('class="track"') == count


def test_the_store_s_real_split_stands_on_the_page() -> None:
    a_store()
    shelf = a_shelf()

    page = Client().get(page_of("track", shelf.tracks[0])).content.decode()

    for text in ("$0.14", "$0.014000", "$0.063000", "Tin Weather Payee 1", "Tin Weather Payee 2"):
        assert text in page


def test_the_chain_of_authority_says_who_allowed_it() -> None:
    a_store()
    shelf = a_shelf()

    page = Client().get(f"/chain/track/{shelf.tracks[0].public_id}").content.decode()

    assert "Tin Weather Label lets this store sell it" in page
    assert "until further notice" in page


def test_the_chain_of_authority_says_what_is_missing_and_who_has_it() -> None:
    a_store()
    shelf = a_shelf(territories=Territories.of("DE"))

    page = Client().get(f"/chain/release/{shelf.release.public_id}").content.decode()

    for text in ("a grant for United States", "Tin Weather Label", "Add United States to"):
        assert text in page


def test_the_chain_of_authority_is_the_same_for_who_owns_it() -> None:
    a_store()
    shelf, buyer, client = a_shelf(), a_buyer(), Client()
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.album],
        territory="US",
        shown=usd("0.35"),
        key="k",
        now=NOON,
    )
    client.force_login(buyer)

    page = client.get(f"/chain/release/{shelf.release.public_id}").content.decode()

    assert "lets this store sell it" in page


def test_odd_titles_are_shown_as_text(subtests: pytest.Subtests) -> None:
    a_store()
    shelf = a_shelf()
    for title in ODD_TITLES:
        with subtests.test(title):
            check_title(shelf, title)


def check_title(shelf: Shelf, title: str) -> None:
    Release.objects.update(title=title, artist_line=title, about=title)
    Track.objects.update(title=title)
    Party.objects.update(name=title[:300])
    index_release(release_id=shelf.release.pk, now=NOON)
    release = Release.objects.get()
    client = Client()

    for address in ("/", "/new", page_of("release", release), page_of("track", shelf.tracks[0]),
                    page_of("artist", shelf.payees[0]), f"/chain/release/{release.public_id}",
                    "/search?q=passwd"):  # fmt: skip
        page = client.get(address)
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()


def test_the_id_decides_and_the_slug_is_mended(subtests: pytest.Subtests) -> None:
    a_store()
    shelf = a_shelf()
    things = {
        "release": shelf.release,
        "track": shelf.tracks[0],
        "artist": shelf.payees[0],
        "label": shelf.release.label,
    }
    for name, thing in things.items():
        for slug in ("зима", "a-b--c", "ünïcode", "東京", "12345678901a"):
            with subtests.test(name, slug=slug):
                check_slug(name, thing, slug)


def check_slug(name: str, thing: Release | Track | Party, slug: str) -> None:
    type(thing).objects.filter(pk=thing.pk).update(slug=slug)
    thing.refresh_from_db()
    right = page_of(name, thing)
    client = Client()

    assert client.get(right).status_code == 200
    for wrong in (f"/{name}/other-{thing.public_id}", f"/{name}/{thing.public_id}"):
        moved = client.get(wrong)
        assert moved.status_code == 301
        assert moved.headers["Location"] == right
    assert client.get(f"/{name}/{slug}-000000000000").status_code == 404
    assert client.get(f"/{name}/{slug}").status_code == 404


def test_any_search_answers(subtests: pytest.Subtests) -> None:
    a_store()
    shelves(1)
    odd = ("", "-", "%00", "%22" * 3_000, "a" * 10_000, "label:", "%FF%FE", "'%20OR%201=1", "*:*")

    for text in odd:
        with subtests.test(text[:20]):
            assert Client().get(f"/search?q={text}").status_code == 200
    for place in ("kind=x", "kind=track&from=-1", "kind=release&from=9999999999", "from=9e9"):
        with subtests.test(place):
            assert Client().get(f"/search?q=record&{place}").status_code in {200, 404}


@pytest.mark.parametrize("address", ["/", "/new", "/genre/dub", "/search?q=record"])
def test_what_is_not_sold_here_is_not_offered_in_lists(address: str) -> None:
    a_store()
    made = shelves(4)
    for grant in Grant.objects.filter(release=made[1].release):
        close_grant(grant_id=grant.pk, now=NOON)
    keep()

    page = Client().get(address).content.decode()

    assert "Record 0<" in page
    assert "Record 1<" not in page


def test_a_search_for_everything_says_what_is_not_sold_here() -> None:
    a_store()
    shelf = a_shelf("Faraway", territories=Territories.of("DE"))
    index_release(release_id=shelf.release.pk, now=NOON)
    keep()

    here = Client().get("/search?q=faraway").content.decode()
    everywhere = Client().get("/search?q=faraway&all=1").content.decode()

    assert "Nothing found" in here
    assert "/search?q=faraway&amp;all=1" in here
    assert "Faraway<" in everywhere
    assert "Not sold in your country" in everywhere


def test_who_asks_for_a_label_by_name_sees_what_is_not_sold_here_too() -> None:
    a_store()
    shelf = a_shelf("Faraway", territories=Territories.of("DE"))
    keep()
    label = shelf.release.label

    page = Client().get(f"/label/{label.slug}-{label.public_id}").content.decode()

    assert "Faraway<" in page
    assert "Not sold in your country" in page


def test_a_card_says_what_is_mine() -> None:
    a_store()
    shelf, buyer, client = shelves(1)[0], a_buyer(), Client()
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.album],
        territory="US",
        shown=usd("0.35"),
        key="mine",
        now=NOON,
    )
    client.force_login(buyer)

    assert "On your shelf" in client.get("/new").content.decode()
    assert "On your shelf" not in Client().get("/new").content.decode()


def test_a_list_goes_on_where_it_ended() -> None:
    a_store()
    shelves(30)
    client = Client()

    first = client.get("/new").content.decode()
    rest = client.get(f"/new?after=20261107-{Release.objects.get(title='Record 6').pk}")

    assert "Record 29" in first
    assert "Record 6<" in first
    assert "Record 5<" not in first
    assert "/new?after=20261107-" in first
    assert "Record 5<" in rest.content.decode()
    assert "Record 6<" not in rest.content.decode()


def test_an_odd_place_in_a_list_is_its_top(subtests: pytest.Subtests) -> None:
    a_store()
    shelves(1)

    for after in ("x", "20261399-1", "99999999-9", "-", "20261101-" + "9" * 40):
        with subtests.test(after):
            assert "Record 0" in Client().get("/new", {"after": after}).content.decode()


def test_an_order_shows_that_it_is_recorded_and_asks_again() -> None:
    a_store()
    shelf, buyer, client = a_shelf(), a_buyer(), Client()
    client.force_login(buyer)
    order = Order.objects.get(
        id=check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.track(1)],
            territory="US",
            shown=usd("0.14"),
            key="k",
            now=NOON,
        )
    )
    sale = OrderLine.objects.get(order=order).pk

    page = client.get(reverse("order", args=[order.id])).content.decode()
    part = client.get(
        reverse("order", args=[order.id]), headers={"HX-Request-Type": "partial"}
    ).content.decode()
    receipt = client.get(reverse("receipt", args=[sale])).content.decode()

    assert "stamp is-recorded" in page
    assert 'hx-trigger="every 2s"' in page
    assert "<html" not in part
    assert "stamp is-recorded" in part
    for text in ("Tin Weather Payee 1", "$0.063000", "$0.014000", "$0.140000"):
        assert text in receipt


@pytest.mark.parametrize(
    "address",
    ["/", "/new", "/genres", "/search", "/cart", "/about", "/help", "/verify", "/territory",
     "/robots.txt", "/account/login/", "/account/signup/", "/account/password/reset/"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_pages_that_are_open_to_everybody_stand_in_every_language(
    address: str, language: str, settings: SettingsWrapper, tmp_path: Path
) -> None:
    settings.KEYS = tmp_path
    create_keys(now=NOON)
    a_store()

    page = Client().get(address, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert 'style="' not in page.content.decode()
    assert "onclick" not in page.content.decode()


@pytest.mark.parametrize(
    "address",
    ["/checkout", "/balance", "/balance/top-up", "/shelf", "/orders", "/account/email/",
     "/account/2fa/", "/account/password/change/"],
)  # fmt: skip
def test_an_empty_account_s_pages_teach(address: str) -> None:
    a_store()
    client = Client()
    client.force_login(a_user())

    page = client.get(address, follow=True)

    assert page.status_code == 200
    assert "<h1" in page.content.decode()


def test_the_shelf_is_searched() -> None:
    a_store()
    buyer, client = a_buyer(), Client()
    for shelf in (a_shelf("Apples"), a_shelf("Pears")):
        check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.album],
            territory="US",
            shown=usd("0.35"),
            key=shelf.release.title,
            now=NOON,
        )
    client.force_login(buyer)

    page = client.get("/shelf", {"q": "pear"}).content.decode()

    assert "Pears" in page
    assert "Apples" not in page
    assert client.get("/shelf", {"q": "\x00%_" * 300, "before": "9" * 40}).status_code == 200
