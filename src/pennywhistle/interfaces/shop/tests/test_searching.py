"""The search page answers whatever is typed, narrows, and says what it does not know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from builders import NOON, a_shelf, a_store, keep
from pennywhistle.apps.catalog.models import Genre, Release
from pennywhistle.apps.discovery.actions import index_release, rebuild_index
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["folder", "postgres"])
def searched(request: pytest.FixtureRequest, settings: SettingsWrapper, tmp_path: Path) -> Client:
    """Two releases, of which one is sold in Germany alone."""
    settings.SEARCH_URL = str(tmp_path / "search") if request.param == "folder" else "postgres"
    a_store()
    dub = Genre.objects.create(name="Dub", slug="dub")
    for title, where in (("Tin Weather", None), ("Tin Harbor", Territories.of("DE"))):
        release = a_shelf(title, territories=where).release
        Release.objects.filter(pk=release.pk).update(genre=dub if where else None)
        index_release(release_id=release.pk, now=NOON)
    keep()
    rebuild_index(now=datetime.now(tz=UTC))
    return Client()


def text_of(client: Client, **asked: str | list[str]) -> str:
    answer = client.get("/search", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_results_are_shown_in_groups_and_narrowed(searched: Client) -> None:
    page = text_of(searched, q="tin", all="1")
    for words in ("Tin Weather", "Tin Harbor", "Not sold in your country", "Narrow it down"):
        assert words in page
    assert "only=genre%3DDub" in page

    narrowed = text_of(searched, q="tin", all="1", only="genre=Dub")
    assert "Tin Harbor" in narrowed
    assert "Tin Weather" not in narrowed
    assert "Tin Harbor" not in text_of(searched, q="tin")


def test_every_order_answers(searched: Client, subtests: pytest.Subtests) -> None:
    for sort in ("best", "new", "sales", "price", "name", "", "nonsense"):
        with subtests.test(sort):
            page = text_of(searched, q="tin", kind="track", sort=sort, all="1")

            assert page.count('class="track"') == 6


def test_suggestions_come_as_somebody_types(searched: Client) -> None:
    page = searched.get("/search/suggestions", {"q": "weath"}).content.decode()

    assert 'role="option"' in page
    assert "Tin Weather" in page
    assert "<html" not in page
    assert searched.get("/search/suggestions", {"q": ""}).content.strip() == b""
    assert searched.get("/search/suggestions", {"q": "ti"}).status_code == 200


HOSTILE: list[dict[str, str | list[str]]] = [
    {"q": "a" * 10_240},
    {"q": "a b " * 2_560},
    {"q": '"' * 10_240},
    {"q": "-" * 10_240},
    {"q": "AND OR NOT ( ) + - && ||"},
    {"q": "\x00\x01\x02\x1b[31m"},
    {"q": "(a+)+$(a+)+$"},
    {"q": "<script>alert(1)</script>"},
    {"q": "tin", "from": "480000", "kind": "release"},
    {"q": "tin", "from": "-1", "kind": "release"},
    {"q": "tin", "from": "9" * 99, "kind": "track"},
    {"q": "tin", "only": ["genre=" + "x" * 9_000, "price=50@AAAA", "nonsense", "=", "year=1e9"]},
    {"q": "tin", "only": [f"genre={number}" for number in range(500)]},
    {"q": "tin", "sort": "'; DROP TABLE"},
    {"q": "'\\", "all": "x"},
]


def test_whatever_is_asked_is_answered(searched: Client) -> None:
    for asked in HOSTILE:
        page = text_of(searched, **asked)
        assert "<script>alert" not in page
        answer = searched.get("/search/suggestions", asked)
        assert answer.status_code == 200
    assert searched.get("/search", {"q": "tin", "kind": "nonsense"}).status_code == 404


def test_without_an_index_it_says_so_and_all_else_is_open(
    settings: SettingsWrapper, tmp_path: Path
) -> None:
    settings.SEARCH_URL = str(tmp_path / "none")
    a_store()

    answer = Client().get("/search", {"q": "tin"})

    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert "The search is being made ready" in answer.content.decode()
    assert Client().get("/search/suggestions", {"q": "tin"}).content.strip() == b""
    assert Client().get("/").status_code == 200
