"""Looking for the works of recordings that came or changed: certain ones are linked.

Who comes by whichever door is noted by the database (intake migration `matching`). A batch is taken
and done in one transaction: what is interrupted is noted still. A work becomes the recordings that
may play it, and those come later, so that a title that thousands have is no long transaction.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.catalog.actions import WorkPart, link_works
from pennywhistle.apps.catalog.models import RecordingWork
from pennywhistle.apps.intake.models import MatchDue, MatchProposal
from pennywhistle.apps.intake.works.matching.candidates import (
    candidates,
    note_recordings_of,
    without_works,
)
from pennywhistle.apps.intake.works.matching.scoring import (
    CERTAIN_MIN,
    PROPOSED_MIN,
    TOLD_BY_SUPPLIER,
    judge,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.works.matching.scoring import Judgment

rows_per_batch = 500
proposals_per_recording_max = 5

State = MatchProposal.State


@dataclass(frozen=True, slots=True)
class Matched:
    """What was done: rows looked at, recordings linked, works proposed (or weighed anew).

    `is_waiting`: more is noted.
    """

    rows: int
    linked: int
    proposed: int
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class _Match:
    work_id: int
    judgment: Judgment


def match_due(*, now: datetime, batches_max: int = 20) -> Matched:
    """Look at what came or changed since, at most so many batches; call again while it waits."""
    rows = linked = proposed = 0
    for _ in range(batches_max):
        done = _match_batch(now)
        rows, linked, proposed = rows + done.rows, linked + done.linked, proposed + done.proposed
        if not done.is_waiting:
            return Matched(rows, linked, proposed, is_waiting=False)
    return Matched(rows, linked, proposed, MatchDue.objects.exists())


_TAKE = """
DELETE FROM intake_matchdue WHERE id IN (SELECT id FROM intake_matchdue ORDER BY id LIMIT %s)
RETURNING kind, row_id
"""


@transaction.atomic
def _match_batch(now: datetime) -> Matched:
    if not MatchDue.objects.exists():
        return Matched(0, 0, 0, is_waiting=False)
    with connection.cursor() as cursor:
        # One looks at a time: two would propose the same.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('intake_matching'), 0)")
        cursor.execute(_TAKE, [rows_per_batch])
        taken = cursor.fetchall()
    recording_ids = sorted({row_id for kind, row_id in taken if kind == "recording"})
    work_ids = sorted({row_id for kind, row_id in taken if kind == "work"})
    if work_ids:
        note_recordings_of(work_ids)
    linked, proposed = _match(recording_ids, now) if recording_ids else (0, 0)
    return Matched(len(taken), linked, proposed, is_waiting=True)


def _match(recording_ids: Sequence[int], now: datetime) -> tuple[int, int]:
    """Link or propose for those of which no work is known; the others need no proposal."""
    unknown = without_works(recording_ids)
    known = set(recording_ids) - set(unknown)
    # What its supplier says against an operator's word waits for an operator all the same.
    over = MatchProposal.objects.waiting().filter(recording_id__in=known)
    over.exclude(rule=TOLD_BY_SUPPLIER).update(state=State.SETTLED, decided_at=now)
    found: defaultdict[int, list[_Match]] = defaultdict(list)
    for each in candidates(unknown):
        judgment = judge(each.recording, each.work, each.named)
        if judgment is not None and judgment.permille >= PROPOSED_MIN:
            found[each.recording_id].append(_Match(each.work_id, judgment))
    rows: list[MatchProposal] = []
    linked = 0
    for recording_id, matches in found.items():
        matches.sort(key=lambda match: (-match.judgment.permille, match.work_id))
        # Two that are both certain are none.
        certain = [match for match in matches if match.judgment.permille >= CERTAIN_MIN]
        if len(certain) == 1:
            _link(recording_id, certain[0], now)
            rows.append(_row(recording_id, certain[0], State.LINKED, now))
            linked += 1
        else:
            kept = matches[:proposals_per_recording_max]
            rows += [_row(recording_id, match, State.WAITING, now) for match in kept]
    _write(rows)
    return linked, len(rows) - linked


def _link(recording_id: int, match: _Match, now: datetime) -> None:
    link_works(
        recording_id=recording_id,
        parts=[WorkPart(match.work_id, Fraction(1))],
        matched_by=RecordingWork.Matched.ISRC,
        confidence_permille=match.judgment.permille,
        now=now,
    )


def _row(
    recording_id: int, match: _Match, state: MatchProposal.State, now: datetime
) -> MatchProposal:
    judgment = match.judgment
    return MatchProposal(
        recording_id=recording_id,
        work_id=match.work_id,
        state=state,
        permille=judgment.permille,
        rule=judgment.rule,
        title_permille=judgment.title_permille,
        people=list(judgment.people),
        proposed_at=now,
        decided_at=None if state == State.WAITING else now,
    )


def _write(rows: Sequence[MatchProposal]) -> None:
    """Write proposals; one that stands already is weighed anew (rejected pairs never come here)."""
    MatchProposal.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["recording", "work"],
        update_fields=["state", "permille", "rule", "title_permille", "people", "decided_at"],
    )
