"""Who shares a page shares its cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import a_shelf, a_store
from pennywhistle.interfaces.shop.addresses import page_of
from sounding_shop import give_cover

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_shared_page_shows_its_cover_by_its_whole_address(client: Client) -> None:
    a_store()
    shelf = a_shelf()
    give_cover(shelf)

    page = client.get(page_of("release", shelf.release)).content.decode()

    assert '<meta property="og:type" content="music.album">' in page
    address = page.partition('property="og:image" content="')[2].partition('"')[0]
    assert address.startswith("http://localhost:8000/cover/")
    assert client.get(address.removeprefix("http://localhost:8000"))["Content-Type"] == "image/jpeg"
    assert 'content="summary_large_image"' in page


def test_a_track_without_cover_is_shared_without_picture(client: Client) -> None:
    a_store()
    shelf = a_shelf()

    page = client.get(page_of("track", shelf.tracks[0])).content.decode()

    assert 'content="music.song"' in page
    assert "og:image" not in page
