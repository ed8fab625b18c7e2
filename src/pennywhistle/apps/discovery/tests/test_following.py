"""The index in a folder holds what the database holds, whatever happens, within a round."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, keep, usd
from pennywhistle.apps.catalog.models import (
    Genre,
    Recording,
    RecordingCredit,
    Release,
    ReleaseArtist,
    Track,
    WorkCredit,
)
from pennywhistle.apps.discovery.actions import index_release, rebuild_index
from pennywhistle.apps.discovery.models import Change, Popularity, SearchDocument
from pennywhistle.apps.discovery.pages import SearchPage, search
from pennywhistle.apps.discovery.searching import changes
from pennywhistle.apps.discovery.searching.building import IndexBeingBuiltError
from pennywhistle.apps.discovery.searching.changes import prune
from pennywhistle.apps.discovery.searching.checking import compare
from pennywhistle.apps.discovery.searching.chosen import folder_index, places
from pennywhistle.apps.discovery.searching.names import popular_names
from pennywhistle.apps.discovery.searching.popularity import count_buyers
from pennywhistle.apps.discovery.searching.upkeep import Upkeep
from pennywhistle.apps.discovery.suggesting import suggest
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import close_grant
from pennywhistle.apps.rights.models import Grant
from pennywhistle.engines.search import IndexNotThereError, Kind
from pennywhistle.kernel.territories import Territories
from pennywhistle.machine.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.apps.users.models import User

pytestmark = pytest.mark.django_db
EVERYTHING = list(Kind)


@pytest.fixture(params=["folder", "postgres"])
def upkeep(
    request: pytest.FixtureRequest, settings: SettingsWrapper, tmp_path: Path
) -> Iterator[Upkeep]:
    settings.SEARCH_URL = str(tmp_path / "search") if request.param == "folder" else "postgres"
    a_store()
    kept = Upkeep()
    yield kept
    kept.let_go()


@pytest.fixture
def in_folder(settings: SettingsWrapper, tmp_path: Path) -> Iterator[Upkeep]:
    settings.SEARCH_URL = str(tmp_path / "search")
    a_store()
    kept = Upkeep()
    yield kept
    kept.let_go()


def now() -> datetime:
    return datetime.now(tz=UTC)


def sold(title: str, **fields: object) -> Shelf:
    shelf = a_shelf(title, **fields)  # type: ignore[arg-type]
    keep()
    return shelf


def titles(page: SearchPage) -> list[str]:
    return sorted(release.title for release in page.releases)


def fresh() -> None:
    """Let this process look at the folder again at once, as it does after a moment."""
    folder_index()._looked_at_s = -1e9


def found(text: str, sold_in: str | None = None) -> list[str]:
    fresh()
    return titles(search(text, kinds=EVERYTHING, sold_in=sold_in))


# What happens to a catalog. Each takes a die, and changes something or nothing.


def renames_a_release(dice: random.Random) -> None:
    one = dice.choice(Release.objects.order_by("id"))
    Release.objects.filter(pk=one.pk).update(title=f"Name {dice.randrange(99)}")


def renames_a_party(dice: random.Random) -> None:
    one = dice.choice(Party.objects.order_by("id"))
    Party.objects.filter(pk=one.pk).update(name=f"Who {dice.randrange(99)}")


def gives_a_genre(dice: random.Random) -> None:
    genre = Genre.objects.get_or_create(name=f"Genre {dice.randrange(3)}", slug="g")[0]
    one = dice.choice(Release.objects.order_by("id"))
    Release.objects.filter(pk=one.pk).update(genre=genre)
    Genre.objects.filter(pk=genre.pk).update(name=f"Genre {dice.randrange(3)}")


def withdraws(dice: random.Random) -> None:
    one = dice.choice(Release.objects.order_by("id"))
    gone_at = dice.choice([None, NOON, NOON + timedelta(days=9_999)])
    Release.objects.filter(pk=one.pk).update(withdrawn_at=gone_at)


def stops_a_grant(dice: random.Random) -> None:
    grants = Grant.objects.filter(closed_at=None).order_by("id")
    close_grant(grant_id=dice.choice(grants).pk, now=NOON)
    keep()


def takes_a_track_off(dice: random.Random) -> None:
    one = dice.choice(Track.objects.order_by("id"))
    Track.objects.filter(pk=one.pk).update(left_at=dice.choice([None, NOON]))


def credits_somebody(dice: random.Random) -> None:
    one = dice.choice(Recording.objects.order_by("id"))
    who = ensure_party(name=f"Player {dice.randrange(9)}")
    RecordingCredit.objects.get_or_create(recording=one, party=who, role="Performer")
    work = one.works.order_by("id")[0]
    WorkCredit.objects.get_or_create(work=work, party=who, role="Composer")


def forgets_a_credit(dice: random.Random) -> None:
    RecordingCredit.objects.filter(
        id__in=[each.pk for each in RecordingCredit.objects.all()[:1]]
    ).delete()
    ReleaseArtist.objects.filter(release=dice.choice(Release.objects.order_by("id"))).delete()


def retitles_a_work(dice: random.Random) -> None:
    one = dice.choice(Recording.objects.order_by("id"))
    one.works.update(title=f"Work {dice.randrange(99)}")
    Recording.objects.filter(pk=one.pk).update(duration_ms=dice.randrange(1, 900_000))


def counts_buyers(dice: random.Random) -> None:
    one = dice.choice(Release.objects.order_by("id"))
    Popularity.objects.update_or_create(
        release=one, track_id=None, defaults={"buyers": dice.randrange(1, 9)}
    )


EDITS: list[Callable[[random.Random], None]] = [
    renames_a_release, renames_a_party, gives_a_genre, withdraws, stops_a_grant,
    takes_a_track_off, credits_somebody, forgets_a_credit, retitles_a_work, counts_buyers,
]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_edits_the_index_is_what_the_database_is(upkeep: Upkeep, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 (the same for the same seed)
    for number in range(4):
        where = Territories.of("DE", "US") if number % 2 else None
        a_shelf(f"Tin {number}", track_count=2, territories=where)
    keep()
    upkeep.round(now=now())

    for _ in range(6):
        for _ in range(dice.randrange(1, 4)):
            dice.choice(EDITS)(dice)
        upkeep.round(now=now())
        fresh()
        difference = compare(now=now())
        assert not difference, difference


def test_a_difference_is_found(in_folder: Upkeep) -> None:
    shelf = sold("Tin Weather")
    in_folder.round(now=now())
    assert not compare(now=now())

    Release.objects.filter(pk=shelf.release.pk).update(title="Salt")
    sold("Another", track_count=1)

    difference = compare(now=now())
    # The release and its three tracks say its name; the other one is not there with its people.
    assert (difference.stale, difference.missing, difference.extra) == (4, 4, 0)


def test_what_changes_is_found_in_the_next_round(upkeep: Upkeep) -> None:
    shelf = sold("Tin Weather", territories=Territories.of("DE"))
    upkeep.round(now=now())
    assert found("tin weather") == ["Tin Weather"]

    Release.objects.filter(pk=shelf.release.pk).update(title="Salt Harbor")
    upkeep.round(now=now())

    assert (found('"tin weather" -label'), found("salt")) == ([], ["Salt Harbor"])
    assert (found("salt", "DE"), found("salt", "FR")) == (["Salt Harbor"], [])
    assert upkeep.round(now=now()) == 0


def test_a_release_is_found_from_its_instant_on_and_no_longer_after_it_left(
    in_folder: Upkeep,
) -> None:
    shelf = sold("Tin Weather")
    begins, ends = NOON + timedelta(days=2), NOON + timedelta(days=4)
    Release.objects.filter(pk=shelf.release.pk).update(published_at=begins, withdrawn_at=ends)
    second = timedelta(seconds=1)
    seen = []
    for at in (NOON, begins - second, begins, ends - second, ends):
        in_folder.round(now=at)
        seen.append(found("weather") != [])

    assert seen == [False, False, True, True, False]


def test_a_lost_index_is_built_again_while_the_shop_goes_on(in_folder: Upkeep) -> None:
    sold("Tin Weather")
    in_folder.round(now=now())
    shutil.rmtree(places().root)
    with pytest.raises(IndexNotThereError):
        found("tin")

    in_folder.round(now=now())

    assert found("tin") == ["Tin Weather"]


def test_an_index_of_another_database_or_an_old_one_is_built_again(in_folder: Upkeep) -> None:
    sold("Tin Weather")
    in_folder.round(now=now())
    before = places().current()
    in_folder.let_go()

    in_folder.round(now=now() + timedelta(days=5))

    assert places().current() != before
    assert found("tin") == ["Tin Weather"]


def test_a_process_that_ended_goes_on_where_its_index_stands(in_folder: Upkeep) -> None:
    sold("Tin Weather")
    in_folder.round(now=now())
    stood = places().current()
    in_folder.let_go()
    sold("Salt Harbor")

    other = Upkeep()
    other.round(now=now())
    other.let_go()

    assert places().current() == stood
    assert found("salt") == ["Salt Harbor"]
    fresh()
    assert not compare(now=now())


def test_two_machines_each_have_their_own_copy(
    in_folder: Upkeep, settings: SettingsWrapper, tmp_path: Path
) -> None:
    here, there = settings.SEARCH_URL, str(tmp_path / "elsewhere")
    other = Upkeep()
    for number in range(3):
        sold(f"Tin {number}", track_count=1)
        in_folder.round(now=now())
        settings.SEARCH_URL = there
        if number != 1:
            other.round(now=now())
        settings.SEARCH_URL = here
    kept = []
    for url in (here, there):
        settings.SEARCH_URL = url
        kept.append((found("tin"), bool(compare(now=now()))))
    other.let_go()

    assert kept == [(["Tin 0", "Tin 1", "Tin 2"], False)] * 2


def test_it_is_built_beside_the_old_one_and_one_builds_at_a_time(in_folder: Upkeep) -> None:
    sold("Tin Weather")
    in_folder.round(now=now())
    before = places().current()
    with FileLock.try_take(places().root / "building") or pytest.fail("held"):
        with pytest.raises(IndexBeingBuiltError):
            rebuild_index(now=now())
        assert found("tin") == ["Tin Weather"]

    assert rebuild_index(now=now()) == 1

    assert places().current() != before
    sold("Salt Harbor")
    in_folder.round(now=now())
    assert found("salt") == ["Salt Harbor"]


def test_an_index_in_the_database_is_not_touched_by_a_folder(in_folder: Upkeep) -> None:
    shelf = sold("Tin Weather")

    index_release(release_id=shelf.release.pk, now=now())
    in_folder.round(now=now())

    assert not SearchDocument.objects.exists()


def test_notes_are_deleted_after_some_days(in_folder: Upkeep) -> None:
    sold("Tin Weather")
    in_folder.round(now=now())
    assert Change.objects.exists()

    prune(now=now() + timedelta(days=3))
    assert Change.objects.exists()
    prune(now=now() + timedelta(days=5))
    assert not Change.objects.exists()


def buys(buyer: User, item: ItemRef, price: str) -> None:
    check_out(
        buyer_id=buyer.pk, wanted=[item], territory="US", shown=usd(price), key="bought", now=NOON
    )


def test_people_who_own_it_are_counted_once_and_not_its_sellers() -> None:
    a_store()
    shelf = sold("Tin Weather")
    for number in range(3):
        buys(a_buyer(f"buyer{number}@example.org"), shelf.album, "0.35")
    buys(a_buyer("one@example.org"), shelf.track(1), "0.14")
    seller = a_buyer("seller@example.org")
    let_act(party_id=shelf.release.label_id, user_id=seller.pk)
    buys(seller, shelf.album, "0.35")

    count_buyers()

    assert set(Popularity.objects.values_list("release", "track_id", "buyers")) == {
        (shelf.release.pk, None, 3),
        (shelf.release.pk, shelf.tracks[0].pk, 1),
    }
    assert count_buyers() == 0


def test_two_letters_are_what_most_people_mean_by_them(in_folder: Upkeep) -> None:
    for number, title in enumerate(["The Tin Weather", "Timber", "Ärger"]):
        shelf = sold(title, track_count=1, territories=Territories.of("DE", "US"))
        Popularity.objects.create(release=shelf.release, buyers=number + 1)
    in_folder.round(now=now())

    def names(text: str, where: str) -> list[str]:
        return [line.title for line in suggest(text, sold_in=where).releases]

    assert popular_names().starting("ti", Kind.RELEASE, bit=None)
    assert names("ti", "DE") == ["Timber", "The Tin Weather"]
    assert (names("ti", "FR"), names("t", "US")) == ([], ["Timber", "The Tin Weather"])
    assert (names("ae", "DE"), names("ar", "DE")) == (["Ärger"], ["Ärger"])
    assert names("timb", "DE") == ["Timber"]
    assert [party.name for party in suggest("tim", sold_in="DE").parties] != []


def test_every_row_that_documents_are_made_of_is_noted() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT event_object_table FROM information_schema.triggers"
            " WHERE trigger_name LIKE 'discovery_note%'"
        )
        watched = {row[0] for row in cursor.fetchall()}

    assert watched == {
        "catalog_genre", "catalog_recording", "catalog_recordingcredit", "catalog_recordingwork",
        "catalog_release", "catalog_releaseartist", "catalog_track", "catalog_work",
        "catalog_workcredit", "discovery_popularity", "media_hearing", "media_master",
        "parties_party", "rights_availability",
    }  # fmt: skip


def test_what_was_taken_down_is_not_found_though_the_index_lags(in_folder: Upkeep) -> None:
    shelf = sold("Tin Weather", track_count=2)
    in_folder.round(now=now())
    assert (found("weather"), len(suggest("weath", sold_in="US").releases)) == (["Tin Weather"], 1)

    left = Track.objects.filter(release=shelf.release).latest("id")
    Track.objects.filter(pk=left.pk).update(left_at=now())
    assert len(search("tin", kinds=[Kind.TRACK], at=now()).tracks) == 1
    Release.objects.filter(pk=shelf.release.pk).update(withdrawn_at=now())

    page, typed = search("tin", kinds=EVERYTHING, at=now()), suggest("tin", sold_in="US", at=now())
    assert (page.releases, page.tracks, typed.releases, typed.tracks) == ((), (), (), ())


def test_an_index_that_is_being_built_is_not_swept_away(in_folder: Upkeep) -> None:
    sold("Tin Weather")
    in_folder.round(now=now())
    in_folder.let_go()
    unfinished = places().new()

    with FileLock.try_take(places().root / "building") or pytest.fail("held"):
        in_folder.round(now=now())
        assert unfinished.exists()

    in_folder.let_go()
    in_folder.round(now=now())
    assert not unfinished.exists()


def test_what_comes_out_while_the_database_is_indexed_is_found(settings: SettingsWrapper) -> None:
    settings.SEARCH_URL = "postgres"
    a_store()
    early = sold("Salt Harbor")
    Release.objects.filter(pk=early.release.pk).update(published_at=None)
    sold("Tin Weather")

    def comes_out(done: int, total: int) -> None:
        Release.objects.filter(pk=early.release.pk).update(published_at=NOON)
        index_release(release_id=early.release.pk, now=now())

    rebuild_index(now=now(), progress=comes_out)

    assert (found("salt"), found("tin")) == (["Salt Harbor"], ["Tin Weather"])


def test_all_old_notes_go_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    a_store()
    sold("Tin Weather")
    there = Change.objects.count()
    assert there > 5
    monkeypatch.setattr(changes, "pruned_at_once_max", 1)
    monkeypatch.setattr(changes, "prunings_max", 5)

    assert prune(now=now() + timedelta(days=5)) == 5

    monkeypatch.setattr(changes, "pruned_at_once_max", 5)
    monkeypatch.setattr(changes, "prunings_max", there)
    assert prune(now=now() + timedelta(days=5)) == there - 5
