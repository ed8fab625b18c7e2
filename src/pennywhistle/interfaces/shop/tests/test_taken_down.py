"""What left the shelves stands on no page any more, and no address is answered by a fault."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from builders import NOON, Shelf, a_shelf, a_store, keep
from pennywhistle.apps.catalog.models import Genre, Release, Track
from pennywhistle.apps.charts.making import make_charts
from pennywhistle.apps.charts.models import Purchase
from pennywhistle.engines.search.marks import Facet
from pennywhistle.interfaces.shop.facet_words import value_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    made = a_shelf("Tin Weather", track_count=1)
    genre = Genre.objects.create(name="Dub", slug="dub")
    Release.objects.filter(pk=made.release.pk).update(genre=genre)
    keep()
    return made


def bought(shelf: Shelf, *, track_id: int | None) -> None:
    Purchase.objects.bulk_create(
        Purchase(
            entry_id=uuid4(),
            payer_id=payer,
            release_id=shelf.release.pk,
            track_id=track_id,
            territory="US",
            bought_at=NOON - timedelta(hours=30),
            party_ids=[],
        )
        for payer in range(1, 5)
    )


def text_of(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("kind", ["releases", "tracks"])
@pytest.mark.parametrize("leaving", ["release", "track"])
def test_a_chart_shows_only_what_is_on_the_shelves(shelf: Shelf, kind: str, leaving: str) -> None:
    track = shelf.release.tracks.get()
    bought(shelf, track_id=track.pk if kind == "tracks" else None)
    make_charts(now=NOON)
    page = f"/release/{shelf.release.slug}" if kind == "releases" else f"/track/{track.slug}"
    assert page in text_of(f"/charts/week/{kind}")

    before = timezone.now() - timedelta(seconds=1)
    if leaving == "release":
        Release.objects.filter(pk=shelf.release.pk).update(withdrawn_at=before)
    else:
        Track.objects.filter(pk=track.pk).update(left_at=before)

    is_left = (kind, leaving) == ("releases", "track")
    assert (page in text_of(f"/charts/week/{kind}")) is is_left


@pytest.mark.parametrize(
    "change",
    [
        {"withdrawn_at": NOON},
        {"published_at": None},
        {"published_at": NOON + timedelta(days=40_000)},
    ],
)
def test_a_genre_of_which_nothing_is_on_the_shelves_is_not_listed(
    shelf: Shelf, change: dict[str, object]
) -> None:
    assert "/genre/dub" in text_of("/genres")

    Release.objects.filter(pk=shelf.release.pk).update(**change)

    assert "/genre/dub" not in text_of("/genres")


NINES = "9" * 4_400


ADDRESSES = (
    *("/genre/{}", "/charts?genre={}", "/charts?where={}", "/charts/{}/releases"),
    *("/charts/week/{}", "/year/{}", "/year/2026?after={}", "/new/{}", "/new?after={}"),
    *("/labels/{}", "/labels/L?after={}", "/genre/dub?after={}", "/release/{}", "/track/{}"),
    *("/artist/{}", "/label/{}", "/chain/{}/{}", "/evidence/{}/{}", "/bundle/{}"),
    *("/search?q={}", "/search?q=tin&only=genre={}", "/search?q=tin&only=price={}"),
    *("/search?q=tin&only=year={}", "/search?q=tin&kind={}", "/search?q=tin&sort={}"),
    *("/search?q=tin&from={}", "/search?q=tin&only={}", "/search/suggestions?q={}"),
)
ODD = ("%00", "dub%00", "%0A", "%FF", "%25", "_", "²", NINES, "x" * 9_000, "%ED%A0%80")


def test_no_address_is_answered_by_a_fault(shelf: Shelf, subtests: pytest.Subtests) -> None:
    for path in ADDRESSES:
        for text in ODD:
            with subtests.test(path, text=text[:20]):
                answer = Client().get(path.format(*[text] * path.count("{}")))
                assert answer.status_code in {200, 301, 302, 404}


def test_a_price_that_there_is_not_is_shown_as_it_was_asked_for() -> None:
    assert value_text(Facet.PRICE, NINES, currency="USD") == NINES
    assert "5" in value_text(Facet.PRICE, "500", currency="USD")
    assert value_text(Facet.PRICE, "500", currency="USD") != "500"
