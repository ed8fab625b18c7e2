"""What comes with a release is told before it is bought, and leaves with it, to its owner alone."""

import base64
import hashlib
import io
import time
import zipfile

import pytest
from django.http.response import HttpResponseBase
from django.test import Client, override_settings

from builders import NOON, a_buyer
from pennywhistle.apps.catalog.actions import ExtraFacts, record_extras
from pennywhistle.apps.catalog.models import Extra
from pennywhistle.apps.delivery.actions import note_wishes
from pennywhistle.apps.delivery.wishes import Wishes
from pennywhistle.apps.media.extras import keep_extras
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.users.models import AccessToken
from pennywhistle.apps.users.tokens import create_token
from pennywhistle.engines.documents.tests.pdfs import a_pdf
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)
BOOKLET = a_pdf()
ALBUM = "Tin Weather Payee 1 - Tin Weather"


@pytest.fixture
def shop() -> SoundingShop:
    made = a_sounding_shop()
    note_wishes(user_id=made.buyer.pk, wishes=Wishes(recipe="wav"))
    give_booklet(made)
    return made


def give_booklet(shop: SoundingShop, content: bytes = BOOKLET) -> Extra:
    """A booklet for the release of the shop."""
    stored = MASTERS.put([content])
    keep_extras(sha256s=[stored.sha256])
    facts = ExtraFacts(
        kind="booklet",
        title="Notes on <the> songs",
        name="Booklet.pdf",
        mime_type="application/pdf",
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        crc32=stored.crc32,
    )
    (extra,) = record_extras(release_id=shop.shelf.release.pk, told=[facts], now=NOON)
    return extra


@pytest.fixture
def buyer(shop: SoundingShop) -> Client:
    client = Client()
    client.force_login(shop.buyer)
    return client


def release_page(client: Client, shop: SoundingShop) -> str:
    release = shop.shelf.release
    return client.get(f"/release/{release.slug}-{release.public_id}", follow=True).content.decode()


def ready(client: Client, address: str) -> HttpResponseBase:
    """The archive, when its tracks are made."""
    deadline = time.monotonic() + 60
    page = {"Accept": "text/html"}
    while (response := client.get(address, follow=True, headers=page)).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert response.status_code == 200
    return response


def test_its_page_says_so_to_everybody_and_hands_it_to_owners(
    shop: SoundingShop, buyer: Client
) -> None:
    extra = Extra.objects.get()
    address = f"/extra/{extra.public_id}"
    before = release_page(Client(), shop)
    assert "Booklet: Notes on &lt;the&gt; songs (PDF, " in before
    assert address not in before
    assert buyer.get(address).status_code == 404

    shop.sell_album()

    assert address in release_page(buyer, shop)
    assert address in buyer.get("/shelf").content.decode()
    response = buyer.get(address)
    assert b"".join(response) == BOOKLET


@override_settings(FILES_SENT_BY="nginx")
def test_it_is_saved_and_never_shown_as_a_page_of_ours(shop: SoundingShop, buyer: Client) -> None:
    shop.sell_album()

    response = buyer.get(f"/extra/{Extra.objects.get().public_id}")

    # Also where nginx sends files, which would leave all of this out.
    assert b"".join(response) == BOOKLET
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="Booklet.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"


def test_a_stretch_of_it_can_be_asked_for(shop: SoundingShop, buyer: Client) -> None:
    shop.sell_album()

    part = buyer.get(f"/extra/{Extra.objects.get().public_id}", headers={"Range": "bytes=5-9"})

    assert part.status_code == 206
    assert b"".join(part) == BOOKLET[5:10]


def test_who_bought_a_track_or_nothing_gets_none(shop: SoundingShop, buyer: Client) -> None:
    shop.sell_track(1)
    address = f"/extra/{Extra.objects.get().public_id}"
    stranger = Client()
    stranger.force_login(a_buyer("stranger@example.org"))

    assert buyer.get(address).status_code == 404
    assert stranger.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    with zipfile.ZipFile(io.BytesIO(ready(buyer, "/download/shelf/wav.zip").getvalue())) as opened:
        assert not [name for name in opened.namelist() if name.endswith(".pdf")]


@pytest.mark.parametrize("which", ["album", "shelf"])
def test_it_is_in_the_archive_with_its_checksum(
    shop: SoundingShop, buyer: Client, which: str
) -> None:
    owned = shop.sell_album()
    address = f"/download/{owned.pk}/wav.zip" if which == "album" else "/download/shelf/wav.zip"

    answer = ready(buyer, address)
    content = answer.getvalue()

    assert len(content) == int(answer["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        (name,) = (name for name in opened.namelist() if name.endswith(".pdf"))
        assert opened.read(name) == BOOKLET
        sums = next(opened.read(each) for each in opened.namelist() if each.endswith("SHA256SUMS"))
    assert f"{hashlib.sha256(BOOKLET).hexdigest()}  " in sums.decode()
    assert f"{name.partition('/')[2]}\n" in sums.decode()


def test_one_that_left_stays_with_who_bought_it_before(shop: SoundingShop, buyer: Client) -> None:
    owned = shop.sell_album()
    extra = Extra.objects.get()
    address = f"/extra/{extra.public_id}"

    extra.left_at = owned.granted_at
    extra.save()
    assert buyer.get(address).status_code == 404

    extra.left_at = owned.granted_at.replace(year=owned.granted_at.year + 1)
    extra.save()
    assert buyer.get(address).status_code == 200
    assert "Notes on" not in release_page(Client(), shop)
    assert "Notes on" in release_page(buyer, shop)


def test_a_lost_one_does_not_hold_up_the_music(shop: SoundingShop, buyer: Client) -> None:
    owned = shop.sell_album()
    give_booklet(shop, BOOKLET + b"\n")
    MASTERS.remove(Extra.objects.get().sha256)

    archive = ready(buyer, f"/download/{owned.pk}/wav.zip").getvalue()

    assert buyer.get(f"/extra/{Extra.objects.get().public_id}").status_code == 404
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert sum(name.endswith(".wav") for name in opened.namelist()) == 2


def test_programs_find_it_beside_the_tracks(shop: SoundingShop) -> None:
    shop.sell_album()
    token = create_token(
        user_id=shop.buyer.pk, label="laptop", scope=AccessToken.Scope.SHELF, now=NOON
    )
    program = Client(headers={"Authorization": f"Bearer {token}"})

    files = program.get("/sync/shelf").json()["files"]
    (booklet,) = (each for each in files if each["path"][-1] == "Booklet.pdf")
    assert booklet["sha256"] == hashlib.sha256(BOOKLET).hexdigest()
    assert booklet["size_bytes"] == len(BOOKLET)
    response = program.get(booklet["url"])
    assert b"".join(response) == BOOKLET
    digest = base64.b64encode(hashlib.sha256(BOOKLET).digest()).decode()
    assert response["Repr-Digest"] == f"sha-256=:{digest}:"
    assert response["Content-Disposition"].startswith("attachment")
    assert Client().get(booklet["url"]).status_code == 401

    mounted = program.get(f"/dav/{ALBUM}/Booklet.pdf")
    assert b"".join(mounted) == BOOKLET
    assert mounted["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Booklet.pdf" in program.get(f"/dav/{ALBUM}/").content.decode()
