"""What a ruling refuses is not sold as long as it holds, whatever else stops or lets go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON, Shelf, a_shelf, a_user
from copies_music import heard, label, noisy, sound_of
from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.copies.actions import block_content, decide_conflict, end_block
from pennywhistle.apps.copies.models import Conflict
from pennywhistle.apps.copies.stopping import REFUSED, stop_what_is_ruled
from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.rights.actions import stop_exactly, stop_sale
from pennywhistle.apps.rights.models import Stop

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATER = NOON + DAY


def a_master(track: Track, sha256: str) -> None:
    """The track's recording has this content now."""
    values = {
        "sha256": sha256,
        "file_size_bytes": 1,
        "container": "flac",
        "codec": "flac",
        "is_lossless": True,
        "sample_rate_hz": 44_100,
        "bits_per_sample": 16,
        "channel_count": 2,
        "sample_count": 44_100,
        "peaks": b"",
        "delivered_at": NOON,
    }
    Master.objects.update_or_create(recording=track.recording, defaults=values)


@pytest.fixture
def operator():
    return a_user("operator@example.org")


@pytest.fixture
def shelf() -> Shelf:
    """What the earlier supplier sells."""
    shelf = a_shelf("Tin Weather")
    content = heard(sound_of("folk"))
    a_master(shelf.tracks[0], content)
    compare_delivered(supplier_id=shelf.release.supplier_id, sha256s=[content], now=NOON)
    return shelf


@pytest.fixture
def conflict(shelf: Shelf) -> Conflict:
    copy = heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=label("Second").pk, sha256s=[copy], now=LATER)
    return Conflict.objects.get()


def decide(conflict: Conflict, verdict: str, user) -> None:
    decide_conflict(
        conflict_id=conflict.pk, verdict=verdict, reason="Heard.", user_id=user.pk, now=LATER
    )


def standing() -> list[str]:
    return sorted(Stop.objects.open().values_list("sentence", flat=True))


def test_each_cause_lifts_only_its_own_stops(conflict: Conflict, shelf: Shelf, operator) -> None:
    track = shelf.tracks[0]
    by_hand = {"release_id": track.release_id, "track_id": track.pk, "now": NOON}
    stop_sale(**by_hand, kind=Stop.Kind.OPERATOR, sentence="A court forbids it.")
    damaged = {"cause": "damaged", "sentence": "It is damaged.", "now": LATER}
    stop_exactly(find=lambda: [track], **damaged)
    decide(conflict, "holder-refused", operator)
    assert standing() == ["A court forbids it.", "It is damaged.", REFUSED]

    stop_exactly(find=list, **damaged)
    assert standing() == ["A court forbids it.", REFUSED]

    stop_exactly(find=lambda: [track], **damaged)
    decide(conflict, "both", operator)
    assert standing() == ["A court forbids it.", "It is damaged."]


def test_the_same_stop_for_the_same_cause_is_one(shelf: Shelf) -> None:
    track = shelf.tracks[0]
    for _ in range(2):
        stop_exactly(cause="x", find=lambda: [track], sentence="No.", now=NOON)

    assert standing() == ["No."]


def test_another_recording_in_its_place_is_sold_again(
    conflict: Conflict, shelf: Shelf, operator
) -> None:
    decide(conflict, "holder-refused", operator)
    a_master(shelf.tracks[0], heard(sound_of("chip")))

    assert stop_what_is_ruled(now=LATER) == 0

    assert standing() == []


def test_the_refused_recording_in_another_place_is_not_sold_there(
    conflict: Conflict, shelf: Shelf, operator
) -> None:
    decide(conflict, "holder-refused", operator)
    sha256 = conflict.matches.get().other.sha256
    a_master(shelf.tracks[1], sha256)

    assert stop_what_is_ruled(now=LATER) == 2


def test_a_track_that_has_left_is_stopped_for_when_it_returns(
    conflict: Conflict, shelf: Shelf, operator
) -> None:
    Track.objects.filter(id=shelf.tracks[0].pk).update(left_at=NOON)

    decide(conflict, "holder-refused", operator)

    assert Stop.objects.open().get().track == shelf.tracks[0]


def test_what_a_blocklist_entry_stopped_is_sold_again_once_it_is_ended(
    shelf: Shelf, operator
) -> None:
    entry = {"title": "Folk", "reason": "A court forbade it.", "user_id": operator.pk, "now": NOON}
    block = block_content(sha256=heard(noisy(sound_of("folk"))), **entry)
    decide(Conflict.objects.get(), "newcomer-refused", operator)
    assert standing() == [REFUSED]

    end_block(block_id=block.pk, reason="It was a mistake.", user_id=operator.pk, now=LATER)

    assert standing() == []
