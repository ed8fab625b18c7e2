"""What is owned comes out as the file that was promised, to its owner alone."""

import hashlib
import io
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest
from django.conf import settings
from django.http.response import HttpResponseBase
from django.test import Client

from builders import NOON, a_user
from pennywhistle.apps.delivery import receipts
from pennywhistle.apps.media.folders import COVERS, MASTERS, RENDITIONS
from pennywhistle.apps.media.models import Cover, Rendition
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import Log, log_folder
from pennywhistle.engines.audio import RECIPES
from pennywhistle.engines.audio.untyped import FLAC, ID3, MP4
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.verify import verify_receipt
from pennywhistle.machine.storage import Folder
from sounding_shop import SECONDS, SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> SoundingShop:
    return a_sounding_shop()


@pytest.fixture
def buyer(shop: SoundingShop) -> Client:
    client = Client()
    client.force_login(shop.buyer)
    return client


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    origin = "records.example/log"
    made = Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)
    monkeypatch.setattr(receipts, "the_log", lambda: made)
    return made


def body(response: HttpResponseBase) -> bytes:
    return response.getvalue()


def get_when_ready(client: Client, address: str) -> HttpResponseBase:
    """Ask for an archive until its tracks are made."""
    deadline = time.monotonic() + 30
    while (response := client.get(address, headers={"Accept": "text/html"})).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert response.status_code == 200
    return response


def duration_s(content: bytes) -> float:
    with av.open(io.BytesIO(content), "r") as file:
        samples = sum(frame.samples for frame in file.decode(audio=0))
        return samples / file.streams.audio[0].sample_rate


# One of each codec; every other recipe differs in a number.
@pytest.mark.parametrize(
    ("recipe", "mime_type", "codec", "file_name"),
    [
        ("flac", "audio/flac", "flac", "01 Track 1.flac"),
        ("alac", "audio/mp4", "alac", "01 Track 1.m4a"),
        ("wav", "audio/wav", "pcm_s16le", "01 Track 1.wav"),
        ("aiff", "audio/aiff", "pcm_s16be", "01 Track 1.aiff"),
        ("mp3-v0", "audio/mpeg", "mp3float", "01 Track 1.mp3"),
        ("mp3-320", "audio/mpeg", "mp3float", "01 Track 1.mp3"),
        ("aac-256", "audio/mp4", "aac", "01 Track 1.m4a"),
        ("opus-128", "audio/ogg", "opus", "01 Track 1.opus"),
    ],
)
def test_a_track_comes_out_in_every_form(
    shop: SoundingShop,
    buyer: Client,
    recipe: str,
    mime_type: str,
    codec: str,
    file_name: str,
) -> None:
    address = f"/download/{shop.sell_track(1).pk}/{recipe}"

    made = buyer.get(address)
    content = body(made)
    kept = buyer.get(address)

    assert made["Content-Type"] == mime_type
    assert made["Content-Disposition"] == f'attachment; filename="{file_name}"'
    assert made["Cache-Control"] == "private, no-store"
    assert (body(kept), kept["ETag"]) == (content, made["ETag"])
    assert int(kept["Content-Length"]) == len(content)
    with av.open(io.BytesIO(content), "r") as file:
        assert file.streams.audio[0].codec_context.name.removeprefix("lib") == codec
    assert duration_s(content) == pytest.approx(SECONDS, abs=0.05)


def test_every_recipe_has_an_address(shop: SoundingShop, buyer: Client) -> None:
    owned = shop.sell_track(1)

    answers = {buyer.head(f"/download/{owned.pk}/{recipe.name}").status_code for recipe in RECIPES}

    assert answers == {200}
    assert not Rendition.objects.exists()
    assert buyer.get(f"/download/{owned.pk}/mp3-999").status_code == 404


