"""Several owned things come out as one zip of known size, to their owner alone."""

import hashlib
import io
import time
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from builders import NOON, a_shelf, a_user
from pennywhistle.apps.delivery import archives, lasting, manifests
from pennywhistle.apps.delivery.actions import note_wishes
from pennywhistle.apps.delivery.naming import Naming
from pennywhistle.apps.delivery.plans import PLANS_MAX, Plans
from pennywhistle.apps.delivery.wishes import Wishes
from pennywhistle.apps.media.folders import RENDITIONS
from pennywhistle.apps.media.models import Rendition
from pennywhistle.apps.proof.till import Till
from pennywhistle.engines.tlog.delegation import sign_delegation, till_name
from pennywhistle.engines.tlog.manifest import open_manifest
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.interfaces.shop import archives as shop_archives
from sounding_shop import SoundingShop, a_sounding_shop, give_sound, tune

pytestmark = pytest.mark.django_db(transaction=True)
KEY = SigningKey("records.example/log", b"k" * 32)


@pytest.fixture(autouse=True)
def _log(monkeypatch: pytest.MonkeyPatch) -> None:
    till = SigningKey(till_name(KEY.name), b"t" * 32)
    delegation = sign_delegation(till.verifier, until_us=2**62, signers=[KEY])
    monkeypatch.setattr(manifests, "the_till", lambda: Till(till, delegation))


@pytest.fixture
def shop() -> SoundingShop:
    return a_sounding_shop()


@pytest.fixture
def buyer(shop: SoundingShop) -> Client:
    client = Client()
    client.force_login(shop.buyer)
    return client


def ready(client: Client, address: str) -> HttpResponseBase:
    """The archive, when its tracks are made."""
    deadline = time.monotonic() + 60
    page = {"Accept": "text/html"}
    while (response := client.get(address, follow=True, headers=page)).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert response.status_code == 200
    return response


