"""What waits to be matched, and how many of a supplier's recordings have all their works known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.catalog.models import Recording
from pennywhistle.apps.intake.models import MatchProposal
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

recordings_per_page = 25


@dataclass(frozen=True, slots=True)
class WaitingRecording:
    """A recording with its artists, and the works proposed for it, the surest first."""

    recording: Recording
    artists: tuple[str, ...]
    proposals: tuple[MatchProposal, ...]


# The surest first; of equal ones the older recording. After a place: those that come behind it.
_PAGE = """
SELECT recording_id, max(permille) AS surest FROM intake_matchproposal WHERE state = 'waiting'
GROUP BY recording_id
HAVING (-max(permille), recording_id) > (%(permille)s, %(recording)s)
ORDER BY surest DESC, recording_id LIMIT %(most)s
"""


def waiting_count() -> int:
    """How many recordings wait for somebody to say which work they play."""
    return MatchProposal.objects.waiting().values("recording").distinct().count()


def waiting_recordings(
    *, after: tuple[int, int] | None = None, most: int = recordings_per_page + 1
) -> list[WaitingRecording]:
    """A page of recordings and one more; `after` is the surest permille and id of the last one."""
    permille, recording_id = after or (10_000, 0)
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, {"permille": -permille, "recording": recording_id, "most": most})
        ids = [row[0] for row in cursor.fetchall()]
    recordings = (
        Recording.objects.select_related("supplier").prefetch_related("credits__party").in_bulk(ids)
    )
    proposals = (
        MatchProposal.objects.waiting()
        .filter(recording_id__in=ids)
        .select_related("work")
        .prefetch_related("work__credits__party")
        .order_by("-permille", "work_id")
    )
    by_recording: dict[int, list[MatchProposal]] = {each: [] for each in ids}
    for proposal in proposals:
        by_recording[proposal.recording_id].append(proposal)
    return [
        WaitingRecording(
            recordings[each],
            tuple(dict.fromkeys(credit.party.name for credit in recordings[each].credits.all())),
            tuple(by_recording[each]),
        )
        for each in ids
    ]


@dataclass(frozen=True, slots=True)
class Readiness:
    """How many recordings a supplier has, and of how many all works are known and have owners."""

    supplier_name: str
    recordings: int
    known: int

    @property
    def percent(self) -> int:
        """The share in whole percent; 100 only where nothing is missing."""
        return 100 * self.known // self.recordings


_READINESS = """
SELECT y.name, count(*), count(*) FILTER (WHERE played.is_known)
FROM catalog_recording r JOIN parties_party y ON y.id = r.supplier_id
CROSS JOIN LATERAL (
  SELECT sum(p.part_numerator::numeric / p.part_denominator) > 0.999999999
    AND bool_and(
      EXISTS (SELECT FROM rights_ownershipshare s WHERE s.work_id = p.work_id
              AND s.closed_at IS NULL AND s.status <> 'revoked')
      OR EXISTS (SELECT FROM rights_publicdomain d WHERE d.work_id = p.work_id
                 AND d.closed_at IS NULL)) AS is_known
  FROM catalog_recordingwork p WHERE p.recording_id = r.id AND p.closed_at IS NULL) AS played
WHERE r.supplier_id = ANY (%s)
GROUP BY y.id, y.name ORDER BY y.name, y.id
"""


def readiness_of(*, user: User) -> list[Readiness]:
    """For each of the person's parties that supplies recordings, in one query."""
    mine = list(Party.objects.acted_for_by(user=user).values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_READINESS, [mine])
        return [Readiness(*row) for row in cursor.fetchall()]
