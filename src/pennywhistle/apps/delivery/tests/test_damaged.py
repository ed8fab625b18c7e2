"""What is damaged for good is not sold, until its file is back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON, Shelf, a_shelf, a_store
from pennywhistle.apps.delivery.damaged import DAMAGED, stop_what_is_damaged
from pennywhistle.apps.media.models import Master, StoredMaster
from pennywhistle.apps.rights.actions import stop_sale
from pennywhistle.apps.rights.models import Stop

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)
FIRST, SECOND = "a" * 64, "b" * 64


@pytest.fixture
def shelf() -> Shelf:
    """Two tracks, of which the first one's master is damaged."""
    a_store()
    shelf = a_shelf(track_count=2)
    for track, sha256, damage in zip(shelf.tracks, (FIRST, SECOND), ("differs", ""), strict=True):
        StoredMaster.objects.create(sha256=sha256, file_size_bytes=1, damage=damage)
        Master.objects.create(
            recording_id=track.recording_id,
            sha256=sha256,
            file_size_bytes=1,
            container="flac",
            codec="flac",
            is_lossless=True,
            sample_rate_hz=44_100,
            bits_per_sample=16,
            channel_count=2,
            sample_count=1,
            peaks=b"",
            delivered_at=NOON,
        )
    return shelf


def stopped() -> list[tuple[int | None, str]]:
    return list(Stop.objects.open().values_list("track_id", "sentence"))


def test_the_sale_of_a_damaged_track_is_stopped_once(shelf: Shelf) -> None:
    assert stop_what_is_damaged(now=NOON) == 1
    assert stop_what_is_damaged(now=LATER) == 1

    assert stopped() == [(shelf.tracks[0].pk, DAMAGED)]


@pytest.mark.usefixtures("shelf")
def test_it_goes_on_when_the_master_is_whole_again() -> None:
    stop_what_is_damaged(now=NOON)
    StoredMaster.objects.update(damage="")

    assert stop_what_is_damaged(now=LATER) == 0

    assert stopped() == []


def test_what_an_operator_stopped_stays_stopped(shelf: Shelf) -> None:
    stop_sale(
        release_id=shelf.release.pk,
        track_id=shelf.tracks[0].pk,
        kind=Stop.Kind.OPERATOR,
        sentence="It is not theirs.",
        now=NOON,
    )
    stop_what_is_damaged(now=NOON)
    StoredMaster.objects.update(damage="")

    stop_what_is_damaged(now=LATER)

    assert stopped() == [(shelf.tracks[0].pk, "It is not theirs.")]
