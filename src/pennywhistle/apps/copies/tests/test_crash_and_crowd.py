"""Killed at any step, and delivered by many at once: nothing is lost, doubled or missed."""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from builders import NOON
from copies_music import heard, label, noisy, sound_of
from forked import die, in_a_process
from pennywhistle.apps.copies import finding, work
from pennywhistle.apps.copies.finding import find
from pennywhistle.apps.copies.models import Conflict, News, Sound, SoundDelivery
from pennywhistle.apps.copies.upkeep import index_status
from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.engines.fingerprint import Index, compare
from threads import at_once

if TYPE_CHECKING:
    from pennywhistle.apps.copies.finding import Found

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = (
    "before the index",
    "after the index",
    "while rows are written",
    "before the commit",
    "after the commit",
)


def compare_and_be_killed(step: str, supplier_id: int, content: str) -> None:
    """Compare as a worker does, and be killed by oneself right before or after what is named."""
    if step == "before the index":
        Index.add = die
    if step == "after the index":
        SoundDelivery.objects.create = die
    if step == "while rows are written":
        News.objects.bulk_create = die
    if step == "before the commit":
        BaseDatabaseWrapper.commit = die
    compare_delivered(supplier_id=supplier_id, sha256s=[content], now=NOON)
    if step == "after the commit":
        die()


def test_killed_at_any_step_the_next_try_finds_the_copy_once() -> None:
    first, second = label("First"), label("Second")
    compare_delivered(supplier_id=first.pk, sha256s=[heard(sound_of("folk"))], now=NOON)
    copy = heard(noisy(sound_of("folk")))

    for step in STEPS:
        ended = in_a_process(partial(compare_and_be_killed, step, second.pk, copy))

        assert ended == -signal.SIGKILL, step
        assert Conflict.objects.count() == (step == "after the commit")
    compare_delivered(supplier_id=second.pk, sha256s=[copy], now=NOON)

    assert (Sound.objects.count(), SoundDelivery.objects.count()) == (2, 2)
    assert (Conflict.objects.count(), News.objects.count()) == (1, 2)
    third = label("Third")
    compare_delivered(
        supplier_id=third.pk, sha256s=[heard(noisy(sound_of("folk"), 0.03))], now=NOON
    )
    assert set(Conflict.objects.filter(newcomer=third).values_list("holder__name", flat=True)) == {
        "First",
        "Second",
    }
    assert index_status().is_complete


def test_of_suppliers_who_deliver_one_recording_at_once_the_later_ones_find_the_earlier() -> None:
    suppliers = [label(f"Supplier {number}") for number in range(3)]
    contents = [heard(noisy(sound_of("folk"), 0.005 * (1 + number))) for number in range(3)]

    answers = at_once(
        3,
        lambda number: compare_delivered(
            supplier_id=suppliers[number].pk, sha256s=[contents[number]], now=NOON
        ),
    )

    assert answers == [None] * 3
    between = Conflict.objects.values_list("newcomer", "holder")
    assert len(between) == len({frozenset(pair) for pair in between}) == 3


def test_one_delivery_compared_by_two_workers_is_compared_once() -> None:
    first, second = label("First"), label("Second")
    copy = heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=first.pk, sha256s=[heard(sound_of("folk"))], now=NOON)

    answers = at_once(
        4, lambda _: compare_delivered(supplier_id=second.pk, sha256s=[copy], now=NOON)
    )

    assert answers == [None] * 4
    assert Conflict.objects.count() == 1


@pytest.mark.parametrize("is_dated_back", [False, True])
def test_nobody_waits_while_fingerprints_are_compared(
    monkeypatch: pytest.MonkeyPatch, *, is_dated_back: bool
) -> None:
    older = label("Older")
    for number in range(3):
        supplier = label(f"Newer {number}")
        copy = heard(noisy(sound_of("folk"), 0.01 * (1 + number)))
        compare_delivered(supplier_id=supplier.pk, sha256s=[copy], now=NOON)
    compared: list[bool] = []

    def noted(*fingerprints: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            compared.append(bool(cursor.fetchone()[0]))
        return compare(*fingerprints)

    monkeypatch.setattr(finding, "compare", noted)
    at = NOON - timedelta(days=9) if is_dated_back else None

    compare_delivered(
        supplier_id=older.pk, sha256s=[heard(sound_of("folk"))], now=NOON, delivered_at=at
    )

    assert len(compared) >= 3
    assert not any(compared)
    assert Conflict.objects.filter(holder=older).count() == (3 if is_dated_back else 0)


def test_a_large_delivery_lets_others_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    large, small = label("Large"), label("Small")
    many = [heard(noisy(sound_of("chip", 6.0), 0.002 * (1 + number))) for number in range(12)]
    one = heard(sound_of("folk"))

    def slow(*asked: Any) -> list[Found]:
        time.sleep(0.1)
        return find(*asked)

    monkeypatch.setattr(work, "find", slow)
    monkeypatch.setattr(work, "TURNS_FOR_S", 0.2)

    def deliver(number: int) -> None:
        if number == 0:
            compare_delivered(supplier_id=large.pk, sha256s=many, now=NOON)
            return
        give_up_at = time.monotonic() + 30
        while not SoundDelivery.objects.exists() and time.monotonic() < give_up_at:
            time.sleep(0.02)
        compare_delivered(supplier_id=small.pk, sha256s=[one], now=NOON)

    assert at_once(2, deliver) == [None] * 2
    order = list(SoundDelivery.objects.order_by("id").values_list("supplier", flat=True))
    assert len(order) == 13
    assert order.index(small.pk) < 12
