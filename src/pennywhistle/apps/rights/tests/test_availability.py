"""Availability says of every item and territory what clearance would, and follows each change."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, Shelf, a_shelf, a_store, usd
from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.rights import actions, work
from pennywhistle.apps.rights.models import Availability, DueRelease, RegisterChange
from pennywhistle.apps.rights.tests.registers import (
    as_kept,
    catch_up,
    due,
    everything,
    sellable,
)
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelves(db: None) -> list[Shelf]:
    """Two releases of two labels, up to date."""
    a_store()
    made = [a_shelf("Tin Weather", track_count=2), a_shelf("Salt", track_count=1)]
    catch_up(NOON)
    return made


def test_an_item_has_one_row_where_it_has_one_price(shelves: list[Shelf]) -> None:
    rows = Availability.objects.filter(release=shelves[0].release)

    said = {(row.track_id, row.territories.text, row.price_micro, row.currency) for row in rows}
    assert said == {
        (None, "Worldwide", 350_000, "USD"),
        *((track.pk, "Worldwide", 140_000, "USD") for track in shelves[0].tracks),
    }
    assert not RegisterChange.objects.exists()
    assert not DueRelease.objects.exists()


def test_what_nobody_may_sell_has_no_row(shelves: list[Shelf]) -> None:
    tin, salt = shelves
    actions.stop_sale(release_id=tin.release.pk, kind="operator", sentence="Asked to.", now=NOON)

    catch_up(NOON)

    assert not Availability.objects.filter(release=tin.release).exists()
    assert sellable(salt) == everything(salt)


def test_a_territory_that_does_not_exist_has_nothing(shelves: list[Shelf]) -> None:
    assert sellable(shelves[0], territory="ZZ") == []


def test_a_row_says_when_something_of_its_release_changes(shelves: list[Shelf]) -> None:
    tin, ends_at = shelves[0], NOON + timedelta(hours=1)
    Release.objects.filter(id=tin.release.pk).update(withdrawn_at=ends_at)

    catch_up(NOON)

    rows = Availability.objects.filter(release=tin.release)
    assert set(rows.values_list("holds_until", flat=True)) == {ends_at}
    assert sellable(tin) == everything(tin)
    catch_up(ends_at)
    assert sellable(tin) == []


def test_what_did_not_change_keeps_its_rows(shelves: list[Shelf]) -> None:
    tin = shelves[0]
    before = set(Availability.objects.values_list("id", "track_id"))
    actions.stop_sale(
        release_id=tin.release.pk, track_id=tin.tracks[0].pk, kind="operator",
        sentence="Asked to.", now=NOON,
    )  # fmt: skip

    catch_up(NOON)

    after = set(Availability.objects.values_list("id", "track_id"))
    assert {track_id for _, track_id in before - after} == {None, tin.tracks[0].pk}
    assert after < before


def test_a_grant_that_begins_is_offered_from_that_instant_on(shelves: list[Shelf]) -> None:
    tin = shelves[0]
    begins_at, ends_at = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    terms = actions.GrantTerms(
        Territories.of("FR"), Period(begins_at, ends_at), "USD", usd("0.20"), Money.zero("USD")
    )
    actions.close_grant(grant_id=tin.release.grants.get(track=None).pk, now=NOON)
    actions.record_grant(
        licensor_id=tin.release.label_id, release_id=tin.release.pk, track_id=None,
        terms=terms, now=NOON,
    )  # fmt: skip

    offered = {}
    for minutes in (0, 59, 60, 119, 120):
        at = NOON + timedelta(minutes=minutes)
        catch_up(at)
        offered[minutes] = None in sellable(tin)

    assert offered == {0: False, 59: False, 60: True, 119: True, 120: False}
    assert not DueRelease.objects.exists()


def test_a_release_comes_to_the_shelves_on_its_day(db: None) -> None:
    a_store()
    tin = a_shelf("Tin Weather")
    day = NOON + timedelta(days=1)
    Release.objects.filter(id=tin.release.pk).update(published_at=day)
    catch_up(NOON)
    assert sellable(tin) == []

    catch_up(day)

    assert sellable(tin) == everything(tin)


def test_taxes_that_change_put_everything_behind_what_changes_for_itself(
    shelves: list[Shelf],
) -> None:
    change_at = NOON + timedelta(days=40)
    set_tax_rate(
        territory="FR", rate=Fraction(1, 5), valid=Period(change_at, None), source="CGI", now=NOON
    )

    catch_up(NOON)

    looks = DueRelease.objects.values_list("release_id", "due_at", "is_bulk")
    assert set(looks) == {(shelf.release.pk, change_at, True) for shelf in shelves}
    # The price stays; only the floor moves. A list may show it meanwhile.
    assert set(Availability.objects.values_list("holds_until", flat=True)) == {None}


def test_before_the_store_is_set_up_everything_waits(db: None) -> None:
    tin = a_shelf("Tin Weather")
    progress = work.refresh_availability(now=NOON)
    assert (progress.releases, due()) == (0, {"Tin Weather"})
    assert not progress.is_waiting

    a_store()
    catch_up(NOON)

    assert sellable(tin) == everything(tin)


def test_a_track_that_is_gone_takes_its_rows_along(shelves: list[Shelf]) -> None:
    tin, salt = shelves
    moved = salt.tracks[0]
    Track.objects.filter(id=moved.pk).update(release=tin.release, track_number=9)

    catch_up(NOON)

    assert not Availability.objects.filter(release=salt.release, track=moved).exists()


def test_a_rebuild_brings_back_what_was_lost_and_removes_what_is_nobodys(
    shelves: list[Shelf],
) -> None:
    kept = as_kept(NOON)
    row = Availability.objects.first()
    assert row is not None
    Availability.objects.filter(id=row.pk).update(price_micro=1)
    row.pk, row.release_id = None, 10**9
    row.save()

    assert work.mark_all_due(now=NOON) == len(shelves) + 1
    catch_up(NOON)

    assert as_kept(NOON) == kept
