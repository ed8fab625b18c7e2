"""The till remembers facts, and forgets them the moment that one of them changed."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from builders import NOON, Shelf, a_shelf, a_store, a_user
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.orders import known
from pennywhistle.apps.orders.known import items_at_till, known_for_max
from pennywhistle.apps.rights.actions import close_grant, stop_sale
from pennywhistle.apps.rights.facts import statement
from pennywhistle.apps.rights.models import Grant
from pennywhistle.apps.rights.queries import Loaded, load_items
from threads import at_once


def seen(shelf: Shelf) -> Loaded:
    ref = shelf.track(1)
    found = items_at_till([ref], at=NOON)[ref]
    # Other grants or stops would be other items.
    assert found.item == load_items([ref], at=NOON)[ref].item
    return found


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many items the till read from the database, each time that it did."""
    counts: list[int] = []

    def counting(refs, *, at):
        counts.append(len(refs))
        return load_items(refs, at=at)

    monkeypatch.setattr(known, "load_items", counting)
    return counts


@pytest.mark.django_db(transaction=True)
def test_what_did_not_change_is_not_read_again(shelf: Shelf, reads: list[int]) -> None:
    for _ in range(3):
        seen(shelf)
    items_at_till([shelf.track(1), shelf.track(2)], at=NOON)
    a_user()

    assert seen(shelf).item.title == "Track 1"
    assert reads == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_a_change_is_seen_at_once(shelf: Shelf) -> None:
    first = seen(shelf)
    stop_sale(release_id=shelf.release.pk, kind="takedown", sentence="Taken down.", now=NOON)
    stopped = seen(shelf)
    close_grant(grant_id=Grant.objects.get(track=shelf.tracks[0]).pk, now=NOON)
    closed = seen(shelf)

    assert not first.item.stops
    assert stopped.item.stops
    assert stopped.item.tracks[0].grants
    assert not closed.item.tracks[0].grants


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_later_is_seen_then(shelf: Shelf) -> None:
    changed, read = threading.Event(), threading.Event()

    def stop(_: int) -> None:
        with transaction.atomic():
            stop_sale(release_id=shelf.release.pk, kind="takedown", sentence="No.", now=NOON)
            changed.set()
            assert read.wait(timeout=30)

    def look() -> None:
        assert changed.wait(timeout=30)
        for _ in range(2):
            assert not seen(shelf).item.stops
        read.set()

    other = threading.Thread(target=at_once, args=(1, stop))
    other.start()
    look()
    other.join(timeout=30)

    assert seen(shelf).item.stops


@pytest.mark.django_db(transaction=True)
def test_what_waits_for_its_day_is_public_on_it(shelf: Shelf) -> None:
    Release.objects.update(published_at=NOON + timedelta(days=1))

    assert not seen(shelf).item.is_published
    ref = shelf.track(1)
    assert items_at_till([ref], at=NOON + timedelta(days=1))[ref].item.is_published


@pytest.mark.django_db(transaction=True)
def test_nothing_is_remembered_for_longer_than_changes_are_noted(
    shelf: Shelf, reads: list[int]
) -> None:
    ref = shelf.track(1)
    for at in (NOON, NOON + known_for_max, NOON + 2 * known_for_max + timedelta(seconds=1)):
        items_at_till([ref], at=at)
    assert reads == [1, 1]

    known.forget()
    items_at_till([ref], at=NOON)
    assert reads == [1, 1, 1]


@pytest.mark.django_db
def test_a_transaction_remembers_nothing(shelf: Shelf) -> None:
    assert connection.in_atomic_block

    ref = shelf.track(1)
    stop_sale(release_id=shelf.release.pk, kind="takedown", sentence="Taken down.", now=NOON)

    assert items_at_till([ref], at=NOON)[ref].item.stops


@pytest.mark.django_db
def test_every_table_that_facts_are_read_from_is_watched() -> None:
    tables = set(re.findall(r"(?:FROM|JOIN)\s+([a-z]+_[a-z]+)", statement._FACTS))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'orders_note_facts'"
        )
        watched = {name for (name,) in cursor.fetchall()}

    assert "rights_grant" in tables
    assert tables <= watched
