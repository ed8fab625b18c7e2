"""What a delivery tells of works is proposed, where an operator has said otherwise."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from builders import NOON, a_user
from pennywhistle.apps.catalog.actions import WorkPart, link_works, record_work
from pennywhistle.apps.catalog.models import Recording, RecordingWork
from pennywhistle.apps.intake.models import MatchDue, MatchProposal
from pennywhistle.apps.intake.supplement import Supplement, TrackNote
from pennywhistle.apps.intake.works.matching.deciding import Decision, decide_match
from pennywhistle.apps.intake.works.matching.finding import match_due
from pennywhistle.apps.media.tests.audio_files import write_album

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.intake.tests.conftest import Desk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_album(tmp_path / "Single", ("North",), ISRC="ZZA1W2600001")


# Beside the writers, whom the file's tags name.
WRITTEN = Supplement(notes=(TrackNote("01 *", (), work_title="The North Wind"),))


def played() -> list[tuple[str, Fraction, str]]:
    links = RecordingWork.objects.open().select_related("work").order_by("work__title")
    return [(link.work.title, link.part, link.matched_by) for link in links]


def a_medley_by_the_office() -> Recording:
    recording = Recording.objects.get()
    parts = [
        WorkPart(record_work(title=title, iswc="", writers=[]).pk, Fraction(1, 2))
        for title in ("Rain", "Reel")
    ]
    link_works(recording_id=recording.pk, parts=parts, matched_by="operator", now=NOON)
    return recording


HALVES = [("Rain", Fraction(1, 2), "operator"), ("Reel", Fraction(1, 2), "operator")]


def test_writers_that_are_told_do_not_overwrite_the_office(desk: Desk, folder: Path) -> None:
    desk.publish(folder)
    recording = a_medley_by_the_office()

    desk.publish(folder, supplement=WRITTEN)
    MatchDue.objects.create(kind="recording", row_id=recording.pk)
    match_due(now=NOON)

    assert played() == HALVES
    proposal = MatchProposal.objects.waiting().get()
    assert (proposal.recording, proposal.work.title, proposal.rule) == (
        recording, "The North Wind", "told-by-supplier",
    )  # fmt: skip
    assert decide_match(
        decision=Decision(recording.pk, proposal.work_id),
        user_id=a_user("operator@example.org").pk,
        now=NOON,
    )
    assert played() == [("The North Wind", Fraction(1), "operator")]


def test_what_the_office_rejected_is_not_asked_again(desk: Desk, folder: Path) -> None:
    desk.publish(folder)
    recording = a_medley_by_the_office()
    desk.publish(folder, supplement=WRITTEN)
    operator = a_user("operator@example.org")
    assert decide_match(decision=Decision(recording.pk, None), user_id=operator.pk, now=NOON)

    desk.publish(folder, supplement=WRITTEN)

    assert played() == HALVES
    assert not MatchProposal.objects.waiting().exists()


def test_what_nobody_of_the_office_said_is_the_suppliers(desk: Desk, folder: Path) -> None:
    desk.publish(folder)

    desk.publish(folder, supplement=WRITTEN)

    assert played() == [("The North Wind", Fraction(1), "supplier")]
    assert RecordingWork.objects.count() == 2
    assert not MatchProposal.objects.exists()
