"""What a supplier names against an operator's word: it is proposed, and nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.intake.models import MatchProposal
from pennywhistle.apps.intake.works.matching.scoring import (
    TOLD_BY_SUPPLIER,
    WHOLE_PERMILLE,
    alike,
    title_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

State = MatchProposal.State


def propose_told(*, told: Mapping[int, Sequence[int]], now: datetime) -> None:
    """Propose the works that deliveries named, by recording; what was rejected is not asked again.

    Part of its caller's transaction, which holds the recordings.
    """
    titles = dict(Recording.objects.filter(id__in=told).values_list("id", "title"))
    works = Work.objects.in_bulk({work_id for work_ids in told.values() for work_id in work_ids})
    rejected = set(
        MatchProposal.objects.filter(recording__in=told, state=State.REJECTED).values_list(
            "recording_id", "work_id"
        )
    )
    MatchProposal.objects.bulk_create(
        (
            MatchProposal(
                recording_id=recording_id,
                work_id=work_id,
                permille=WHOLE_PERMILLE,
                rule=TOLD_BY_SUPPLIER,
                title_permille=_alike_permille(titles[recording_id], works[work_id].title),
                proposed_at=now,
            )
            for recording_id, work_ids in told.items()
            for work_id in work_ids
            if (recording_id, work_id) not in rejected
        ),
        update_conflicts=True,
        unique_fields=["recording", "work"],
        update_fields=["state", "permille", "rule", "title_permille", "people", "decided_at"],
    )


def _alike_permille(one: str, other: str) -> int:
    return int(WHOLE_PERMILLE * alike(title_words(one), title_words(other)))
