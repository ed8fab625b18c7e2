"""Any format can be chosen, is told its size, and is made and named as its owner likes it."""

import io
import zipfile

import pytest
from django.test import Client

from builders import a_user
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.delivery.models import Preference
from pennywhistle.apps.delivery.naming import Naming, Words, names
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Master
from pennywhistle.engines.audio.untyped import ID3
from pennywhistle.interfaces.common.format import size_text
from pennywhistle.interfaces.shop.tests.test_downloads import body, get_when_ready
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)

LIKED = {
    "recipe": "mp3-v2",
    "naming": "folders",
    "tagging": "plain",
    "id3_minor": "3",
    "cover_px": "0",
}


@pytest.fixture
def shop() -> SoundingShop:
    return a_sounding_shop()


@pytest.fixture
def buyer(shop: SoundingShop) -> Client:
    client = Client()
    client.force_login(shop.buyer)
    return client


@pytest.mark.parametrize(
    ("asked", "label", "address"),
    [
        ("codec=flac&level=-l8&depth=-16", "FLAC level 8 16 bit", "flac-l8-16"),
        ("codec=mp3&quality=-v3", "MP3 V3", "mp3-v3"),
        ("codec=mp3-abr&kbps=201", "MP3 ABR 201 kbit/s", "mp3-abr-201"),
        ("codec=opus&kbps=77", "Opus 77 kbit/s", "opus-77"),
    ],
)
def test_a_form_that_is_put_together_shows_its_size_and_its_download(
    shop: SoundingShop, buyer: Client, asked: str, label: str, address: str
) -> None:
    owned = shop.sell_track(1)

    page = buyer.get(f"/shelf/{owned.pk}/formats?{asked}")

    chosen = page.context["chosen"]
    assert (page.status_code, chosen.label) == (200, label)
    assert chosen.url == f"/download/{owned.pk}/{address}"
    assert chosen.size_text.startswith("≈")
    assert buyer.head(chosen.url).status_code == 200


def test_what_is_out_of_range_is_refused_with_the_choice_in_sight(
    shop: SoundingShop, buyer: Client
) -> None:
    owned = shop.sell_track(1)

    page = buyer.get(f"/shelf/{owned.pk}/formats?codec=opus&kbps=9999")

    assert page.status_code == 400
    assert page.context["chosen"] is None
    assert "Ogg" in page.content.decode() or "Opus" in page.content.decode()
    assert buyer.get(f"/shelf/{owned.pk}/formats").status_code == 200


def test_another_ones_things_have_no_formats(shop: SoundingShop) -> None:
    owned, other = shop.sell_track(1), Client()
    other.force_login(a_user("other@example.com"))

    assert other.get(f"/shelf/{owned.pk}/formats").status_code == 404


def test_wishes_are_kept_and_files_are_made_and_named_by_them(
    shop: SoundingShop, buyer: Client
) -> None:
    owned = shop.sell_track(1)
    before = body(buyer.get(f"/download/{owned.pk}/mp3-v2"))

    saved = buyer.post("/account/downloads", LIKED)
    after = body(buyer.get(f"/download/{owned.pk}/mp3-v2"))

    assert saved.status_code == 302
    assert ID3(io.BytesIO(before)).version[:2] == (2, 4)
    found = ID3(io.BytesIO(after), translate=False)
    assert found.version[:2] == (2, 3)
    assert str(found["TIT2"]) == "Track 1"
    assert "TSRC" not in found
    assert buyer.get("/shelf").context["items"][0]["forms"][0].is_usual
    archive = get_when_ready(buyer, f"/download/{owned.pk}/mp3-v2.zip")
    folders = {name.split("/")[1] for name in zipfile.ZipFile(io.BytesIO(body(archive))).namelist()}
    assert len(folders) == 1
    assert folders.pop()[:4].isdigit()


def test_wishes_that_are_none_change_nothing(shop: SoundingShop, buyer: Client) -> None:
    answer = buyer.post("/account/downloads", {**LIKED, "naming": "../.."})

    assert answer.status_code == 400
    assert not Preference.objects.exists()


