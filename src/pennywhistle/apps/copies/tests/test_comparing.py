"""What is delivered is compared with all that the store knows, and with what is blocked."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from builders import NOON
from copies_music import RATE_HZ, heard, label, noisy, sound_of
from pennywhistle.apps.copies.models import Conflict, Match, News, Pair, Sound, SoundDelivery
from pennywhistle.apps.copies.queries import conflicts_holding
from pennywhistle.apps.copies.work import NotHeardError, compare_delivered
from pennywhistle.apps.rights.models import Transfer
from pennywhistle.engines.fingerprint.tests.conftest import tune

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def deliver(supplier, *sha256s: str, at=NOON) -> None:
    compare_delivered(supplier_id=supplier.pk, sha256s=sha256s, now=at, delivered_at=at)


def test_a_copy_under_another_supplier_is_held_with_both_names_and_times() -> None:
    first, second = label("First"), label("Second")
    original, copy = heard(sound_of("folk")), heard(noisy(sound_of("folk")))
    deliver(first, original)

    deliver(second, copy, at=NOON + DAY)

    conflict = Conflict.objects.get()
    assert (conflict.newcomer, conflict.holder) == (second, first)
    assert (conflict.newcomer_at, conflict.holder_at) == (NOON + DAY, NOON)
    assert conflict.sound.sha256 == copy
    match = conflict.matches.get()
    assert match.other.sha256 == original
    assert not match.is_exact
    assert match.length_s > 20
    assert abs(match.offset_s) < 0.1
    assert abs(match.speed - 1) < 0.001
    assert conflicts_holding(sha256s=[copy], supplier_id=second.pk) == {copy: [conflict]}
    assert conflicts_holding(sha256s=[original], supplier_id=first.pk) == {}
    assert set(News.objects.values_list("supplier", flat=True)) == {first.pk, second.pk}


def test_delivering_again_changes_nothing() -> None:
    first, second = label("First"), label("Second")
    original, copy = heard(sound_of("folk")), heard(noisy(sound_of("folk")))
    deliver(first, original)
    deliver(second, copy)

    deliver(second, copy, copy, at=NOON + DAY)
    deliver(first, original, at=NOON + DAY)

    assert Conflict.objects.count() == Match.objects.count() == 1
    assert News.objects.count() == Sound.objects.count() == SoundDelivery.objects.count() == 2


def test_the_same_bytes_are_a_match_and_hold_only_the_second_one() -> None:
    first, second = label("First"), label("Second")
    content = heard(sound_of("folk"))
    deliver(first, content)

    deliver(second, content, at=NOON + DAY)

    match = Match.objects.get()
    assert match.is_exact
    assert match.length_s == pytest.approx(24, abs=0.1)
    assert Sound.objects.count() == 1
    assert list(conflicts_holding(sha256s=[content], supplier_id=second.pk)) == [content]
    assert conflicts_holding(sha256s=[content], supplier_id=first.pk) == {}


def test_other_music_silence_and_a_short_sample_hold_nothing() -> None:
    first, second = label("First"), label("Second")
    band, strings = sound_of("folk"), sound_of("chip")
    silence = np.zeros((6 * RATE_HZ, 2))
    borrowed = np.concatenate([strings, band[: 6 * RATE_HZ]])
    deliver(first, heard(band), heard(silence))

    deliver(second, heard(strings), heard(silence), heard(borrowed))

    assert not Conflict.objects.exists()


def test_a_cover_version_is_not_held_and_another_take_of_it_neither() -> None:
    first, second = label("First"), label("Second")
    deliver(first, heard(tune()[:, None]))

    deliver(second, heard(tune(overtones=(1, 0, 0.5, 0, 0.4), loose_s=0.03, seed=4)[:, None]))
    deliver(second, heard(tune(loose_s=0.04, seed=6)[:, None]))

    assert not Conflict.objects.exists()


def test_ten_seconds_of_a_recording_are_held_and_placed() -> None:
    first, second = label("First"), label("Second")
    original = sound_of("folk")
    deliver(first, heard(original))

    deliver(second, heard(original[8 * RATE_HZ : 18 * RATE_HZ]))

    match = Match.objects.get()
    assert match.other_start_s == pytest.approx(8, abs=1)
    assert match.offset_s == pytest.approx(8, abs=0.1)


def test_a_supplier_s_own_other_file_is_proposed_as_the_same_recording() -> None:
    mine = label("Mine")
    master, again = heard(sound_of("folk")), heard(noisy(sound_of("folk")))
    edit = heard(sound_of("folk")[: 15 * RATE_HZ])

    deliver(mine, master, again, edit)

    pair = Pair.objects.get()
    assert (pair.first.sha256, pair.other.sha256) == (master, again)
    assert not Conflict.objects.exists()


def test_who_took_over_a_catalog_is_no_impostor_and_who_gave_it_away_is() -> None:
    old, middle, new = label("Old"), label("Middle"), label("New")
    Transfer.objects.create(from_supplier=old, to_supplier=middle, recorded_at=NOON)
    Transfer.objects.create(
        from_supplier=middle, to_supplier=new, valid_until=NOON + DAY, recorded_at=NOON
    )
    deliver(old, heard(sound_of("folk")))

    deliver(new, heard(noisy(sound_of("folk"))), at=NOON + DAY)

    assert not Conflict.objects.exists()
    deliver(middle, heard(sound_of("chip")), at=NOON + 2 * DAY)
    deliver(new, heard(noisy(sound_of("chip"))), at=NOON + 3 * DAY)
    assert Conflict.objects.get().holder == middle


def test_an_impostor_s_try_does_not_hold_the_owner_s_next_file() -> None:
    owner, impostor = label("Owner"), label("Impostor")
    deliver(owner, heard(sound_of("folk")))
    deliver(impostor, heard(noisy(sound_of("folk"), 0.01)), at=NOON + DAY)

    deliver(owner, heard(noisy(sound_of("folk"), 0.03)), at=NOON + 2 * DAY)

    assert [each.newcomer for each in Conflict.objects.all()] == [impostor]


def test_what_was_not_heard_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(NotHeardError):
        deliver(label("First"), heard(sound_of("folk")), "f" * 64)

    assert not Sound.objects.exists()
