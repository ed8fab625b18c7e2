"""Public feeds are Atom as RFC 4287 has it, found by pages, and sent only where they changed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from lxml import etree, html

from builders import NOON, a_shelf, a_store, keep
from pennywhistle.apps.catalog.models import Genre, Release
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
A = "{http://www.w3.org/2005/Atom}"
ORIGIN = "http://localhost:8000"


@pytest.fixture
def shop():
    a_store()
    shelf = a_shelf(territories=Territories.of("DE"), track_count=1)
    shelf.release.genre = Genre.objects.create(name="Folk", slug="folk")
    shelf.release.save()
    a_shelf("Low Harbor", track_count=1)
    keep()
    return shelf


def entries(content: bytes) -> list[str]:
    """The titles of a feed's entries; the feed is looked at as RFC 4287, section 4, has it."""
    feed = etree.fromstring(content)
    assert feed.tag == f"{A}feed"
    ids = []
    for element in (feed, *feed.findall(f"{A}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{A}{name}")) == 1, name
        assert element.findtext(f"{A}id").startswith("http")
        assert datetime.fromisoformat(element.findtext(f"{A}updated")).tzinfo
        rels = [each.get("rel", "alternate") for each in element.findall(f"{A}link")]
        assert rels.count("alternate") == 1
        ids.append(element.findtext(f"{A}id"))
    assert len(ids) == len(set(ids))
    # Somebody has written each entry (4.1.1).
    assert feed.find(f"{A}author") is not None
    assert [each.get("href") for each in feed.findall(f"{A}link") if each.get("rel") == "self"]
    return [each.findtext(f"{A}title") for each in feed.findall(f"{A}entry")]


def test_each_feed_holds_what_is_its_own(client: Client, shop) -> None:
    label, artist = shop.release.label, shop.payees[0]
    mine = ["Tin Weather Payee 1: Tin Weather"]

    assert len(entries(client.get("/feeds/new.atom").content)) == 2
    for path in (
        "/feeds/genre/folk.atom",
        f"/feeds/label/{label.public_id}.atom",
        f"/feeds/artist/{artist.public_id}.atom",
        "/feeds/new.atom?territory=de",
    ):
        answer = client.get(path)
        assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
        found = entries(answer.content)
        assert found == mine if "territory" not in path else mine[0] in found
    assert entries(client.get("/feeds/new.atom?territory=FR").content) == [
        "Low Harbor Payee 1: Low Harbor"
    ]


def test_pages_name_their_feeds(client: Client, shop) -> None:
    for page, feed in (
        ("/", "/feeds/new.atom"),
        ("/new", "/feeds/new.atom"),
        ("/genre/folk", "/feeds/genre/folk.atom"),
        (page_of("artist", shop.payees[0]), f"/feeds/artist/{shop.payees[0].public_id}.atom"),
        (page_of("label", shop.release.label), f"/feeds/label/{shop.release.label.public_id}.atom"),
    ):
        links = html.fromstring(client.get(page).content).xpath(
            '//head/link[@rel="alternate"][@type="application/atom+xml"]/@href'
        )
        assert links == [ORIGIN + feed]
        assert client.get(feed).status_code == 200


def test_a_feed_that_did_not_change_is_not_sent_again(client: Client, shop) -> None:
    first = client.get("/feeds/new.atom")

    by_tag = client.get("/feeds/new.atom", headers={"if-none-match": first["ETag"]})
    assert by_tag.status_code == 304
    # What is withdrawn changes the feed, and no date tells so.
    assert "Last-Modified" not in first

    Release.objects.filter(id=shop.release.pk).update(withdrawn_at=NOON)
    since = {"if-modified-since": "Sat, 21 Nov 2026 12:00:00 GMT"}
    for headers in ({"if-none-match": first["ETag"]}, since):
        after = client.get("/feeds/new.atom", headers=headers)
        assert after.status_code == 200
        assert len(entries(after.content)) == 1


def test_a_feed_of_nothing_is_a_feed_all_the_same(client: Client) -> None:
    a_store()

    answer = client.get("/feeds/new.atom")

    assert entries(answer.content) == []
    assert answer.content == client.get("/feeds/new.atom").content


def test_what_is_still_to_come_is_not_told(client: Client, shop) -> None:
    Release.objects.filter(id=shop.release.pk).update(
        published_at=datetime(2999, 1, 1, tzinfo=UTC) + timedelta(days=1)
    )

    assert len(entries(client.get("/feeds/new.atom").content)) == 1


def test_titles_are_text_and_signs_that_no_xml_holds_are_left_out(client: Client, shop) -> None:
    evil = "<script>alert(1)</script>&amp;\x0b\ufffe]]>"
    Release.objects.filter(id=shop.release.pk).update(title=evil, artist_line="\x01A")
    shop.release.label.name = evil
    shop.release.label.save()

    for path in ("/feeds/genre/folk.atom", f"/feeds/label/{shop.release.label.public_id}.atom"):
        answer = client.get(path)
        assert entries(answer.content) == ["A: <script>alert(1)</script>&amp;]]>"]
        assert b"<script>" not in answer.content


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/genre/nothing.atom",
        "/feeds/genre/%00.atom",
        "/feeds/artist/000000000000.atom",
        "/feeds/new.atom?territory=QQ",
        "/feeds/new.atom?territory=%00",
    ],
)
def test_there_are_no_other_feeds(client: Client, shop, path: str) -> None:
    assert client.get(path).status_code == 404