def test_the_original_is_for_those_whose_supplier_offers_it(
    shop: SoundingShop, buyer: Client
) -> None:
    owned = shop.sell_track(1)
    address = f"/download/{owned.pk}/original"
    refused = buyer.get(address).status_code

    Release.objects.filter(id=owned.release_id).update(offers_original=True)
    answer = buyer.get(address)

    assert refused == 404
    master = Master.objects.get(recording=owned.track.recording_id)
    with MASTERS.open(master.sha256) as file:
        assert body(answer) == file.read()
    assert answer["Content-Disposition"].endswith(f'.{master.container}"')


@pytest.mark.parametrize("naming", Naming)
def test_names_are_safe_under_every_scheme(naming: Naming) -> None:
    words = Words("01", "../../etc/passwd", "A/B\\C:*?", "x" * 500, "..", 2026)

    parts = names(words, naming)

    assert all(part and "/" not in part and "\\" not in part for part in parts)
    assert all(len(part.encode()) <= 210 and part not in {".", ".."} for part in parts)
    assert "passwd" in parts[-1]


def test_the_schemes_are_those_of_the_form() -> None:
    words = Words("03", "Song", "Ann", "Album", "Band", 2026)

    assert names(words, Naming.NUMBERS) == ("Band - Album", "03 Song")
    assert names(words, Naming.ARTISTS) == ("Band - Album", "03 Ann - Song")
    assert names(words, Naming.FOLDERS) == ("Band", "2026 - Album", "03 Song")
    assert names(words, Naming.LINE) == ("Band - Album", "Ann - Album - 03 Song")


def test_a_size_is_exact_once_the_file_is_made_and_an_estimate_with_its_cover_before(
    shop: SoundingShop, buyer: Client
) -> None:
    owned = shop.sell_track(1)
    page = f"/shelf/{owned.pk}/formats?codec=mp3&quality=-32"

    before = buyer.get(page).context["chosen"].size_text
    sent = body(get_when_ready(buyer, f"/download/{owned.pk}/mp3-32"))
    after = buyer.get(page).context["chosen"].size_text
    buyer.post("/account/downloads", LIKED)
    unmade = buyer.get(page).context["chosen"].size_text

    assert before.startswith("≈")
    assert after == size_text(len(sent))
    assert unmade.startswith("≈")
    assert float(before.split()[1]) > float(unmade.split()[1])


def test_the_page_of_a_format_makes_links_for_download_programs(
    shop: SoundingShop, buyer: Client
) -> None:
    track = shop.sell_track(1)
    album = shop.sell(shop.shelf.album, price="0.21")

    of_track = buyer.get(f"/shelf/{track.pk}/formats?codec=wav").content.decode()
    of_album = buyer.get(f"/shelf/{album.pk}/formats?codec=wav").content.decode()

    assert f'action="/download/{track.pk}/wav/link"' in of_track
    assert f'action="/download/{album.pk}/wav/link"' in of_album
    assert 'name="track"' not in of_track
    for each in shop.shelf.tracks:
        assert f'<option value="{each.public_id}">' in of_album
    made = buyer.post(f"/download/{album.pk}/wav/link", {"track": shop.shelf.tracks[1].public_id})
    assert made.status_code == 201


def test_where_originals_are_not_offered_the_usual_format_is_flac(
    shop: SoundingShop, buyer: Client
) -> None:
    shop.sell_track(1)
    buyer.post("/account/downloads", {**LIKED, "recipe": "original"})

    page = buyer.get("/shelf")
    Release.objects.update(offers_original=True)
    offered = buyer.get("/shelf")

    first = page.context["items"][0]["forms"][0]
    assert (first.name, first.is_usual) == ("flac", True)
    assert "original" not in {form.name for form in page.context["items"][0]["forms"]}
    assert page.context["packing"]["url"] == "/download/shelf/flac.zip"
    assert offered.context["items"][0]["forms"][0].name == "original"
