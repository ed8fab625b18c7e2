"""What is owned comes out as the file that was promised."""

import pytest
from django.test import Client

from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> SoundingShop:
    return a_sounding_shop()


@pytest.fixture
def buyer(shop: SoundingShop) -> Client:
    client = Client()
    client.force_login(shop.buyer)
    return client


def test_a_preview_is_open_to_the_world(shop: SoundingShop, client: Client) -> None:
    answer = client.get(f"/preview/{shop.shelf.tracks[0].public_id}")

    assert answer.status_code == 200
    assert len(answer.getvalue()) == int(answer["Content-Length"])
    assert answer["Cache-Control"].startswith("public")


def test_a_track_comes_out_as_mp3(shop: SoundingShop, buyer: Client) -> None:
    owned = shop.sell_track(1)
    answer = buyer.get(f"/download/{owned.pk}/mp3-v0")
    first = answer.getvalue()
    again = buyer.get(f"/download/{owned.pk}/mp3-v0")
    assert again.getvalue() == first
