"""Files reach their owners while they are made, in their turn, and when something is broken."""

import errno
import os
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import signing
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils.timezone import now

from builders import a_user
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.delivery import cache, making, unmade
from pennywhistle.apps.delivery.errors import BusyError
from pennywhistle.apps.delivery.links import LINK_LIFE, make_link
from pennywhistle.apps.delivery.unmade import Unmade
from pennywhistle.apps.media import custody
from pennywhistle.apps.media.folders import RENDITIONS
from pennywhistle.apps.media.models import Rendition
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.interfaces.common import handing
from pennywhistle.interfaces.common.open_answers import OpenAnswers
from pennywhistle.machine.storage import BucketFolder, Incoming
from pennywhistle.machine.storage.s3 import Prefix
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "text/html,application/xhtml+xml"


@pytest.fixture
def shop() -> SoundingShop:
    return a_sounding_shop()


@pytest.fixture
def buyer(shop: SoundingShop) -> Client:
    client = Client()
    client.force_login(shop.buyer)
    return client


def body(response: HttpResponseBase) -> bytes:
    return response.getvalue()


@pytest.mark.parametrize("recipe", ["wav", "aiff", "mp3-320"])
def test_a_download_that_is_still_being_made_is_resumed_at_once(
    shop: SoundingShop, buyer: Client, recipe: str
) -> None:
    address = f"/download/{shop.sell_track(1).pk}/{recipe}"
    first = buyer.get(address)
    etag, size = first["ETag"], int(first["Content-Length"])
    # Its line breaks after the first piece.
    head = next(iter(first))
    first.close()
    Rendition.objects.all().delete()

    headers = {"Range": f"bytes={len(head)}-", "If-Range": etag}
    rest = buyer.get(address, headers=headers)
    content = head + body(rest)

    assert rest.status_code == 206
    assert rest["Content-Range"] == f"bytes {len(head)}-{size - 1}/{size}"
    assert len(content) == size
    assert content == body(buyer.get(address))


def test_of_a_size_that_is_not_known_yet_the_rest_comes_when_it_is(
    shop: SoundingShop, buyer: Client
) -> None:
    address = f"/download/{shop.sell_track(1).pk}/flac"
    first = buyer.get(address)
    assert "Content-Length" not in first
    whole = body(first)
    Rendition.objects.all().delete()

    rest = buyer.get(address, headers={"Range": "bytes=1000-", "If-Range": first["ETag"]})

    assert rest["Content-Range"] == f"bytes 1000-{len(whole) - 1}/{len(whole)}"
    assert body(rest) == whole[1000:]