def test_the_file_says_what_it_is_and_nothing_of_its_buyer(
    shop: SoundingShop, buyer: Client
) -> None:
    owned = shop.sell_track(1)
    mp3, flac, m4a = (
        body(buyer.get(f"/download/{owned.pk}/{recipe}"))
        for recipe in ("mp3-v0", "flac", "aac-256")
    )

    id3 = ID3(io.BytesIO(mp3))
    shown = {name: str(id3[name]) for name in ("TIT2", "TPE1", "TALB", "TPE2", "TRCK", "TDRC")}
    assert shown == {
        "TIT2": "Track 1",
        "TPE1": "Tin Weather Payee 1",
        "TALB": "Tin Weather",
        "TPE2": "Tin Weather Payee 1",
        "TRCK": "1/2",
        "TDRC": "2026-11-01",
    }
    assert (str(id3["TSRC"]), str(id3["TCOM"])) == ("GBAYE0000001", "Cleo Composer")
    assert (str(id3["TCON"]), str(id3["TPUB"])) == ("Folk", "Tin Weather Label")
    assert (str(id3["TXXX:ISWC"]), str(id3["TXXX:ITUNESADVISORY"])) == ("T0000000010", "1")
    assert id3["TIPL"].people == [["producer", "Pru Producer"]]
    cover = id3.getall("APIC")[0].data
    assert COVERS.has(hashlib.sha256(cover).hexdigest())
    opened = FLAC(io.BytesIO(flac))
    assert (opened["title"], opened["barcode"]) == (["Track 1"], ["0123456789012"])
    assert opened.pictures[0].data == cover
    assert (opened["producer"], opened["itunesadvisory"]) == (["Pru Producer"], ["1"])
    atoms = MP4(io.BytesIO(m4a)).tags
    assert (atoms["trkn"], atoms["rtng"]) == ([(1, 2)], [1])
    assert atoms["----:com.apple.iTunes:PRODUCER"] == [b"Pru Producer"]
    for content in (mp3, flac, m4a):
        for secret in (shop.buyer.email, shop.buyer.public_id, str(owned.line_id)):
            assert secret.encode() not in content


def test_what_was_lost_from_the_cache_is_made_again_with_the_same_bytes(
    shop: SoundingShop, buyer: Client
) -> None:
    address = f"/download/{shop.sell_track(1).pk}/aac-256"
    first = body(buyer.get(address))
    RENDITIONS.remove(Rendition.objects.get().sha256)

    part = buyer.get(address, headers={"Range": "bytes=1000-1999"})

    assert (part.status_code, body(part)) == (206, first[1000:2000])
    assert body(buyer.get(address)) == first
    Rendition.objects.all().delete()
    assert body(buyer.get(address)) == first


def test_a_part_of_what_is_not_made_yet_waits_for_it(shop: SoundingShop, buyer: Client) -> None:
    address = f"/download/{shop.sell_track(1).pk}/mp3-v0"

    part = buyer.get(address, headers={"Range": "bytes=-500"})
    whole = body(buyer.get(address))

    assert (part.status_code, body(part)) == (206, whole[-500:])
    assert part["Content-Range"] == f"bytes {len(whole) - 500}-{len(whole) - 1}/{len(whole)}"


def test_a_decoder_that_fails_at_a_file_fails_at_that_file_only(
    shop: SoundingShop, buyer: Client
) -> None:
    broken, good = shop.sell_track(1), shop.sell_track(2)
    master = shop.shelf.tracks[0].recording.master
    master.sha256 = MASTERS.put([b"RIFF" + bytes(100)]).sha256
    master.save()

    answer = buyer.get(f"/download/{broken.pk}/mp3-v0")

    assert answer.status_code == 500
    assert "could not be made" in answer.content.decode()
    assert not Rendition.objects.exists()
    assert (
        buyer.get(f"/download/{broken.pk}/mp3-v0", headers={"Range": "bytes=1-"}).status_code == 500
    )
    assert body(buyer.get(f"/download/{good.pk}/mp3-v0"))


