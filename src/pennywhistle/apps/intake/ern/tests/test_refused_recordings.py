"""What is refused is not sold again by a message that names it without its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test.utils import override_settings

from builders import a_user
from judged_files import LOSSY
from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.copies.actions import decide_conflict
from pennywhistle.apps.copies.models import Conflict, Match, Sound
from pennywhistle.apps.intake.doubts.actions import decide_doubt
from pennywhistle.apps.intake.ern.doubted import look_again_at_held
from pennywhistle.apps.intake.ern.tests.conftest import NOW, sale, verdict
from pennywhistle.apps.intake.models import Doubt, Message
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pennywhistle.apps.intake.ern.tests.conftest import Desk


@pytest.fixture(autouse=True)
def index_here(tmp_path: Path) -> Iterator[None]:
    with override_settings(FINGERPRINTS=tmp_path / "fingerprints"):
        yield


@pytest.fixture
def release(desk: Desk) -> Release:
    """What the supplier sells."""
    desk.deliver(sale())
    return Release.objects.get()


def a_conflict(track: Track) -> Conflict:
    """Somebody else delivers the recording of a track, too."""
    honest = ensure_party(name="Honest", kind=Party.Kind.ORGANIZATION)
    conflict = Conflict.objects.create(
        sound=Sound.objects.create(sha256="ab" * 32, noted_at=NOW),
        newcomer=honest,
        newcomer_at=NOW,
        holder=track.release.supplier,
        holder_at=NOW,
        opened_at=NOW,
    )
    sound, _ = Sound.objects.get_or_create(
        sha256=track.recording.master.sha256, defaults={"noted_at": NOW}
    )
    Match.objects.create(
        conflict=conflict,
        other=sound,
        is_exact=False,
        offset_s=0,
        start_s=0,
        length_s=20,
        speed=1,
        score=1,
    )
    return conflict


def decide(conflict: Conflict, verdict: str) -> None:
    decide_conflict(
        conflict_id=conflict.pk,
        verdict=verdict,
        reason="Heard.",
        user_id=a_user(f"{verdict}@example.org").pk,
        now=NOW,
    )


def a_doubt(track: Track) -> Doubt:
    """Something serious was found in a track's master."""
    return Doubt.objects.create(
        supplier=track.release.supplier,
        sha256=track.recording.master.sha256,
        code="lossy-source",
        finding=LOSSY.to_json(),
        path="1.flac",
        opened_at=NOW,
    )


def state(message: Message) -> str:
    return Message.objects.get(id=message.pk).state


BOTH = (sale(), sale(releases=("R1", "R2")))
OTHER_GTIN = "4012345678901"


def test_it_is_not_sold_on_another_release(desk: Desk, release: Release) -> None:
    conflict = a_conflict(release.tracks.all()[0])
    decide(conflict, "holder-refused")

    message = desk.send(desk.letter(*BOTH, has_files=False, gtin=OTHER_GTIN))

    assert (message.state, message.findings[0]["code"]) == (Message.State.HELD, "file-held")
    assert Release.objects.count() == 1
    look_again_at_held(now=NOW)
    assert state(message) == Message.State.REFUSED


def test_it_is_not_sold_where_it_had_left_and_returns(desk: Desk, release: Release) -> None:
    track = release.tracks.all()[0]
    Track.objects.filter(id=track.pk).update(left_at=NOW)
    conflict = a_conflict(track)
    decide(conflict, "holder-refused")

    message = desk.send(desk.letter(*BOTH, has_files=False))

    assert message.state == Message.State.HELD
    assert not verdict(release, track=1).allowed
    assert not verdict(release).allowed
    decide(conflict, "both")
    look_again_at_held(now=NOW)
    assert state(message) == Message.State.APPLIED
    assert verdict(release, track=1).allowed


def test_a_refused_file_is_not_sold_on_another_release(desk: Desk, release: Release) -> None:
    doubt = a_doubt(release.tracks.all()[0])
    operator = a_user("operator@example.org").pk
    decide_doubt(doubt_id=doubt.pk, kind="upheld", reason="No.", user_id=operator, now=NOW)

    message = desk.send(desk.letter(*BOTH, has_files=False, gtin=OTHER_GTIN))

    assert message.state == Message.State.HELD
    assert Release.objects.count() == 1


def test_what_is_doubted_on_sale_stays_there_with_new_terms(desk: Desk, release: Release) -> None:
    a_doubt(release.tracks.all()[0])
    a_conflict(release.tracks.all()[1])

    message = desk.send(desk.letter(sale(wholesale="2.00"), has_files=False))

    assert message.state == Message.State.APPLIED
    assert verdict(release).allowed
    elsewhere = desk.send(desk.letter(*BOTH, has_files=False, gtin=OTHER_GTIN))
    assert elsewhere.state == Message.State.HELD


def test_a_better_file_in_its_place_is_sold(desk: Desk, release: Release) -> None:
    conflict = a_conflict(release.tracks.all()[0])
    decide(conflict, "holder-refused")
    better = write_audio(desk.folder / "better.flac", seconds=2, pitch_hz=330)

    message = desk.send(desk.letter(*BOTH), files={**desk.files(), "resources/1.flac": better})

    assert message.state == Message.State.APPLIED
