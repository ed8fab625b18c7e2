"""Who follows a genre or a search hears of what comes out, once, and of nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON, Shelf, a_shelf, a_store, a_user
from pennywhistle.apps.catalog.models import Genre, Recording, Release
from pennywhistle.apps.following import actions, noting, queries
from pennywhistle.apps.following.matching import Searches, page_of, record_of
from pennywhistle.apps.following.models import Follow, News, Noted
from pennywhistle.apps.following.noting import note_news
from pennywhistle.apps.following.queries import feed_at, new_of_followed

HOUR = timedelta(hours=1)

SLEEVE = page_of(
    ["Tin Weather", "Björk & The Notorious B.I.G.", "Warp Records", "Dub"],
    {
        "artist": ["Björk & The Notorious B.I.G."],
        "label": ["Warp Records"],
        "genre": ["Dub"],
        "year": ["1994"],
        "upc": ["036000291452"],
    },
)
TRACK = page_of(["Low Sky", "Björk", "Tin Weather", "Ada Writer"], {"isrc": ["USS1Z9900001"]})
RECORD = record_of(1, [SLEEVE, TRACK])


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("tin weather", True),
        ("weather tin", True),
        ('"tin weather"', True),
        ('"weather tin"', False),
        ("bjork", True),
        ("BJÖRK low", True),
        ("tin wea", True),
        ('"tin wea"', False),
        ("tin -live", True),
        ("tin -weather", False),
        ("label:warp year:1990-1999", True),
        ("label:warp year:1995", False),
        ("genre:dub", True),
        ("genre:tin", False),
        ("artist:bjork", True),
        ("artist:weather", False),
        ("USS1Z9900001", True),
        ("US-S1Z-99-00001", True),
        ("036000291452", True),
        ("036000291453", False),
        ("ada writer", True),
        ("x", False),
        ("-live", False),
        ("((((q+)+)+)+)$ \\ * ?", False),
        ("\x00\u202e", False),
    ],
)
def test_a_search_finds_a_release_as_the_search_box_reads_it(typed: str, is_found: bool) -> None:  # noqa: FBT001
    assert list(Searches([typed]).finding(RECORD)) == ([typed] if is_found else [])


def follower(mail: str = "fan@example.org") -> int:
    return a_user(mail).pk


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    made = a_shelf(track_count=1)
    genre = Genre.objects.create(name="Dub", slug="dub")
    Release.objects.filter(pk=made.release.pk).update(genre=genre)
    Recording.objects.update(isrc="USS1Z9900001")
    return made


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("search", "kind"), [("", "genre"), ("tin weather", "search"), ("USS1Z9900001", "search")]
)
def test_what_comes_out_is_noted_once(shelf: Shelf, search: str, kind: str) -> None:
    fan = follower()
    before = NOON - 2 * HOUR
    if search:
        actions.follow_search(user_id=fan, text=search, now=before)
        actions.follow_search(user_id=fan, text="nothing like it", now=before)
    else:
        actions.follow_genre(user_id=fan, genre_id=Genre.objects.get().pk, now=before)

    assert note_news(now=NOON + HOUR) == 1
    assert note_news(now=NOON + HOUR) == 0
    Noted.objects.all().delete()
    assert note_news(now=NOON + 2 * HOUR) == 0

    news = News.objects.get()
    assert (news.kind, news.name) == (kind, search or "Dub")
    assert new_of_followed(user_id=fan, at=NOON + HOUR) == [shelf.release.pk]


@pytest.mark.django_db
def test_who_follows_by_several_ways_hears_once_and_strangers_nothing(shelf: Shelf) -> None:
    fan, stranger = follower(), follower("stranger@example.org")
    before = NOON - HOUR
    actions.follow(user_id=fan, party_id=shelf.release.label_id, now=before)
    actions.follow(user_id=fan, party_id=shelf.payees[0].pk, now=before)
    actions.follow_genre(user_id=fan, genre_id=Genre.objects.get().pk, now=before)
    actions.follow_search(user_id=fan, text="weather", now=before)
    actions.follow_search(user_id=stranger, text="weather", now=NOON + HOUR)

    assert note_news(now=NOON + 2 * HOUR) == 1
    assert News.objects.get().follower_id == fan
    assert new_of_followed(user_id=stranger, at=NOON + 2 * HOUR) == []


@pytest.mark.django_db
def test_what_was_withdrawn_or_is_to_come_is_not_noted(shelf: Shelf) -> None:
    actions.follow_search(user_id=follower(), text="weather", now=NOON - HOUR)

    assert note_news(now=NOON - HOUR / 2) == 0
    Release.objects.update(withdrawn_at=NOON)
    assert note_news(now=NOON + HOUR) == 0


@pytest.mark.django_db
def test_nobody_gets_more_in_a_day_than_is_bearable(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan = follower()
    actions.follow_genre(user_id=fan, genre_id=Genre.objects.get().pk, now=NOON - HOUR)
    News.objects.create(follower_id=fan, release=shelf.release, noted_at=NOON)
    other = a_shelf("Low Sky", track_count=1).release
    Release.objects.filter(pk=other.pk).update(genre=Genre.objects.get())
    monkeypatch.setattr(noting, "news_per_day_max", 1)

    assert note_news(now=NOON + HOUR) == 0
    Noted.objects.all().delete()
    assert note_news(now=NOON + 25 * HOUR) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["genre", "search"])
def test_a_day_is_not_exceeded_within_one_run_either(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    fan = follower()
    if by == "genre":
        actions.follow_genre(user_id=fan, genre_id=Genre.objects.get().pk, now=NOON - HOUR)
    else:
        actions.follow_search(user_id=fan, text="label", now=NOON - HOUR)
    News.objects.create(follower_id=fan, release=shelf.release, noted_at=NOON)
    others = [a_shelf(f"Low Sky {n}", track_count=1).release.pk for n in range(3)]
    Release.objects.update(genre=Genre.objects.get())
    monkeypatch.setattr(noting, "news_per_day_max", 3)

    assert note_news(now=NOON + HOUR) == 2
    assert note_news(now=NOON + 2 * HOUR) == 0
    told = News.objects.exclude(release=shelf.release).values_list("release_id", flat=True)
    assert sorted(told) == others[1:]
    assert note_news(now=NOON + 25 * HOUR) == 1


@pytest.mark.django_db
def test_old_news_are_forgotten_and_not_told_again(shelf: Shelf) -> None:
    fan = follower()
    actions.follow_search(user_id=fan, text="weather", now=NOON - HOUR)
    note_news(now=NOON + HOUR)

    note_news(now=NOON + timedelta(days=62))

    assert not News.objects.exists()


@pytest.mark.django_db
def test_a_follow_is_of_one_thing_and_there_are_only_so_many(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan = follower()
    for _ in range(2):
        assert (
            actions.follow_search(user_id=fan, text="  Tin   Weather ", now=NOON) == "Tin Weather"
        )
    assert Follow.objects.count() == 1
    for nothing in ("", "   ", "-live", "\x00", '""'):
        with pytest.raises(actions.NothingToSearchError):
            actions.follow_search(user_id=fan, text=nothing, now=NOON)
    monkeypatch.setattr(actions, "searches_followed_max", 1)
    with pytest.raises(actions.TooManyFollowsError):
        actions.follow_search(user_id=fan, text="other", now=NOON)
    actions.follow(user_id=fan, party_id=shelf.release.label_id, now=NOON)
    mine = Follow.objects.get(search="Tin Weather")
    actions.end_follow(user_id=follower("x@example.org"), follow_id=mine.pk)
    assert Follow.objects.count() == 2
    actions.end_follow(user_id=fan, follow_id=mine.pk)
    assert [each.name for each in Follow.objects.all()] == [shelf.release.label.name]


@pytest.mark.django_db
def test_a_feed_holds_what_labels_artists_genres_and_searches_brought(shelf: Shelf) -> None:
    fan, at = follower(), NOON + HOUR
    token = actions.feed_of(user_id=fan)
    assert feed_at(token=token, now=at).releases == ()
    actions.follow(user_id=fan, party_id=shelf.payees[0].pk, now=at)
    actions.follow(user_id=fan, party_id=shelf.release.label_id, now=at)

    assert [each.pk for each in feed_at(token=token, now=at).releases] == [shelf.release.pk]


@pytest.mark.django_db
def test_a_feed_looks_at_so_much_of_one_artist_and_at_the_latest_of_it(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan = follower()
    same = [a_shelf(f"Record {n}", track_count=1, payees_of="Band").release.pk for n in range(3)]
    artist = Release.objects.get(pk=same[0]).artists.get()
    actions.follow(user_id=fan, party_id=artist.pk, now=NOON)
    actions.follow(user_id=fan, party_id=shelf.payees[0].pk, now=NOON)
    monkeypatch.setattr(queries, "of_artist_max", 2)

    assert new_of_followed(user_id=fan, at=NOON) == [same[2], same[1], shelf.release.pk]