HOSTILE_TITLES = {
    "../../etc/passwd": "01 etc-passwd.wav",
    "a/b\\c:*?": "01 a-b-c-__.wav",
    "left\u202eright": "01 leftright.wav",
    "Cafe\u0301": "01 Caf\u00e9.wav",
    "x" * 500: f"01 {'x' * 100}.wav",
    "\n": "01 untitled.wav",
    "CON": "01 _CON.wav",
    "🎵": "01 🎵.wav",
    '" ; filename=evil.exe': "01 ' ; filename=evil.exe.wav",
}


def test_hostile_titles_end_in_safe_names(shop: SoundingShop, buyer: Client) -> None:
    owned = shop.sell_track(1)
    track = shop.shelf.tracks[0]

    for title, file_name in HOSTILE_TITLES.items():
        track.title = title
        track.save()
        single = buyer.head(f"/download/{owned.pk}/wav")["Content-Disposition"]
        archive = get_when_ready(buyer, f"/download/{owned.pk}/wav.zip")
        with zipfile.ZipFile(io.BytesIO(body(archive))) as opened:
            (name,) = (name for name in opened.namelist() if name.endswith(".wav"))

        folder, _, last = name.partition("/")
        assert last == file_name
        assert folder not in {"", ".", ".."}
        assert "\n" not in single
        assert single.startswith("attachment; filename")
        assert single.isascii()


def test_an_album_comes_out_as_a_zip_of_known_size(shop: SoundingShop, buyer: Client) -> None:
    address = f"/download/{shop.sell_album().pk}/mp3-v0.zip"

    first = buyer.get(address, headers={"Accept": "text/html"})
    ready = get_when_ready(buyer, address)
    content = body(ready)

    assert (first.status_code, first["Content-Type"]) == (202, "text/html; charset=utf-8")
    assert len(content) == int(ready["Content-Length"])
    assert ready["Content-Disposition"] == (
        'attachment; filename="Tin Weather Payee 1 - Tin Weather.zip"'
    )
    folder = "Tin Weather Payee 1 - Tin Weather/"
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        names = [name.removeprefix(folder) for name in opened.namelist()]
        assert names == [
            "01 Track 1.mp3",
            "02 Track 2.mp3",
            "cover.jpg",
            "RECEIPT-PENDING.txt",
            "SHA256SUMS",
        ]
        sums = opened.read(folder + "SHA256SUMS").decode().splitlines()
        for line in sums:
            digest, name = line.split("  ")
            assert hashlib.sha256(opened.read(folder + name)).hexdigest() == digest
        assert len(sums) == 4
        pending = opened.read(folder + "RECEIPT-PENDING.txt").decode()
        assert f"/receipt/{Entitlement.objects.get().line_id}.tlog-proof" in pending
    single = buyer.get(address.removesuffix(".zip"), {"track": shop.shelf.tracks[1].public_id})
    assert body(single) in content


def test_an_archive_that_was_cut_off_is_resumed(shop: SoundingShop, buyer: Client) -> None:
    address = f"/download/{shop.sell_album().pk}/opus-128.zip"
    ready = get_when_ready(buyer, address)
    whole, etag = body(ready), ready["ETag"]

    pieces = b""
    while len(pieces) < len(whole):
        asked = f"bytes={len(pieces)}-{len(pieces) + 69_999}"
        part = buyer.get(address, headers={"Range": asked, "If-Range": etag})
        assert part.status_code == 206
        pieces += body(part)

    assert pieces == whole
    assert buyer.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_the_receipt_comes_with_the_archive_and_stays_the_same(
    shop: SoundingShop, buyer: Client, log: Log
) -> None:
    owned = shop.sell_track(1)
    address, receipt = f"/download/{owned.pk}/wav.zip", f"/receipt/{owned.line_id}.tlog-proof"
    pending = get_when_ready(buyer, address)["ETag"]
    not_yet = buyer.get(receipt)
    assert (not_yet.status_code, not_yet["Retry-After"]) == (503, "3")

    _seal(log)
    sealed = buyer.get(address)
    proof = body(buyer.get(receipt))
    assert verify_receipt(proof, keys=[log.verifier]).state == "sealed"
    with zipfile.ZipFile(io.BytesIO(body(sealed))) as opened:
        assert opened.testzip() is None
        (name,) = (name for name in opened.namelist() if "eceipt" in name)
        assert opened.read(name) == proof

    shop.sell_track(2)
    _seal(log)
    assert buyer.get(address)["ETag"] == sealed["ETag"] != pending

    work.close_page(log=log, now=NOON)
    _seal(log)
    paged = verify_receipt(body(buyer.get(receipt)), keys=[log.verifier])
    assert paged.state == "paged"
    assert paged.passed
    assert buyer.get(address)["ETag"] != sealed["ETag"]


