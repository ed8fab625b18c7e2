"""Everybody may look at the sound of what is on the shelves; of the rest, only whose it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from PIL import Image

from builders import Shelf, a_shelf, a_store, a_user
from pennywhistle.apps.delivery import aside
from pennywhistle.apps.delivery.cache import etag_of
from pennywhistle.apps.media.models import Rendition
from pennywhistle.apps.parties.actions import let_act
from pennywhistle.apps.users.actions import let_operate
from sounding_shop import give_sound, tune

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shelf() -> Shelf:
    """A release whose first track sounds."""
    a_store()
    shelf = a_shelf(track_count=1)
    give_sound(shelf.tracks[0], tune(pitch_hz=330))
    return shelf


def address(shelf: Shelf, name: str = "pictures:spectrogram") -> str:
    return reverse(name, args=[shelf.tracks[0].public_id])


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response)


def test_anybody_sees_the_spectrogram_of_what_is_on_the_shelves(
    client: Client, shelf: Shelf
) -> None:
    response = client.get(address(shelf))

    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=86400"
    assert Image.open(io.BytesIO(body(response))).size == (1000, 460)


def test_it_is_drawn_once_and_kept_where_it_is_evicted(client: Client, shelf: Shelf) -> None:
    first, second = client.get(address(shelf)), client.get(address(shelf))

    row = Rendition.objects.get(recipe="spectrogram")
    assert (row.recording_id, first["ETag"]) == (
        None,
        f'"{etag_of(row.key, made_on=row.made_on)}"',
    )
    assert body(first) == body(second)
    assert client.get(address(shelf), headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_what_is_not_on_the_shelves_is_not_seen(client: Client, shelf: Shelf) -> None:
    shelf.release.published_at = None
    shelf.release.save()

    assert client.get(address(shelf)).status_code == 404
    assert client.get(address(shelf, "pictures:waveform")).status_code == 404
    assert not Rendition.objects.filter(recipe="spectrogram").exists()


def test_more_than_a_few_do_not_wait_in_line(client: Client, shelf: Shelf) -> None:
    taken = [aside._waiting.acquire(blocking=False) for _ in range(20)]
    try:
        response = client.get(address(shelf))
    finally:
        for _ in range(sum(taken)):
            aside._waiting.release()

    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_a_supplier_sees_its_own_and_an_operator_all(client: Client, shelf: Shelf) -> None:
    sha256 = shelf.tracks[0].recording.master.sha256
    mine, all_of_them = (
        reverse("studio-spectrogram", args=[sha256]),
        reverse("office-spectrogram", args=[sha256]),
    )
    supplier, other = a_user("label@example.org"), a_user("other@example.org")
    let_act(party_id=shelf.release.supplier_id, user_id=supplier.pk)
    let_act(party_id=a_shelf("Other").release.supplier_id, user_id=other.pk)

    def seen(user: object, path: str) -> int:
        client.force_login(user)  # type: ignore[arg-type]
        return client.get(path).status_code

    assert seen(supplier, mine) == 200
    assert seen(other, mine) == 404
    assert seen(supplier, all_of_them) == 404
    let_operate(user_id=other.pk, is_operator=True)
    assert seen(other, all_of_them) == 200
    assert seen(other, reverse("office-spectrogram", args=["0" * 64])) == 404


def test_players_get_the_waveform_in_one_small_file(client: Client, shelf: Shelf) -> None:
    response = client.get(address(shelf, "pictures:waveform"))

    answer = response.json()
    assert (answer["version"], answer["bits"], answer["channels"]) == (2, 8, 1)
    assert len(answer["data"]) == 2 * answer["length"] == 1_600
    assert max(answer["data"]) == -min(answer["data"]) > 40
    seconds = answer["length"] * answer["samples_per_pixel"] / answer["sample_rate"]
    assert seconds == pytest.approx(4, abs=0.1)
    assert len(response.content) < 10_000