def names_in(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        return opened.namelist()


def another_album(shop: SoundingShop, title: str) -> SoundingShop:
    """One more release that the same buyer can buy."""
    shelf = a_shelf(title=title, track_count=1)
    give_sound(shelf.tracks[0], tune(pitch_hz=330.0))
    return SoundingShop(shelf, shop.buyer)


def test_a_whole_shelf_is_one_zip_with_a_folder_for_each_release(
    shop: SoundingShop, buyer: Client
) -> None:
    shop.sell_track(2)
    another_album(shop, "Second Wind")
    third = another_album(shop, "Third Rail")
    third.sell(third.shelf.album, price="0.35", key="third")

    answer = ready(buyer, "/download/shelf/wav.zip")
    content = answer.getvalue()

    assert len(content) == int(answer["Content-Length"])
    assert answer["Content-Disposition"] == 'attachment; filename="Shelf.zip"'
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        music = [name for name in opened.namelist() if name.endswith(".wav")]
        assert [name.split("/")[0] for name in music] == ["Shelf", "Shelf"]
        assert music[0] == "Shelf/Tin Weather Payee 1 - Tin Weather/02 Track 2.wav"
        assert music[1].split("/")[1].endswith("Third Rail")
        assert sum(name.startswith("Shelf/receipts/") for name in opened.namelist()) == 2
        sums = opened.read("Shelf/SHA256SUMS")
        listed = dict(line.split("  ")[::-1] for line in sums.decode().splitlines())
        for name, digest in listed.items():
            assert hashlib.sha256(opened.read(f"Shelf/{name}")).hexdigest() == digest
        assert {f"Shelf/{name}" for name in listed} | {
            "Shelf/SHA256SUMS",
            "Shelf/MANIFEST",
        } == set(opened.namelist())
        manifest = open_manifest(opened.read("Shelf/MANIFEST"), keys=[KEY.verifier])
    assert manifest.sums_sha256 == hashlib.sha256(sums).hexdigest()
    assert manifest.file_count == len(listed)


def test_a_track_owned_twice_is_in_the_zip_once(shop: SoundingShop, buyer: Client) -> None:
    shop.sell_track(1)
    shop.sell(shop.shelf.album, price="0.21", key="rest")

    names = names_in(ready(buyer, "/download/shelf/wav.zip").getvalue())

    assert [name.split("/")[-1] for name in names if name.endswith(".wav")] == [
        "01 Track 1.wav",
        "02 Track 2.wav",
    ]
    assert sum("/receipts/" in name for name in names) == 2


def test_releases_of_one_name_get_folders_of_their_own(shop: SoundingShop, buyer: Client) -> None:
    shop.sell_track(1)
    twin = another_album(shop, "Twin")
    twin.sell(twin.shelf.album, price="0.35", key="twin")
    release = twin.shelf.release
    release.title, release.artist_line = "TIN WEATHER", shop.shelf.release.artist_line
    release.save()

    names = names_in(ready(buyer, "/download/shelf/wav.zip").getvalue())

    folders = {name.split("/")[1] for name in names if name.endswith(".wav")}
    artist = release.artist_line
    assert folders == {f"{artist} - Tin Weather", f"{artist} - TIN WEATHER [{release.public_id}]"}


def test_folders_follow_the_naming_scheme_of_the_account(shop: SoundingShop, buyer: Client) -> None:
    shop.sell_track(1)
    note_wishes(user_id=shop.buyer.pk, wishes=Wishes(naming=Naming.FOLDERS))

    names = names_in(ready(buyer, "/download/shelf/wav.zip").getvalue())

    assert names[0] == "Shelf/Tin Weather Payee 1/2026 - Tin Weather/01 Track 1.wav"


def test_a_selection_and_an_order_hold_what_they_name(shop: SoundingShop, buyer: Client) -> None:
    first, second = shop.sell_track(1), shop.sell_track(2)

    chosen = names_in(ready(buyer, f"/download/shelf/wav.zip?item={second.pk}").getvalue())
    ordered = ready(buyer, f"/download/order/{first.line.order_id}/wav.zip")

    assert chosen[0] == "Selection/Tin Weather Payee 1 - Tin Weather/02 Track 2.wav"
    day = f"{NOON:%Y-%m-%d}"
    assert names_in(ordered.getvalue())[0] == (
        f"Order {day}/Tin Weather Payee 1 - Tin Weather/01 Track 1.wav"
    )
    assert ordered["Content-Disposition"] == f'attachment; filename="Order {day}.zip"'


def test_a_shelf_that_was_cut_off_is_resumed(shop: SoundingShop, buyer: Client) -> None:
    shop.sell_album()
    address = "/download/shelf/wav.zip"
    whole = ready(buyer, address)
    content, etag = whole.getvalue(), whole["ETag"]

    rest = buyer.get(address, headers={"Range": "bytes=777777-", "If-Range": etag})

    assert (rest.status_code, rest.getvalue()) == (206, content[777_777:])
    assert rest["Content-Range"] == f"bytes 777777-{len(content) - 1}/{len(content)}"
    beyond = buyer.get(address, headers={"Range": f"bytes={len(content)}-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("GET", {"Accept": "*/*"}),
        ("GET", {"Accept": "text/html", "Range": "bytes=0-"}),
        ("HEAD", {"Accept": "text/html"}),
    ],
)
def test_no_program_takes_the_page_that_waits_for_the_archive(
    buyer: Client, monkeypatch: pytest.MonkeyPatch, method: str, headers: dict[str, str]
) -> None:
    def prepared(*, has_failed: bool) -> HttpResponseBase:
        preparing = archives.Preparing(1, 2, has_failed=has_failed)
        monkeypatch.setattr(shop_archives, "archive_of_several", lambda **_: preparing)
        return buyer.generic(method, "/download/shelf/wav.zip", headers=headers)

    later, never = prepared(has_failed=False), prepared(has_failed=True)

    assert (later.status_code, later["Retry-After"]) == (503, "5")
    assert later["Content-Type"].startswith("text/plain")
    assert (never.status_code, never.get("Retry-After")) == (500, None)


def test_the_form_on_the_shelf_leads_to_the_address_of_its_format(
    shop: SoundingShop, buyer: Client
) -> None:
    owned = shop.sell_track(1)

    page = buyer.get("/shelf").content.decode()
    answer = buyer.get("/download/shelf/flac.zip", {"format": "mp3-v0", "item": [owned.pk]})

    assert 'action="/download/shelf/flac.zip"' in page
    assert f'name="item" value="{owned.pk}"' in page
    assert answer["Location"] == f"/download/shelf/mp3-v0.zip?item={owned.pk}"
    assert buyer.get("/download/shelf/flac.zip", {"format": "//evil"}).status_code == 404


def test_what_a_zip_holds_is_looked_up_once_for_all_its_parts(
    shop: SoundingShop, buyer: Client, django_assert_max_num_queries
) -> None:
    shop.sell_album()
    address = "/download/shelf/wav.zip"
    whole = ready(buyer, address).getvalue()

    with django_assert_max_num_queries(6):
        part = buyer.get(address, headers={"Range": "bytes=0-99"})

    assert part.getvalue() == whole[:100]
    newer = another_album(shop, "Newer")
    newer.sell(newer.shelf.album, price="0.35", key="newer")
    assert ready(buyer, address).getvalue() != whole


def test_a_plan_holds_for_a_moment_and_is_not_kept_for_ever() -> None:
    plans: Plans[str] = Plans()
    plans.keep("key", "plan", now=NOON)

    assert plans.find("key", now=NOON + timedelta(seconds=59)) == "plan"
    assert plans.find("key", now=NOON + timedelta(seconds=60)) is None
    for number in range(PLANS_MAX):
        plans.keep(number, "other", now=NOON)
    assert plans.find("key", now=NOON) is None


def test_what_the_cache_forgets_while_a_zip_is_sent_is_made_again(
    shop: SoundingShop, buyer: Client
) -> None:
    shop.sell_album()
    address = "/download/shelf/opus-64.zip"
    whole = ready(buyer, address).getvalue()

    slow = ready(buyer, address)
    head = next(iter(slow))
    for row in Rendition.objects.filter(recipe="opus-64"):
        RENDITIONS.remove(row.sha256)
        row.delete()

    assert head + b"".join(slow) == whole
    slow.close()


def test_what_a_zip_holds_is_in_use_while_it_is_sent(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sell_album()
    slow = ready(buyer, "/download/shelf/opus-64.zip")
    next(iter(slow))
    Rendition.objects.update(used_at=NOON)
    monkeypatch.setattr(lasting, "USED_AT_GRAIN_S", 0)

    assert b"".join(slow)
    slow.close()

    assert all(row.used_at > NOON for row in Rendition.objects.filter(recipe="opus-64"))


def test_a_shelf_that_is_too_large_is_told_so(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sell_album()
    monkeypatch.setattr(archives, "RELEASES_MAX", 0)

    assert buyer.get("/download/shelf/opus-64.zip").status_code == 413
    assert not Rendition.objects.filter(recipe="opus-64").exists()


@pytest.mark.parametrize("item", ["x", "-1", "1" * 5_000, "٣", ""])
def test_what_is_no_selection_is_refused(shop: SoundingShop, buyer: Client, item: str) -> None:
    shop.sell_track(1)

    assert buyer.get("/download/shelf/wav.zip", {"item": item}).status_code == 400


def test_what_is_another_persons_is_not_there(shop: SoundingShop) -> None:
    owned = shop.sell_track(1)
    stranger = Client()
    stranger.force_login(a_user("stranger@example.org"))

    for address in (
        "/download/shelf/wav.zip",
        f"/download/shelf/wav.zip?item={owned.pk}",
        f"/download/order/{owned.line.order_id}/wav.zip",
        f"/download/order/{uuid.UUID(int=7)}/wav.zip",
    ):
        assert stranger.get(address).status_code == 404
        assert Client().get(address).status_code == 302
    assert not Rendition.objects.exists()
