"""Other people's pages show the store's music, by oEmbed and in a frame without a cookie."""

from urllib.parse import quote

import pytest
from django.test import Client
from lxml import etree, html

from builders import NOON, a_shelf, a_store, a_user
from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.interfaces.shop.addresses import page_of
from sounding_shop import a_sounding_shop

pytestmark = pytest.mark.django_db
ORIGIN = "http://localhost:8000"
EVIL = "<img src=x onerror=alert(1)>\"'&\x0b"


@pytest.fixture
def shelf():
    a_store()
    return a_shelf(track_count=2)


def asked(client: Client, address: str, more: str = ""):
    return client.get(f"/oembed?url={quote(address, safe='')}{more}")


def test_a_page_says_how_it_is_embedded(client: Client, shelf) -> None:
    page = client.get(page_of("release", shelf.release)).content
    links = html.fromstring(page).xpath('//head/link[contains(@type, "oembed")]')
    assert {each.get("type") for each in links} == {"application/json+oembed", "text/xml+oembed"}

    for link in links:
        answer = client.get(link.get("href").removeprefix(ORIGIN))
        assert answer.status_code == 200
    as_xml = {each.tag: each.text for each in etree.fromstring(answer.content)}
    as_json = asked(client, ORIGIN + page_of("release", shelf.release)).json()
    assert {name: str(value) for name, value in as_json.items()} == as_xml
    assert as_json["type"] == "rich"
    assert as_json["version"] == "1.0"
    frame = html.fromstring(as_json["html"])
    assert frame.tag == "iframe"
    player = client.get(frame.get("src").removeprefix(ORIGIN))
    assert player.status_code == 200


@pytest.mark.parametrize(
    ("more", "width", "height"),
    [
        ("", 560, 230),
        ("&maxwidth=300", 300, 230),
        ("&maxwidth=300&maxheight=90", 300, 90),
        ("&maxwidth=9000", 560, 230),
    ],
)
def test_it_is_no_larger_than_asked(client: Client, shelf, more, width, height) -> None:
    answer = asked(client, ORIGIN + page_of("track", shelf.tracks[0]), more).json()

    assert (answer["width"], answer["height"]) == (width, height)
    frame = html.fromstring(answer["html"])
    assert (frame.get("width"), frame.get("height")) == (str(width), str(height))


def test_only_own_pages_of_what_is_on_the_shelves_are_embedded(client: Client, shelf) -> None:
    path = page_of("release", shelf.release)
    strange = [
        "", "nonsense", "https://evil.example" + path, "http://localhost:8000.evil.example" + path,
        "http://user@localhost:8000" + path, "//localhost:8000" + path, ORIGIN + "/cart",
        "http://[" + path, ORIGIN + path.replace(shelf.release.public_id, "0" * 12),
        ORIGIN + "/release/%00", "a" * 3000,
    ]  # fmt: skip
    for address in strange:
        assert asked(client, address).status_code == 404, address
    assert asked(client, ORIGIN + path + "?from=somewhere#there").status_code == 200

    Release.objects.update(withdrawn_at=NOON)
    assert asked(client, ORIGIN + path).status_code == 404
    assert client.get(f"/embed/release/{shelf.release.public_id}").status_code == 404


@pytest.mark.parametrize(
    ("more", "status"),
    [("&format=yaml", 501), ("&maxwidth=0", 400), ("&maxwidth=-1", 400), ("&maxheight=1e9", 400)],
)
def test_what_cannot_be_answered_is_refused(client: Client, shelf, more, status) -> None:
    answer = asked(client, ORIGIN + page_of("release", shelf.release), more)

    assert answer.status_code == status


def test_titles_make_no_markup_anywhere(client: Client, shelf) -> None:
    Release.objects.update(title=EVIL, artist_line=EVIL)
    Track.objects.update(title=EVIL, artist_line=EVIL)
    address = ORIGIN + page_of("release", shelf.release)

    document = asked(client, address).json()
    as_xml = etree.fromstring(asked(client, address, "&format=xml").content)
    player = client.get(f"/embed/release/{shelf.release.public_id}").content

    assert len(html.fragments_fromstring(document["html"])) == 1
    assert html.fromstring(document["html"]).get("onerror") is None
    assert "onerror" in as_xml.findtext("title")
    assert b"<img src=x" not in player


def test_the_player_stands_in_any_page_and_knows_nobody(client: Client) -> None:
    shop = a_sounding_shop()
    track = shop.shelf.tracks[0]
    client.force_login(a_user("reader@example.org"))
    client.cookies["django_language"] = "ar"

    answer = client.get(f"/embed/track/{track.public_id}")

    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in answer
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    page = html.fromstring(answer.content)
    assert page.get("lang") == "en"
    assert not page.xpath("//form")
    assert page.xpath("//audio[@controls]/@src") == [f"/preview/{track.public_id}"]
    for link in page.xpath("//body//a"):
        assert (link.get("target"), link.get("rel")) == ("_blank", "noopener")


def test_the_player_speaks_the_readers_language_and_keeps_the_pages_theme(
    client: Client, shelf
) -> None:
    path = f"/embed/release/{shelf.release.public_id}"

    arabic = html.fromstring(client.get(path, headers={"accept-language": "ar"}).content)
    german = html.fromstring(client.get(path + "?lang=de&theme=dark").content)
    odd = html.fromstring(client.get(path + "?lang=xx&theme=evil").content)

    assert (arabic.get("lang"), arabic.get("dir")) == ("ar", "rtl")
    assert (german.get("lang"), german.get("data-theme")) == ("de", "dark")
    assert (odd.get("lang"), odd.get("data-theme")) == ("en", None)


def test_all_other_pages_stand_in_no_frame(client: Client, shelf) -> None:
    for path in ("/", page_of("release", shelf.release), "/api/v1/docs"):
        answer = client.get(path)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
