"""Masters that were on sale before files were judged are compared, doubted, and not stopped."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import NOON, Shelf, a_shelf, a_store, a_user
from copies_music import heard, noisy, sound_of
from judged_files import CLIPPED, LOSSY, PADDED, examination_of, judge_as
from pennywhistle.apps.copies.models import Conflict, SoundDelivery
from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.apps.intake.doubts import older
from pennywhistle.apps.intake.doubts.actions import answer_doubt, decide_doubt
from pennywhistle.apps.intake.doubts.older import weigh_older
from pennywhistle.apps.intake.doubts.refusing import REFUSED, stop_what_is_refused
from pennywhistle.apps.intake.models import Doubt, Notice
from pennywhistle.apps.intake.telling.copies import tell_of_copies
from pennywhistle.apps.media.models import Hearing, Master
from pennywhistle.apps.rights.models import Stop

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.engines.audio.judgement import Finding

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATER = NOON + 300 * DAY


@pytest.fixture(autouse=True)
def _store(settings, tmp_path: Path) -> None:
    settings.FINGERPRINTS = tmp_path / "fingerprints"
    a_store()


def on_sale(title: str, sha256: str, *, at: datetime, found: tuple[Finding, ...] = ()) -> Shelf:
    """A release of its own label, whose only track has this master since an instant."""
    shelf = a_shelf(title, track_count=1)
    master = Master.objects.create(
        recording=shelf.tracks[0].recording,
        sha256=sha256,
        file_size_bytes=1,
        container="flac",
        codec="flac",
        is_lossless=True,
        sample_rate_hz=44_100,
        bits_per_sample=16,
        channel_count=2,
        sample_count=44_100,
        peaks=b"",
        delivered_at=at,
    )
    judge_as([(sha256, {})], *found)
    Hearing.objects.filter(sha256=sha256).update(examination=examination_of(master))
    return shelf


def decide(doubt: Doubt, kind: str) -> None:
    """An operator's word."""
    operator = a_user(f"{kind}-{doubt.pk}@example.org")
    decide_doubt(
        doubt_id=doubt.pk, kind=kind, reason="We listened.", user_id=operator.pk, now=LATER
    )


def test_of_two_that_were_on_sale_the_earlier_is_the_holder_and_both_stay_there() -> None:
    # Their content hashes are in no order that matters.
    second = on_sale("Second", heard(noisy(sound_of("folk"))), at=NOON + DAY)
    first = on_sale("First", heard(sound_of("folk")), at=NOON)

    assert weigh_older(now=LATER) == 2
    assert weigh_older(now=LATER + DAY) == 0

    conflict = Conflict.objects.get()
    assert conflict.newcomer == second.release.supplier
    assert conflict.holder == first.release.supplier
    assert (conflict.newcomer_at, conflict.holder_at) == (NOON + DAY, NOON)
    assert conflict.opened_at == LATER
    assert not Stop.objects.exists()
    tell_of_copies(now=LATER)
    for told in Notice.objects.all():
        assert "stays on sale until the store has decided" in told.sentence


def test_who_came_before_the_index_is_the_holder_though_a_copy_was_compared_first() -> None:
    copy = on_sale("Second", heard(noisy(sound_of("folk"))), at=LATER)
    compare_delivered(
        supplier_id=copy.release.supplier_id,
        sha256s=[heard(noisy(sound_of("folk")))],
        now=LATER,
        delivered_at=LATER,
    )
    first = on_sale("First", heard(sound_of("folk")), at=NOON)

    weigh_older(now=LATER + DAY)

    conflict = Conflict.objects.get()
    assert (conflict.newcomer, conflict.holder) == (copy.release.supplier, first.release.supplier)
    assert (conflict.newcomer_at, conflict.holder_at) == (LATER, NOON)


def test_what_is_serious_is_doubted_once_and_stays_on_sale() -> None:
    sha256 = heard(sound_of("folk"))
    shelf = on_sale("First", sha256, at=NOON, found=(LOSSY, CLIPPED))

    weigh_older(now=LATER)
    weigh_older(now=LATER)

    doubt = Doubt.objects.get()
    assert (doubt.supplier, doubt.sha256, doubt.code) == (
        shelf.release.supplier,
        sha256,
        "lossy-source",
    )
    assert doubt.path == shelf.tracks[0].title
    assert "stays on sale" in Notice.objects.get().sentence
    assert not Stop.objects.exists()


def test_what_is_interrupted_before_it_was_compared_is_made_up_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Killed(Exception):  # noqa: N818
        """Stands for the end of the process."""

    def die(**_values: object) -> None:
        raise Killed

    on_sale("First", heard(sound_of("folk")), at=NOON, found=(LOSSY,))
    with monkeypatch.context() as patch:
        patch.setattr(older, "compare_delivered", die)
        with pytest.raises(Killed):
            weigh_older(now=LATER)

    weigh_older(now=LATER)

    assert Doubt.objects.count() == Notice.objects.count() == SoundDelivery.objects.count() == 1


def test_a_refused_master_is_sold_no_more_until_it_is_let_through() -> None:
    shelf = on_sale("First", heard(sound_of("folk")), at=NOON, found=(LOSSY,))
    weigh_older(now=LATER)
    doubt = Doubt.objects.get()

    decide(doubt, "upheld")
    stop_what_is_refused(now=LATER)

    stop = Stop.objects.get()
    assert (stop.track, stop.sentence, stop.closed_at) == (shelf.tracks[0], REFUSED, None)
    decide(doubt, "accepted")
    assert not Stop.objects.open().exists()


def test_a_file_that_is_refused_for_one_of_two_findings_is_not_sold() -> None:
    on_sale("First", heard(sound_of("folk")), at=NOON, found=(LOSSY, PADDED))
    weigh_older(now=LATER)
    first, second = Doubt.objects.order_by("id")

    decide(first, "upheld")
    decide(second, "overruled")

    assert Stop.objects.open().count() == 1


def test_a_better_file_in_its_place_is_sold_again() -> None:
    shelf = on_sale("First", heard(sound_of("folk")), at=NOON, found=(LOSSY,))
    weigh_older(now=LATER)
    decide(Doubt.objects.get(), "upheld")

    Master.objects.filter(recording=shelf.tracks[0].recording).update(
        sha256=heard(sound_of("chip"))
    )
    stop_what_is_refused(now=LATER)

    assert not Stop.objects.open().exists()


def test_an_answer_alone_lets_nothing_be_sold_again() -> None:
    on_sale("First", heard(sound_of("folk")), at=NOON, found=(LOSSY,))
    weigh_older(now=LATER)
    doubt = Doubt.objects.get()
    decide(doubt, "upheld")

    answer_doubt(doubt_id=doubt.pk, text="Please.", user_id=a_user("x@x.org").pk, now=LATER)
    stop_what_is_refused(now=LATER)

    assert Stop.objects.open().count() == 1
    decide(doubt, "accepted")
    assert not Stop.objects.open().exists()
