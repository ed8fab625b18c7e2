"""What pages tell search engines, chats and embedders is true, and can do no harm."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from builders import NOON, a_shelf, a_store, keep
from pennywhistle.apps.catalog.models import Genre, Release, ReleaseArtist, Track
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.reach.actions import join_pages
from pennywhistle.apps.reach.work import make_due
from pennywhistle.interfaces.common.catalog_addresses import catalog_addresses, map_addresses
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
ORIGIN = "http://localhost:8000"
EVIL = "</script><script>alert(1)</script>\"'><!-- & ]]>\u2028"


@pytest.fixture
def shop():
    a_store()
    shelf = a_shelf(territories=Territories.of("DE", "US"), track_count=2)
    shelf.release.genre = Genre.objects.create(name="Folk", slug="folk")
    shelf.release.save()
    shelf.tracks[0].recording.isrc = "USRC17607839"
    shelf.tracks[0].recording.save()
    keep()
    return shelf


def things(page: bytes) -> dict[str, dict[str, object]]:
    """The linked data of a page by kind, as a machine reads it."""
    (block,) = html.fromstring(page).xpath('//head/script[@type="application/ld+json"]')
    document = json.loads(block.text)
    assert document["@context"] == "https://schema.org"
    return {thing["@type"]: thing for thing in document["@graph"]}


def properties(page: bytes) -> dict[str, str]:
    metas = html.fromstring(page).xpath("//head/meta[@property or @name]")
    return {each.get("property") or each.get("name"): each.get("content") for each in metas}


def test_a_release_is_an_album_with_what_it_costs_where(client: Client, shop) -> None:
    page = client.get(page_of("release", shop.release)).content
    here = ORIGIN + page_of("release", shop.release)

    found = things(page)
    album = found["MusicAlbum"]

    assert album["url"] == album["@id"] == here
    assert album["numTracks"] == 2
    assert [each["name"] for each in album["byArtist"]] == ["Tin Weather Payee 1"]
    assert album["albumRelease"]["recordLabel"]["name"] == "Tin Weather Label"
    assert album["track"][0] == {
        "@type": "MusicRecording",
        "name": "Track 1",
        "url": ORIGIN + page_of("track", shop.tracks[0]),
        "duration": "PT1M0S",
        "isrcCode": "USRC17607839",
    }
    (offer,) = album["offers"]
    assert (offer["@type"], offer["price"], offer["priceCurrency"]) == ("Offer", "0.35", "USD")
    assert offer["eligibleRegion"] == ["DE", "US"]
    assert offer["availability"] == "https://schema.org/InStock"
    crumbs = found["BreadcrumbList"]["itemListElement"]
    assert [(each["position"], each["name"]) for each in crumbs] == [
        (1, "Home"),
        (2, "Folk"),
        (3, "Tin Weather"),
    ]
    assert crumbs[2]["item"] == here


def test_a_track_is_a_recording_on_its_album(client: Client, shop) -> None:
    page = client.get(page_of("track", shop.tracks[0])).content

    recording = things(page)["MusicRecording"]

    assert recording["inAlbum"]["url"] == ORIGIN + page_of("release", shop.release)
    assert recording["offers"][0]["price"] == "0.14"
    assert recording["isrcCode"] == "USRC17607839"
    said = properties(page)
    assert said["og:type"] == "music.song"
    assert said["music:duration"] == "60"
    assert said["og:description"]
    assert said["twitter:card"] == "summary"


def test_what_is_sold_nowhere_has_no_offer(client: Client) -> None:
    a_store()
    shelf = a_shelf(track_count=1)

    page = client.get(page_of("release", shelf.release)).content

    assert "offers" not in things(page)["MusicAlbum"]


def test_an_artist_is_a_group_a_label_an_organization_and_the_front_can_be_searched(
    client: Client, shop
) -> None:
    artist = things(client.get(page_of("artist", shop.payees[0])).content)["MusicGroup"]
    label = things(client.get(page_of("label", shop.release.label)).content)["Organization"]
    front = things(client.get("/").content)["WebSite"]

    assert artist["album"][0]["name"] == "Tin Weather"
    assert label["name"] == "Tin Weather Label"
    assert front["potentialAction"]["target"]["urlTemplate"].startswith(f"{ORIGIN}/search?q=")


@pytest.mark.parametrize("kind", ["release", "track", "artist"])
def test_what_strangers_wrote_ends_no_block_and_makes_no_markup(
    client: Client, shop, kind: str
) -> None:
    Release.objects.update(title=EVIL, artist_line=EVIL, about=EVIL)
    Track.objects.update(title=EVIL, artist_line=EVIL)
    Party.objects.update(name=EVIL, about=EVIL)
    thing = {"release": shop.release, "track": shop.tracks[0], "artist": shop.payees[0]}[kind]

    page = client.get(page_of(kind, thing)).content

    assert b"<script>alert" not in page
    scripts = html.fromstring(page).xpath("//script[not(@src)]")
    assert [each.get("type") for each in scripts] == ["application/ld+json"]
    (main,) = (each for name, each in things(page).items() if name != "BreadcrumbList")
    assert main["name"] == EVIL


@pytest.mark.parametrize("kind", ["release", "track", "artist", "label"])
def test_addresses_in_other_words_lead_to_the_one_page(client: Client, shop, kind: str) -> None:
    thing = {
        "release": shop.release,
        "track": shop.tracks[0],
        "artist": shop.payees[0],
        "label": shop.release.label,
    }[kind]
    here, public_id = page_of(kind, thing), thing.public_id

    for path in (
        f"/{kind}/an-old-name-{public_id}",
        f"/{kind}/{public_id}",
        f"/{kind}/{thing.slug}-{public_id.upper()}",
        f"/{kind.upper()}/{thing.slug}-{public_id}",
        f"{here}/",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (301, here), path
    page = client.get(here)
    assert page.status_code == 200
    assert f'<link rel="canonical" href="{ORIGIN}{here}">' in page.content.decode()


@pytest.mark.parametrize("path", ["/genre/Folk", "/Genre/folk", "/genre/folk/", "/GENRE/FOLK/"])
def test_a_genre_is_found_in_any_case(client: Client, shop, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer["Location"]) == (301, "/genre/folk")
    assert client.get("/genre/folk").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/release//evil.example-000000000000",
        "/release/https:%2F%2Fevil.example",
        "/RELEASE/000000000000",
        "/Release/x-00000000000u",
        "/Artist/%00",
        "/genre/NOTHING",
        "/genre/%00A",
    ],
)
def test_nothing_leads_elsewhere(client: Client, shop, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404


def test_what_is_not_on_the_shelves_tells_its_title_by_no_address(client: Client, shop) -> None:
    release, track = shop.release, shop.tracks[0]
    paths = [f"/RELEASE/{release.public_id}", f"/TRACK/{track.public_id}"]
    assert [client.get(path).status_code for path in paths] == [301, 301]

    Track.objects.filter(id=track.pk).update(left_at=NOON)
    assert [client.get(path).status_code for path in paths] == [301, 404]
    Track.objects.update(left_at=None)
    Release.objects.update(withdrawn_at=NOON)
    assert [client.get(path).status_code for path in paths] == [404, 404]
    Release.objects.update(withdrawn_at=None, published_at=timezone.now() + timedelta(days=1))
    assert [client.get(path).status_code for path in paths] == [404, 404]


def test_a_joined_page_leads_on_once(client: Client, shop) -> None:
    other = a_shelf("Low Harbor", track_count=1).payees[0]
    gone = shop.payees[0]
    join_pages(party_id=gone.pk, leads_to_id=other.pk, now=NOON)

    answer = client.get(page_of("artist", gone))

    assert (answer.status_code, answer["Location"]) == (301, page_of("artist", other))
    assert client.get(answer["Location"]).status_code == 200
    feed = client.get(f"/feeds/artist/{gone.public_id}.atom")
    assert feed["Location"] == f"/feeds/artist/{other.public_id}.atom"
    told = client.get(f"/api/v1/artists/{gone.public_id}")
    assert told["Location"] == f"/api/v1/artists/{other.public_id}"
    assert ReleaseArtist.objects.filter(party=other).count() == 2


def test_robots_know_the_site_map_and_what_is_closed(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()

    assert f"Sitemap: {ORIGIN}/sitemap.xml" in text
    closed = re.findall(r"^Disallow: (\S+)$", text, re.MULTILINE)
    assert {"/account/", "/cart", "/office", "/studio", "/search"} <= set(closed)
    for open_page in ("/", "/new", "/release/x", "/api/v1/docs", "/feeds/new.atom", "/preview/x"):
        assert not any(open_page.startswith(path) for path in closed)


def test_site_maps_and_dumps_are_handed_over_with_their_dates(client: Client, shop) -> None:
    assert client.get("/sitemap.xml").status_code == 404
    at = timezone.now()
    make_due(addresses=catalog_addresses(), map_addresses=map_addresses(), now=at)

    index = client.get("/sitemap.xml")
    assert index["Content-Type"] == "application/xml"
    (part,) = re.findall(rf"{ORIGIN}(/sitemaps/release-\d+\.xml\.gz)", index.getvalue().decode())
    sent = client.get(part)
    assert sent.getvalue()[:2] == b"\x1f\x8b"
    again = client.get(part, headers={"if-modified-since": sent["Last-Modified"]})
    assert again.status_code == 304
    assert client.get(part, headers={"if-none-match": sent["ETag"]}).status_code == 304
    (dump,) = (
        each
        for each in client.get("/api/v1/dump").json()["files"]
        if each["name"] == "releases.jsonl.gz"
    )
    fetched = client.get(dump["url"].removeprefix(ORIGIN)).getvalue()
    assert len(fetched) == dump["size_bytes"]
    tail = client.get(dump["url"].removeprefix(ORIGIN), headers={"range": "bytes=-5"})
    assert (tail.status_code, tail.getvalue()) == (206, fetched[-5:])
    for name in ("/sitemaps/nothing", "/sitemaps/%00", "/dump/..%2Fsecret"):
        assert client.get(name).status_code == 404
