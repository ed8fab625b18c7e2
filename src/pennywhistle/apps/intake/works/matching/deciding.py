"""What an operator says to proposals: this work, none of them, or another one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.actions import WorkPart, link_works
from pennywhistle.apps.catalog.models import Recording, RecordingWork
from pennywhistle.apps.intake.models import MatchProposal
from pennywhistle.apps.intake.works.matching.candidates import without_works
from pennywhistle.apps.intake.works.matching.scoring import TOLD_BY_SUPPLIER

if TYPE_CHECKING:
    from datetime import datetime

State = MatchProposal.State


@dataclass(frozen=True, slots=True)
class Decision:
    """The recording plays this work, proposed or not; None: none of those proposed."""

    recording_id: int
    work_id: int | None


@transaction.atomic
def decide_match(*, decision: Decision, user_id: int, now: datetime) -> bool:
    """Link the recording to the work, or reject all that is proposed for it; False if it is over.

    What is rejected is not proposed again. Nothing happens where nothing waits for a decision any
    more: somebody else was faster, or the works became known otherwise since the page was drawn.
    """
    Recording.objects.select_for_update(no_key=True).get(id=decision.recording_id)
    waiting = MatchProposal.objects.waiting().filter(recording_id=decision.recording_id)
    if not without_works([decision.recording_id]):
        waiting = waiting.filter(rule=TOLD_BY_SUPPLIER)
    if not waiting.exists():
        return False
    decided = {"decided_at": now, "decided_by_id": user_id}
    if decision.work_id is None:
        waiting.update(state=State.REJECTED, **decided)
        return True
    link_works(
        recording_id=decision.recording_id,
        parts=[WorkPart(decision.work_id, Fraction(1))],
        matched_by=RecordingWork.Matched.OPERATOR,
        now=now,
    )
    waiting.filter(work_id=decision.work_id).update(state=State.ACCEPTED, **decided)
    waiting.update(state=State.SETTLED, **decided)
    return True
