"""The keeper follows whatever is recorded, survives a crash, and shares the work with others."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from builders import NOON, Shelf, a_shelf, a_store
from pennywhistle.apps.rights import actions, work
from pennywhistle.apps.rights.models import DueRelease, RegisterChange
from pennywhistle.apps.rights.tests.registers import (
    Editor,
    as_cleared,
    as_kept,
    catch_up,
    due,
    everything,
    sellable,
)
from threads import at_once

if TYPE_CHECKING:
    from pennywhistle.engines.clearance import Item

pytestmark = pytest.mark.django_db

# One of each kind that the random edits can tell apart, and one that nobody names.
SAMPLED = ("AT", "DE", "FR", "PR", "US", "JP")


@pytest.mark.parametrize("seed", range(6))
def test_it_equals_clearing_every_territory_after_whatever_is_recorded(seed: int) -> None:
    a_store()
    shelves = [a_shelf(title, track_count=2) for title in ("Tin Weather", "Salt", "Lanterns")]
    catch_up(NOON)
    editor = Editor(Random(seed), shelves)  # noqa: S311 (repeatable, not secret)

    for _ in range(12):
        for _ in range(editor.random.randint(1, 3)):
            editor.edit()
        editor.at += timedelta(minutes=editor.random.choice([0, 20, 90]))
        catch_up(editor.at)

        assert as_kept(editor.at, territories=SAMPLED) == as_cleared(editor.at, territories=SAMPLED)
    assert as_kept(editor.at) == as_cleared(editor.at)


@pytest.fixture
def shelves(db: None) -> list[Shelf]:
    """Two releases of two labels, up to date."""
    a_store()
    made = [a_shelf("Tin Weather", track_count=2), a_shelf("Salt", track_count=1)]
    catch_up(NOON)
    return made


def test_what_few_changes_reach_goes_before_what_one_change_reaches_in_bulk(
    shelves: list[Shelf],
) -> None:
    tin, salt = shelves
    work.mark_all_due(now=NOON)
    actions.stop_sale(release_id=salt.release.pk, kind="operator", sentence="Asked to.", now=NOON)

    progress = work.refresh_availability(now=NOON, releases_max=1)

    assert (progress.releases, progress.is_waiting) == (1, True)
    assert sellable(salt) == []
    assert due() == {"Tin Weather"}
    assert sellable(tin) == everything(tin)


class _CrashError(Exception):
    """The program ends here."""


def test_a_crash_before_the_rows_are_written_leaves_the_release_on_the_list(
    shelves: list[Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    tin = shelves[0]
    actions.stop_sale(release_id=tin.release.pk, kind="operator", sentence="Asked to.", now=NOON)
    with monkeypatch.context() as patch:
        patch.setattr(work, "replace_areas", _crash)
        with pytest.raises(_CrashError):
            work.refresh_availability(now=NOON)
    assert due() == {"Tin Weather"}

    catch_up(NOON)

    assert sellable(tin) == []
    assert due() == set()


def test_a_crash_while_changes_are_taken_leaves_them_all(
    shelves: list[Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    tin = shelves[0]
    actions.stop_sale(release_id=tin.release.pk, kind="operator", sentence="Asked to.", now=NOON)
    with monkeypatch.context() as patch:
        patch.setattr(work, "mark_due", _crash)
        with pytest.raises(_CrashError):
            work.refresh_availability(now=NOON)
    assert RegisterChange.objects.count() == 1

    catch_up(NOON)

    assert sellable(tin) == []


def _crash(*_: object, **__: object) -> None:
    raise _CrashError


def test_a_release_that_cannot_be_surveyed_is_not_offered_and_stops_nobody(
    shelves: list[Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    tin, salt = shelves
    work.mark_all_due(now=NOON)
    priced = work.PriceList.of

    def fails(prices: work.PriceList, release: Item, tracks: list[Item]) -> object:
        if "Tin" in release.title:
            raise _CrashError
        return priced(prices, release, tracks)

    monkeypatch.setattr(work.PriceList, "of", fails)
    catch_up(NOON)

    assert (sellable(tin), sellable(salt)) == ([], everything(salt))
    looks = dict(DueRelease.objects.values_list("release_id", "due_at"))
    assert looks == {tin.release.pk: NOON + timedelta(hours=1)}


@pytest.mark.django_db(transaction=True)
def test_two_keepers_divide_the_work_and_lose_nothing() -> None:
    a_store()
    made = [a_shelf(f"Shelf {number}", track_count=1) for number in range(12)]
    catch_up(NOON)
    for shelf in made[::2]:
        actions.stop_sale(
            release_id=shelf.release.pk, kind="operator", sentence="Asked to.", now=NOON
        )
    work.mark_all_due(now=NOON)

    def keep(_: int) -> int:
        done = 0
        while (progress := work.refresh_availability(now=NOON, releases_max=2)).is_waiting:
            done += progress.releases
        return done

    done = at_once(2, keep)

    assert sum(count for count in done if isinstance(count, int)) == len(made), done
    assert [sellable(shelf) for shelf in made[::2]] == [[]] * 6
    assert [sellable(shelf) for shelf in made[1::2]] == [everything(each) for each in made[1::2]]
