"""Everybody may hear two formats on the preview's passage; owners on any."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

import av
import pytest
from django.db import connection
from django.test import Client

from pennywhistle.apps.delivery import aside, passages
from pennywhistle.apps.media.folders import MASTERS, RENDITIONS
from pennywhistle.apps.media.models import Master, Rendition
from pennywhistle.apps.media.work import FileRefusedError
from pennywhistle.interfaces.shop.tests.test_downloads import body
from pennywhistle.machine.storage import Stored
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


def _address(shop: SoundingShop, recipe: str) -> str:
    track = shop.sell_track(1).track
    return f"/compare/{track.public_id}/{recipe}.flac"


def test_the_page_has_two_players_without_scripts(shop: SoundingShop) -> None:
    track = shop.sell_track(1).track

    page = Client().get(f"/track/{track.slug}-{track.public_id}/compare?a=mp3-v2&b=opus-64")

    assert page.status_code == 200
    assert [side["recipe"] for side in page.context["sides"]] == ["mp3-v2", "opus-64"]
    assert page.content.decode().count("<audio controls") == 2
    assert len(page.context["starts"]) == 1


def test_a_passage_is_flac_made_once_and_kept(shop: SoundingShop) -> None:
    address, visitor = _address(shop, "mp3-v2"), Client()

    first = visitor.get(address)
    content = body(first)
    again = visitor.get(address)

    assert (first.status_code, first["Content-Type"]) == (200, "audio/flac")
    assert (body(again), again["ETag"]) == (content, first["ETag"])
    assert Rendition.objects.filter(recipe="passage").count() == 1
    with av.open(io.BytesIO(content)) as file:
        heard = sum(frame.samples for frame in file.decode(audio=0))
        assert heard / file.streams.audio[0].sample_rate == pytest.approx(min(SECONDS, 10), abs=0.1)


@pytest.mark.parametrize("recipe", ["mp3-abr-111", "opus-77"])
def test_free_choice_is_for_those_who_are_signed_in(
    shop: SoundingShop, buyer: Client, recipe: str
) -> None:
    address = _address(shop, recipe)

    assert Client().get(address).status_code == 404
    assert buyer.get(address).status_code == 200


@pytest.mark.parametrize("recipe", ["original", "mp3-999", "passage"])
def test_what_is_no_form_is_not_compared(shop: SoundingShop, buyer: Client, recipe: str) -> None:
    assert buyer.get(_address(shop, recipe)).status_code == 404


def test_only_an_owner_chooses_where_the_passage_begins(shop: SoundingShop) -> None:
    track = shop.sell_track(1).track
    Master.objects.filter(recording=track.recording_id).update(sample_count=44_100 * 60)
    now = shop.shelf.release.published_at

    mine = passages.comparable_track(public_id=track.public_id, user=shop.buyer, now=now)
    anybody = passages.comparable_track(public_id=track.public_id, user=None, now=now)

    assert mine is not None
    assert anybody is not None
    assert {0, 10_000, 40_000} <= set(mine.starts_ms)
    assert mine.start_ms("40000") == 40_000
    assert anybody.start_ms("40000") == anybody.starts_ms[0]
    assert mine.start_ms("40001") == mine.start_ms("x") == mine.starts_ms[0]


def test_those_who_ask_for_the_same_at_once_have_it_made_once(
    shop: SoundingShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, go_on, made = _address(shop, "mp3-v2"), threading.Event(), []

    def slowly(sha256: str, *, recipe: str, start_ms: int, length_ms: int) -> Stored:
        made.append((sha256, recipe, start_ms, length_ms))
        assert go_on.wait(20)
        return RENDITIONS.put([b"fLaC"])

    monkeypatch.setattr(passages, "make_passage", slowly)
    monkeypatch.setattr(aside, "_waiting", threading.BoundedSemaphore(2))
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(_get, address) for _ in range(3)]
        # One more than may wait: it is answered although nothing is made yet.
        refused = next(as_completed(asked)).result()
        go_on.set()
        statuses = sorted(each.result()[0] for each in asked)

    assert refused == (503, "5")
    assert statuses == [200, 200, 503]
    assert len(made) == 1


def _get(address: str) -> tuple[int, str]:
    try:
        answer = Client().get(address)
        answer.close()
        return answer.status_code, answer.get("Retry-After", "")
    finally:
        connection.close()


def test_nobody_waits_for_long(shop: SoundingShop, monkeypatch: pytest.MonkeyPatch) -> None:
    address, go_on = _address(shop, "mp3-v2"), threading.Event()

    def slowly(sha256: str, **_: object) -> Stored:
        assert go_on.wait(20)
        return RENDITIONS.put([sha256.encode()])

    monkeypatch.setattr(passages, "make_passage", slowly)
    monkeypatch.setattr(aside, "ASIDE_PATIENCE_S", 0.01)

    answer = Client().get(address)
    monkeypatch.undo()
    go_on.set()

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    # It is made all the same.
    assert Client().get(address).status_code == 200


def test_what_cannot_be_made_is_not_said_to_come(
    shop: SoundingShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str, **__: object) -> Stored:
        raise FileRefusedError("decoder-failed", "The decoder failed at this file.")

    monkeypatch.setattr(passages, "make_passage", refuse)

    answer = Client().get(_address(shop, "mp3-v2"))

    assert answer.status_code == 500
    assert "Retry-After" not in answer


def test_of_a_damaged_master_nothing_is_heard(shop: SoundingShop) -> None:
    track = shop.sell_track(1).track
    master = Master.objects.get(recording=track.recording_id)
    path = MASTERS.path(master.sha256)
    whole = path.read_bytes()
    path.write_bytes(b"rotten")
    try:
        assert Client().get(_address(shop, "mp3-v2")).status_code == 500
    finally:
        path.write_bytes(whole)


def test_that_a_passage_was_used_is_noted(shop: SoundingShop) -> None:
    address = _address(shop, "mp3-v2")
    Client().get(address).close()
    Rendition.objects.update(used_at=shop.shelf.release.published_at)

    Client().get(address).close()

    assert Rendition.objects.get(recipe="passage").used_at > shop.shelf.release.published_at
