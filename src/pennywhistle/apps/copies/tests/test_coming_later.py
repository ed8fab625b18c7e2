"""Who is held when clocks differ, catalogs change hands, and the earlier one delivers again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import NOON, a_user
from copies_music import heard, label, noisy, sound_of
from pennywhistle.apps.copies import work
from pennywhistle.apps.copies.actions import decide_conflict
from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.copies.models import Conflict, SoundDelivery
from pennywhistle.apps.copies.queries import conflicts_holding, matches_of, transfer_between
from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.apps.rights.models import Transfer

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.parties.models import Party

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# By the database's own clock.
LONG_AGO, NEVER = datetime(2001, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


def deliver(supplier: Party, *sha256s: str, now=NOON) -> None:
    compare_delivered(supplier_id=supplier.pk, sha256s=sha256s, now=now)


def is_held(supplier: Party, sha256: str) -> bool:
    return bool(conflicts_holding(sha256s=[sha256], supplier_id=supplier.pk))


def decide(conflict: Conflict, verdict: str) -> None:
    decide_conflict(
        conflict_id=conflict.pk,
        verdict=verdict,
        reason="They showed a contract.",
        user_id=a_user(f"{verdict}@example.org").pk,
        now=NOON + DAY,
    )


def variants(count: int) -> list[str]:
    """Files with the same recording, no two of the same bytes."""
    return [heard(noisy(sound_of("folk"), 0.005 + 0.001 * each)) for each in range(count)]


def test_who_is_compared_second_is_held_though_its_job_began_before() -> None:
    first, second = label("First"), label("Second")
    original, copy = heard(sound_of("folk")), heard(noisy(sound_of("folk")))

    deliver(first, original, now=NOON + 2 * MINUTE)
    deliver(second, copy, now=NOON)

    assert is_held(second, copy)
    assert not is_held(first, original)
    assert Conflict.objects.get().holder == first


def test_what_was_compared_earlier_is_earlier_whatever_the_clock_says() -> None:
    first, second = label("First"), label("Second")
    original, copy = heard(sound_of("folk")), heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=first.pk, sha256s=[original], now=NOON, delivered_at=NEVER)

    deliver(second, copy)

    assert is_held(second, copy)
    assert Conflict.objects.get().newcomer_at == NEVER


@pytest.mark.parametrize(
    ("begins", "ends", "freed"),
    [
        (None, None, True),
        (LONG_AGO, NEVER, True),
        (None, NOON + DAY, True),
        (NEVER, None, False),
        (None, NOON - DAY, False),
        (LONG_AGO, NOON - DAY, False),
    ],
)
def test_a_transfer_on_record_later_frees_only_what_came_with_it(
    begins: datetime | None,
    ends: datetime | None,
    freed: bool,  # noqa: FBT001 (a column of the table)
) -> None:
    old, middle, new = label("Old"), label("Middle"), label("New")
    original, copy = heard(sound_of("folk")), heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=old.pk, sha256s=[original], now=NOON, delivered_at=NOON)
    deliver(new, copy)
    assert is_held(new, copy)

    Transfer.objects.create(
        from_supplier=old, to_supplier=middle, recorded_at=NOON, valid_from=begins, valid_until=ends
    )
    assert is_held(new, copy)
    Transfer.objects.create(from_supplier=middle, to_supplier=new, recorded_at=NOON)

    assert is_held(new, copy) is not freed
    assert transfer_between(Conflict.objects.get()) is freed


def test_what_the_earlier_one_delivers_while_it_is_undecided_waits_for_the_same_ruling() -> None:
    impostor, honest = label("Impostor"), label("Honest")
    first, second, mine = *variants(2), heard(sound_of("folk"))
    deliver(impostor, first)
    deliver(honest, mine)

    deliver(impostor, second)

    conflict = Conflict.objects.get()
    assert is_held(impostor, second)
    assert not is_held(impostor, first)
    decide(conflict, "holder-refused")
    assert is_held(impostor, first)
    assert is_held(impostor, second)
    assert not is_held(honest, mine)


@pytest.mark.parametrize("verdict", ["both", "newcomer-refused"])
def test_the_earlier_one_s_next_file_is_free_once_it_is_not_refused(verdict: str) -> None:
    owner, other = label("Owner"), label("Other")
    first, second, copy = *variants(2), heard(sound_of("folk"))
    deliver(owner, first)
    deliver(other, copy)
    deliver(owner, second)

    decide(Conflict.objects.get(), verdict)

    assert not is_held(owner, second)
    third = heard(noisy(sound_of("folk"), 0.03))
    deliver(owner, third)
    assert not is_held(owner, third)
    assert Conflict.objects.count() == 1


def test_the_stretch_that_is_noted_for_the_earlier_one_s_next_file_is_the_newcomer_s() -> None:
    impostor, honest = label("Impostor"), label("Honest")
    sound = sound_of("folk")
    deliver(impostor, heard(sound))
    deliver(honest, heard(noisy(sound)))
    part = heard(noisy(sound[8 * 44_100 :], 0.01))

    deliver(impostor, part)

    match = Conflict.objects.get().matches.get(other__sha256=part)
    assert match.start_s == pytest.approx(8, abs=1)
    assert match.offset_s == pytest.approx(-8, abs=0.1)
    assert match.other_start_s == pytest.approx(0, abs=1)


def test_a_refusal_finds_what_no_conflict_took_in(monkeypatch: pytest.MonkeyPatch) -> None:
    impostor, honest = label("Impostor"), label("Honest")
    first, second, mine = *variants(2), heard(sound_of("folk"))
    deliver(impostor, first)
    deliver(honest, mine)
    with monkeypatch.context() as patch:
        # As by a store that had not learned it.
        patch.setattr(work, "_join_conflicts", lambda *_: None)
        deliver(impostor, second)
    conflict = Conflict.objects.get()
    assert not is_held(impostor, second)

    decide(conflict, "holder-refused")

    assert is_held(impostor, second)


def test_an_older_master_of_the_earlier_one_that_is_compared_late_is_refused_too() -> None:
    impostor, honest = label("Impostor"), label("Honest")
    first, second, mine = *variants(2), heard(sound_of("folk"))
    deliver(impostor, first)
    deliver(honest, mine)
    compare_delivered(supplier_id=impostor.pk, sha256s=[second], now=NOON, delivered_at=LONG_AGO)
    assert not is_held(impostor, second)

    decide(Conflict.objects.get(), "holder-refused")

    assert is_held(impostor, second)


def test_while_the_index_is_made_again_nobody_is_refused_by_halves(index_here: Path) -> None:
    impostor, honest = label("Impostor"), label("Honest")
    deliver(impostor, heard(sound_of("folk")))
    deliver(honest, heard(noisy(sound_of("folk"))))
    conflict = Conflict.objects.get()
    (index_here / "complete").unlink()

    with pytest.raises(IndexUnavailableError):
        decide(conflict, "holder-refused")

    assert conflict.ruling is None


def test_everything_that_the_earlier_one_has_is_refused_and_ten_stretches_are_shown() -> None:
    impostor, honest = label("Impostor"), label("Honest")
    files = variants(12)
    deliver(impostor, *files)
    deliver(honest, heard(sound_of("folk")))
    conflict = Conflict.objects.get()
    assert conflict.matches.count() == 12
    assert len(matches_of(conflict)) == 10

    decide(conflict, "holder-refused")

    assert all(is_held(impostor, each) for each in files)
    again = heard(noisy(sound_of("folk"), 0.03))
    deliver(honest, again)
    assert not is_held(honest, again)


def test_many_copies_are_judged_with_as_many_queries_as_few() -> None:
    first, second = label("First"), label("Second")
    counts = []
    for number, content in enumerate(variants(8)):
        with CaptureQueriesContext(connection) as asked:
            deliver(first if number % 2 else second, content)
        counts.append(len(asked))

    assert max(counts[4:]) <= counts[3] + 2
    assert SoundDelivery.objects.count() == 8
