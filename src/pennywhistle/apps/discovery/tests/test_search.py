"""Search finds what is on the shelves, however it is spelled, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from builders import NOON, a_shelf, a_store, keep
from pennywhistle.apps.catalog.models import Genre, Recording, RecordingCredit, Release
from pennywhistle.apps.discovery.actions import index_release, rebuild_index
from pennywhistle.apps.discovery.index import INDEX
from pennywhistle.apps.discovery.models import SearchDocument
from pennywhistle.apps.discovery.pages import SearchPage, search
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.engines.search import Ask, Document, Kind, Text, parse_query
from pennywhistle.engines.search.marks import read_mark
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
EVERYTHING = list(Kind)


def a_found_shelf(title: str = "Tin Weather", **fields: object) -> Release:
    release = a_shelf(title).release
    Release.objects.filter(pk=release.pk).update(**fields)
    index_release(release_id=release.pk, now=NOON)
    return release


def titles(page: SearchPage) -> list[str]:
    return [release.title for release in page.releases]


def test_nothing_of_a_release_is_found_before_its_day_neither_its_artists_nor_its_label() -> None:
    a_store()
    today = datetime.now(tz=UTC)
    coming = today + timedelta(days=1)
    release = a_shelf("Tin Weather").release
    Release.objects.filter(pk=release.pk).update(published_at=coming)
    index_release(release_id=release.pk, now=coming)

    assert SearchDocument.objects.filter(kind="party").count() == 2
    assert search("tin", kinds=EVERYTHING).is_empty
    Release.objects.filter(pk=release.pk).update(published_at=today - timedelta(seconds=1))
    page = search("tin", kinds=EVERYTHING)
    assert titles(page) == ["Tin Weather"]
    assert {party.name for party in page.parties} == {"Tin Weather Label", "Tin Weather Payee 1"}


def test_accents_and_case_do_not_hide_an_artist(subtests: pytest.Subtests) -> None:
    a_store()
    a_found_shelf("Homogenic", artist_line="Björk")

    for text in ("bjork", "Björk", "BJÖRK", "björ", "homogenic bjork"):
        with subtests.test(text):
            assert titles(search(text, kinds=EVERYTHING)) == ["Homogenic"]


MEANINGS = [
    ("tin weather", True),
    ('"tin weather"', True),
    ('"weather tin"', False),
    ("weather tin", True),
    ("tin -weather", False),
    ("-tin", False),
    ("label:tin", True),
    ("label:payee", False),
    ("artist:payee", True),
    ("genre:dub", True),
    ("genre:du", True),
    ("genre:techno", False),
    ("year:2026", True),
    ("year:2020-2026", True),
    ("year:1999", False),
    ("year:2026 tin", True),
    ("upc:724384260958", True),
    ("0724384260958", True),
    ("nothing like it", False),
]


def test_a_search_means_what_it_says(subtests: pytest.Subtests) -> None:
    a_store()
    dub = Genre.objects.create(name="Dub Techno"[:3], slug="dub")
    a_found_shelf("Tin Weather", genre=dub, upc="0724384260958")

    for text, is_found in MEANINGS:
        with subtests.test(text):
            found = titles(search(text, kinds=[Kind.RELEASE]))
            assert found == (["Tin Weather"] if is_found else [])


def test_a_track_is_found_by_its_isrc_and_by_who_played() -> None:
    a_store()
    release = a_found_shelf()
    recording = Recording.objects.filter(tracks__release=release).order_by("id")[0]
    Recording.objects.filter(pk=recording.pk).update(isrc="USS1Z9900001")
    RecordingCredit.objects.create(
        recording=recording, party=ensure_party(name="Łucja Ø"), role="Performer"
    )
    index_release(release_id=release.pk, now=NOON)

    for text in ("US-S1Z-99-00001", "uss1z9900001", "lucja o"):
        tracks = search(text, kinds=EVERYTHING).tracks
        assert [track.title for track in tracks] == ["Track 1"], text


def test_artists_and_labels_are_found() -> None:
    a_store()
    a_found_shelf()

    names = [party.name for party in search("tin weather", kinds=EVERYTHING).parties]

    assert sorted(names) == ["Tin Weather Label", "Tin Weather Payee 1"]


def test_the_name_counts_more_than_the_place() -> None:
    a_store()
    a_found_shelf("Harbor", artist_line="Somebody")
    a_found_shelf("Other", artist_line="Harbor")

    assert titles(search("harbor", kinds=[Kind.RELEASE])) == ["Harbor", "Other"]


def test_what_is_withdrawn_or_not_published_is_not_found() -> None:
    a_store()
    withdrawn, coming = a_found_shelf("Withdrawn"), a_found_shelf("Coming")

    Release.objects.filter(pk=withdrawn.pk).update(withdrawn_at=NOON - timedelta(days=1))
    Release.objects.filter(pk=coming.pk).update(published_at=None)

    assert search("withdrawn", kinds=[Kind.RELEASE, Kind.TRACK]).is_empty
    index_release(release_id=coming.pk, now=NOON)
    assert not SearchDocument.objects.filter(release=coming).exists()


def test_what_is_not_sold_in_a_territory_is_not_found_there() -> None:
    a_store()
    tin = a_shelf("Tin Weather", territories=Territories.of("DE"))
    salt = a_shelf("Tin Salt")
    for shelf in (tin, salt):
        index_release(release_id=shelf.release.pk, now=NOON)
    keep()

    def found(text: str, sold_in: str | None) -> tuple[list[str], int, list[str]]:
        page = search(text, kinds=EVERYTHING, sold_in=sold_in)
        return sorted(titles(page)), len(page.tracks), sorted(party.name for party in page.parties)

    labels = ["Tin Salt Label", "Tin Weather Label"]
    artists = ["Tin Salt Payee 1", "Tin Weather Payee 1"]
    assert found("tin", "DE") == (["Tin Salt", "Tin Weather"], 6, sorted(labels + artists))
    assert found("tin", "FR") == (["Tin Salt"], 3, [labels[0], artists[0]])
    assert found("tin", "ZZ") == ([], 0, [])
    assert found("tin", None) == found("tin", "DE")


def test_a_track_that_is_sold_with_its_release_alone_is_found() -> None:
    a_store()
    shelf = a_shelf("Tin Weather", track_price=None)
    index_release(release_id=shelf.release.pk, now=NOON)
    keep()

    assert len(search("tin", kinds=[Kind.TRACK], sold_in="US").tracks) == 3


def test_indexing_twice_is_indexing_once() -> None:
    a_store()
    release = a_found_shelf()
    before = list(SearchDocument.objects.order_by("kind", "object_id").values("kind", "vector"))

    index_release(release_id=release.pk, now=NOON)

    after = list(SearchDocument.objects.order_by("kind", "object_id").values("kind", "vector"))
    assert after == before
    assert len(after) == 1 + 3 + 2


def test_a_lost_index_is_built_again() -> None:
    a_store()
    a_found_shelf("One")
    a_found_shelf("Two")
    INDEX.clear()
    assert search("one", kinds=EVERYTHING).is_empty

    assert rebuild_index(now=NOON) == 2

    assert titles(search("one", kinds=EVERYTHING)) == ["One"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        '"',
        "a" * 10_240,
        "\x00",
        "'; DROP TABLE",
        "\\",
        "' | 'x",
        ":*",
        "!&|<->()",
        "%",
        "label:'",
    ],
)
def test_odd_searches_find_nothing_and_break_nothing(text: str) -> None:
    a_store()
    a_found_shelf()

    assert search(text, kinds=EVERYTHING).is_empty


@pytest.mark.parametrize("title", ["'; --", "\\\\", "a" * 500, "\u202eevil", "名前 なまえ", "ไทย"])
def test_odd_titles_are_indexed(title: str) -> None:
    a_store()
    release = a_found_shelf()
    Release.objects.filter(pk=release.pk).update(title=title)

    index_release(release_id=release.pk, now=NOON)

    assert SearchDocument.objects.filter(kind=Kind.RELEASE).count() == 1


def test_a_document_of_many_words_is_cut() -> None:
    text = " ".join(f"word{n}" for n in range(5_000))

    INDEX.put([Document(Kind.PARTY, 1, None, {Text.NAME: text})])

    assert INDEX.find(parse_query("word100"), Ask(Kind.PARTY, 5)).hits
    assert not INDEX.find(parse_query('"word4000"'), Ask(Kind.PARTY, 5)).hits


def test_hits_come_in_stretches() -> None:
    a_store()
    documents = [Document(Kind.PARTY, n, None, {Text.NAME: "Same"}) for n in range(1, 8)]
    INDEX.put(documents)

    first = INDEX.find(parse_query("same"), Ask(Kind.PARTY, 4))
    rest = INDEX.find(parse_query("same"), Ask(Kind.PARTY, 4, offset=4))

    assert [hit.id for hit in first.hits] == [7, 6, 5, 4]
    assert first.has_more
    assert [hit.id for hit in rest.hits] == [3, 2, 1]
    assert not rest.has_more


def test_a_search_takes_six_queries_however_much_it_finds(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    a_store()
    for number in range(4):
        a_found_shelf(f"Tin {number}")

    with django_assert_num_queries(6):
        page = search("tin", kinds=EVERYTHING)

    assert len(page.releases) == 4
    assert len(page.tracks) == 12


def test_only_a_price_that_there_can_be_is_looked_up(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    a_store()
    a_found_shelf()
    query = parse_query("tin")
    with django_assert_num_queries(1):
        INDEX.find(query, Ask(Kind.RELEASE, 5, marks=("price=%",)))
    with django_assert_num_queries(2):
        INDEX.find(query, Ask(Kind.RELEASE, 5, marks=("price=500",)))


@pytest.mark.parametrize("text", ["genre=\0", "price=5\n00", "genre=", "price", "colour=red"])
def test_what_is_no_mark_is_not_read_as_one(text: str) -> None:
    assert read_mark(text) is None