def test_what_another_kind_of_processor_makes_is_no_continuation(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/download/{shop.sell_track(1).pk}/opus-64"
    first = buyer.get(address)
    etag, whole = first["ETag"], body(first)
    key = Rendition.objects.get().key
    resume = {"Range": "bytes=1000-", "If-Range": etag}
    assert buyer.get(address, headers=resume).status_code == 206

    Rendition.objects.all().delete()
    monkeypatch.setattr(cache, "processor_kind", lambda: "another")
    anew = buyer.get(address, headers=resume)

    # Its bytes may differ in the last bits of some sums.
    assert (anew.status_code, body(anew)) == (200, whole)
    assert anew["ETag"] != etag
    assert Rendition.objects.get().key == key
    assert buyer.head(address)["ETag"] == anew["ETag"]


def test_an_original_is_the_same_file_on_every_processor(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Release.objects.update(offers_original=True)
    address = f"/download/{shop.sell_track(1).pk}/original"

    told = buyer.head(address)
    monkeypatch.setattr(cache, "processor_kind", lambda: "another")

    # It lies in the store already, so that its size is known before anybody fetches it.
    assert not Rendition.objects.exists()
    fetched = buyer.get(address)
    assert int(told["Content-Length"]) == len(body(fetched))
    assert told["ETag"] == fetched["ETag"]


def test_a_full_pool_says_when_to_come_again_and_is_no_error(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/download/{shop.sell_track(1).pk}/mp3-v0"
    monkeypatch.setattr(making, "first_byte_s", lambda _: 41.2)

    page = buyer.get(address, headers={"Accept": PAGE})
    program = buyer.get(address.replace("mp3-v0", "opus-64"))

    assert (page.status_code, page["Retry-After"]) == (202, "42")
    assert '<meta http-equiv="refresh" content="42">' in page.content.decode()
    assert (program.status_code, program["Retry-After"]) == (503, "42")
    assert program["Content-Type"].startswith("text/plain")
    monkeypatch.undo()
    # It was in the line all the while.
    assert body(buyer.get(address, headers={"Accept": PAGE}))


def test_a_full_disk_fails_one_file_cleanly_and_passes(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned = shop.sell_track(1)
    kept = body(buyer.get(f"/download/{owned.pk}/opus-64"))
    before = {path for path in RENDITIONS.root.rglob("*") if path.is_file()}

    def is_full(_: Incoming, __: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Incoming, "write", is_full)
        refused = buyer.get(f"/download/{owned.pk}/wav")
        still = body(buyer.get(f"/download/{owned.pk}/opus-64"))

    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert still == kept
    assert {path for path in RENDITIONS.root.rglob("*") if path.is_file()} == before
    monkeypatch.setattr(making, "FAILURE_REMEMBERED_S", -1.0)
    assert body(buyer.get(f"/download/{owned.pk}/wav"))


def test_while_the_bucket_is_away_what_is_here_is_sent_and_the_rest_is_put_off(
    shop: SoundingShop, buyer: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned = shop.sell_track(1)
    kept = body(buyer.get(f"/download/{owned.pk}/opus-64"))
    # Nobody listens there any more.
    with socket.create_server(("127.0.0.1", 0)) as closed:
        monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    away = Prefix("s3://record-store/masters", patience=timedelta(seconds=1))
    monkeypatch.setattr(custody, "MASTERS", BucketFolder(tmp_path, away))

    refused = buyer.get(f"/download/{owned.pk}/wav")

    assert (refused.status_code, refused["Retry-After"]) == (503, "30")
    assert body(buyer.get(f"/download/{owned.pk}/opus-64")) == kept


def test_slow_readers_leave_room_for_others(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = OpenAnswers(count_max=3, of_one_max=2)
    monkeypatch.setattr(handing, "OPEN_ANSWERS", answers)
    monkeypatch.setattr(handing, "LARGE_BYTES", 1)
    address = f"/download/{shop.sell_track(1).pk}/wav"

    slow = [buyer.get(address) for _ in range(2)]
    third = buyer.get(address)
    assert (third.status_code, third["Retry-After"], len(answers)) == (503, "10", 2)
    assert buyer.head(address).status_code == 200
    assert buyer.get("/").status_code == 200
    slow.pop().close()

    assert body(buyer.get(address))
    slow.pop().close()
    assert len(answers) == 0


def test_who_waits_for_a_file_has_a_place_however_small_it_becomes(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = OpenAnswers(count_max=3, of_one_max=1)
    monkeypatch.setattr(handing, "OPEN_ANSWERS", answers)
    address = f"/download/{shop.sell_track(1).pk}/flac"
    waited_for = []

    def begin(source: Unmade) -> None:
        waited_for.append(len(answers))
        raise BusyError(7)

    with monkeypatch.context() as patch:
        patch.setattr(Unmade, "begin", begin)
        assert buyer.get(address)["Retry-After"] == "7"
    assert (waited_for, len(answers)) == ([1], 0)

    growing = buyer.get(address)
    assert "Content-Length" not in growing
    refused = buyer.get(address.replace("flac", "opus-64"))
    assert (refused.status_code, refused["Retry-After"], len(answers)) == (503, "10", 1)
    assert buyer.head(address.replace("flac", "opus-64")).status_code == 200
    assert body(growing)
    growing.close()
    assert len(answers) == 0


def test_who_wants_a_part_that_is_far_from_made_is_told_when_to_come_again(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/download/{shop.sell_track(1).pk}/wav"
    joined = making.Making("k")
    monkeypatch.setattr(unmade, "END_PATIENCE_S", 0.01)
    monkeypatch.setattr(
        Unmade, "begin", lambda _: unmade.Foretold("k", size_bytes=10**6, making=joined)
    )

    refused = buyer.get(address, headers={"Range": "bytes=900000-"})

    assert (refused.status_code, refused["Retry-After"]) == (503, "1")


def test_the_bucket_is_asked_for_whole_files_alone(
    owned: Entitlement, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/download/{owned.pk}/opus-64"
    whole = body(buyer.get(address))
    monkeypatch.setattr(settings, "FILES_SENT_BY", "bucket")
    monkeypatch.setattr(handing, "signed_address", lambda *_, **__: "https://bucket.example/file")

    sent_on = buyer.get(address)
    told = buyer.head(address)
    etag = told["ETag"]
    resumed = buyer.get(address, headers={"Range": "bytes=5-", "If-Range": etag})

    assert (sent_on.status_code, sent_on["Location"]) == (302, "https://bucket.example/file")
    assert (told.status_code, told["Content-Length"]) == (200, str(len(whole)))
    assert (resumed.status_code, body(resumed)) == (206, whole[5:])
    assert buyer.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert buyer.get(address, headers={"If-Match": '"other"'}).status_code == 412


def test_a_file_that_was_cut_off_is_made_again(owned: Entitlement, buyer: Client) -> None:
    address = f"/download/{owned.pk}/opus-64"
    whole = body(buyer.get(address))
    os.truncate(RENDITIONS.path(Rendition.objects.get(recipe="opus-64").sha256), 10)

    assert body(buyer.get(address)) == whole


@pytest.fixture
def owned(shop: SoundingShop) -> Entitlement:
    return shop.sell_track(1)


def link(owned: Entitlement) -> str:
    return f"/fetch/{make_link(owned=owned, recipe='opus-64', now=now())}"


def test_a_link_is_made_for_the_owner_and_needs_no_sign_in(
    owned: Entitlement, buyer: Client
) -> None:
    made = buyer.post(f"/download/{owned.pk}/opus-64/link")
    address = made.context["address"].removeprefix(settings.ORIGIN)

    fetched = Client().get(address)

    assert (made.status_code, fetched.status_code) == (201, 200)
    assert fetched["Referrer-Policy"] == "no-referrer"
    assert body(fetched) == body(buyer.get(f"/download/{owned.pk}/opus-64"))
    stranger = Client()
    stranger.force_login(a_user("stranger@example.org"))
    assert stranger.post(f"/download/{owned.pk}/opus-64/link").status_code == 404


def test_a_link_leads_to_what_it_was_made_for_whatever_is_added_to_it(
    shop: SoundingShop, buyer: Client
) -> None:
    album = shop.sell_album()
    first, second = (track.public_id for track in shop.shelf.tracks)
    made = buyer.post(f"/download/{album.pk}/opus-64/link", {"track": first})
    of_one = made.context["address"].removeprefix(settings.ORIGIN)
    of_all = f"/fetch/{make_link(owned=album, recipe='opus-64', now=now())}"

    assert body(Client().get(f"{of_one}?track={second}")) == body(Client().get(of_one))
    assert Client().get(f"{of_all}?track={second}").status_code == 302


def test_a_link_that_does_not_hold_opens_nothing(
    shop: SoundingShop, owned: Entitlement, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = link(owned)
    past = make_link(owned=owned, recipe="opus-64", now=now() - LINK_LIFE - timedelta(seconds=1))
    other = signing.dumps([owned.buyer_id], salt="another")
    stranger = Client()
    stranger.force_login(a_user("stranger@example.org"))

    assert Client().get(good).status_code == 200
    assert stranger.get(good).status_code == 404
    for token in (past, other, good.removeprefix("/fetch/")[:-1] + "~", "x"):
        assert Client().get(f"/fetch/{token}").status_code == 403
    with monkeypatch.context() as patch:
        patch.setattr(settings, "SECRET_KEY", "k" * 50)
        assert Client().get(good).status_code == 403
    shop.buyer.set_password("another password")
    shop.buyer.save()
    assert Client().get(good).status_code == 403


def test_a_link_to_what_its_maker_does_not_own_any_more_opens_nothing(owned: Entitlement) -> None:
    # As when a sale is taken back: the entitlement is not found among the person's.
    owned.pk += 1

    assert Client().get(link(owned)).status_code == 404


def test_nginx_is_told_which_file_to_send(
    owned: Entitlement, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/download/{owned.pk}/opus-64"
    whole = body(buyer.get(address))
    monkeypatch.setattr(settings, "FILES_SENT_BY", "nginx")

    told = buyer.get(address, headers={"Range": "bytes=0-9"})
    place = Path(told["X-Accel-Redirect"])
    resumed = buyer.get(address, headers={"Range": "bytes=5-", "If-Range": told["ETag"]})

    assert (told.status_code, body(told)) == (200, b"")
    assert place.parts[:3] == ("/", "_files", "renditions")
    assert RENDITIONS.root.joinpath(*place.parts[3:]).read_bytes() == whole
    assert told["Content-Disposition"] == 'attachment; filename="01 Track 1.opus"'
    assert (resumed.status_code, body(resumed)) == (206, whole[5:])
    assert buyer.get(address, headers={"If-None-Match": told["ETag"]}).status_code == 304
    assert "X-Accel-Redirect" not in buyer.get(f"/download/{owned.pk}/wav")


def test_the_patience_of_a_reader_is_below_that_of_proxies() -> None:
    assert unmade.FIRST_BYTE_PATIENCE_S < unmade.END_PATIENCE_S < 60