def _seal(log: Log) -> None:
    work.order_waiting()
    work.publish(log=log)


def test_the_progress_page_asks_for_itself_and_its_part_answers_alone(
    shop: SoundingShop, buyer: Client
) -> None:
    address = f"/download/{shop.sell_album().pk}/flac.zip"

    page = buyer.get(address, headers={"Accept": "text/html"}).content.decode()
    assert f'hx-get="{address}"' in page
    assert '<meta http-equiv="refresh"' in page
    get_when_ready(buyer, address)
    part = buyer.get(address, headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert f'href="{address}"' in part.content.decode()


def test_bought_music_downloads_while_log_and_providers_are_down(
    shop: SoundingShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned = shop.sell_track(1)
    # Ordered, but nothing was ever published: no keys, no tiles.
    work.order_waiting()
    monkeypatch.setattr(settings, "KEYS", "/nonexistent")
    monkeypatch.setattr(settings, "PAYMENT_PROVIDERS", [])

    archive = get_when_ready(buyer, f"/download/{owned.pk}/mp3-v0.zip")

    with zipfile.ZipFile(io.BytesIO(body(archive))) as opened:
        assert opened.testzip() is None


def test_music_that_left_the_shelves_stays_its_owners(shop: SoundingShop, buyer: Client) -> None:
    owned = shop.sell_track(1)
    shop.shelf.release.withdrawn_at = NOON
    shop.shelf.release.save()
    track = shop.shelf.tracks[0].public_id

    assert body(buyer.get(f"/download/{owned.pk}/wav"))
    assert body(buyer.get(f"/stream/{track}"))
    assert buyer.get(f"/preview/{track}").status_code == 404


def test_a_track_bought_by_itself_opens_no_other(shop: SoundingShop, buyer: Client) -> None:
    owned, other = shop.sell_track(1), shop.shelf.tracks[1].public_id

    assert buyer.get(f"/download/{owned.pk}/wav", {"track": other}).status_code == 404
    assert buyer.get(f"/stream/{other}").status_code == 404


def test_an_album_asked_for_as_one_file_is_an_archive(shop: SoundingShop, buyer: Client) -> None:
    owned = shop.sell_album()

    assert buyer.get(f"/download/{owned.pk}/wav")["Location"] == f"/download/{owned.pk}/wav.zip"


@pytest.fixture
def addresses(shop: SoundingShop) -> list[str]:
    """Everything that belongs to the buyer."""
    owned = shop.sell_album()
    track = shop.shelf.tracks[0].public_id
    return [
        f"/download/{owned.pk}/wav?track={track}",
        f"/download/{owned.pk}/wav",
        f"/download/{owned.pk}/wav.zip",
        f"/stream/{track}",
        f"/receipt/{owned.line_id}.tlog-proof",
    ]


@pytest.mark.parametrize("method", ["get", "head"])
def test_what_is_another_persons_is_not_there(
    shop: SoundingShop, addresses: list[str], buyer: Client, method: str
) -> None:
    stranger = Client()
    stranger.force_login(a_user("stranger@example.org"))

    def statuses(client: Client) -> list[int]:
        ask: Callable[[str], HttpResponseBase] = getattr(client, method)
        return [ask(address).status_code for address in addresses]

    assert statuses(stranger) == [404] * 5
    assert statuses(Client()) == [302] * 5
    assert Rendition.objects.count() == 0
    assert 404 not in statuses(buyer)
    # The buyer's archive is being made meanwhile; the test leaves when it is done.
    get_when_ready(buyer, addresses[2])


@pytest.mark.parametrize(
    "address", [f"/receipt/{uuid.UUID(int=7)}.tlog-proof", "/stream/nothing", "/preview/nothing"]
)
def test_what_does_not_exist_is_not_there(buyer: Client, address: str) -> None:
    assert buyer.get(address).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_files_are_only_read(addresses: list[str], buyer: Client, method: str) -> None:
    assert {getattr(buyer, method)(address).status_code for address in addresses} == {405}


def test_a_preview_is_open_to_the_world(shop: SoundingShop, client: Client) -> None:
    address = f"/preview/{shop.shelf.tracks[0].public_id}"
    made = client.get(address)
    content = body(made)

    assert made["Cache-Control"] == "public, max-age=86400"
    assert "Cookie" not in made["Vary"]
    assert int(made["Content-Length"]) == len(content)
    assert duration_s(content) == pytest.approx(SECONDS, abs=0.1)
    part = client.get(address, headers={"Range": "bytes=0-0"})
    assert (part.status_code, body(part)) == (206, content[:1])
    assert body(client.get(address)) == content


def test_what_was_never_published_has_no_preview(shop: SoundingShop, client: Client) -> None:
    shop.shelf.release.published_at = None
    shop.shelf.release.save()

    assert client.get(f"/preview/{shop.shelf.tracks[0].public_id}").status_code == 404


def test_an_owner_hears_all_of_it(shop: SoundingShop, buyer: Client) -> None:
    shop.sell_album()
    played = buyer.get(f"/stream/{shop.shelf.tracks[1].public_id}")

    assert played["Content-Type"] == "audio/mpeg"
    assert "Content-Disposition" not in played
    assert duration_s(body(played)) == pytest.approx(SECONDS, abs=0.05)


def test_covers_are_kept_for_ever_and_nothing_else_is_a_cover(
    shop: SoundingShop, client: Client
) -> None:
    cover = Cover.objects.get()
    small = cover.sizes["jpeg-320"]
    answer = client.get(f"/cover/{small}.jpg")

    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert hashlib.sha256(body(answer)).hexdigest() == small
    assert client.get(f"/cover/{cover.sizes['avif-320']}.avif")["Content-Type"] == "image/avif"
    for address in (
        f"{cover.sha256}.jpg",  # as delivered: never served
        f"{small}.avif",
        f"{small}.svg",
        f"{'0' * 64}.jpg",
        "..%2F..%2Fsecrets.jpg",
        f"{small.upper()}.jpg",
    ):
        assert client.get(f"/cover/{address}").status_code == 404


@pytest.fixture
def published() -> Iterator[None]:
    folder = log_folder()
    folder.write("checkpoint", b"records.example/log\n1\n")
    folder.write("tile/0/000.p/1", b"x" * 32)
    folder.write("secret", b"hidden")
    yield
    for name in ("checkpoint", "tile/0/000.p/1", "secret"):
        (folder.root / name).unlink()


@pytest.mark.usefixtures("published")
def test_the_log_is_served_as_static_files(client: Client) -> None:
    checkpoint, tile = client.get("/log/checkpoint"), client.get("/log/tile/0/000.p/1")

    assert body(checkpoint) == b"records.example/log\n1\n"
    assert checkpoint["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint["Cache-Control"] == "public, no-cache"
    assert body(tile) == b"x" * 32
    assert tile["Content-Type"] == "application/octet-stream"
    assert "immutable" in tile["Cache-Control"]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "path", ["secret", "tile/../secret", "tile/0/0", "tile/0/001", "%2e%2e/secrets/log_key", "/"]
)
def test_nothing_else_is_served_from_the_log(client: Client, path: str) -> None:
    assert client.get(f"/log/{path}").status_code == 404
