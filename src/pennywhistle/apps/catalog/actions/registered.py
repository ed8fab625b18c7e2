"""Writing works as registrations tell of them, many at once, and tying recordings to them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.catalog.actions.works import add_writers, signature_of, works_by_title
from pennywhistle.apps.catalog.models import Recording, RecordingWork, Work

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.catalog.actions.works import Credit

CERTAIN_PERMILLE = 1000


@dataclass(frozen=True, slots=True)
class RegisteredWork:
    """A work as a registration has it; `known_id` is what its sender's number meant before."""

    title: str
    iswc: str
    writers: tuple[Credit, ...]
    known_id: int | None = None


@dataclass(frozen=True, slots=True)
class WorksRecorded:
    """The works' ids in the order asked, and which of them were made."""

    work_ids: tuple[int, ...]
    made: frozenset[int]


@dataclass(frozen=True, slots=True)
class WholesLinked:
    """How many recordings were tied to works; and by ISRC those that were not.

    `other` play another work, or are said of several; `proposed` play nothing yet, but are other
    suppliers' to tie.
    """

    tied: int
    other: tuple[str, ...]
    proposed: tuple[str, ...]


@transaction.atomic
def record_works(*, works: Sequence[RegisteredWork]) -> WorksRecorded:
    """Find these compositions, or make them: by ISWC, by what the sender's number meant, by title.

    The ISWC decides. A composition that had none and is known by its sender's number, or has
    exactly this title and these writers, gets it. Writers are added, never removed.
    """
    with connection.cursor() as cursor:
        # Until the commit: two files that tell of the same new works come one after the other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('works'), 0)")
    known = _Known(works)
    found = [known.find(work) for work in works]
    Work.objects.bulk_create(known.made)
    for work, told in zip(found, works, strict=True):
        if told.iswc and not work.iswc:
            work.iswc = told.iswc
            work.save(update_fields=["iswc"])
    add_writers(
        said=(
            (work.pk, writer.party_id, writer.role)
            for work, told in zip(found, works, strict=True)
            for writer in told.writers
        )
    )
    return WorksRecorded(
        tuple(work.pk for work in found), frozenset(work.pk for work in known.made)
    )


class _Known:
    """The works on record that registrations may mean; what is made joins them."""

    def __init__(self, works: Sequence[RegisteredWork]) -> None:
        iswcs = {work.iswc for work in works if work.iswc}
        self.by_iswc = {work.iswc: work for work in Work.objects.filter(iswc__in=iswcs)}
        self.by_id = Work.objects.in_bulk({work.known_id for work in works if work.known_id})
        self.made: list[Work] = []
        known = works_by_title(titles={work.title for work in works if work.writers})
        # A title alone, without anybody who wrote it, means nothing here.
        self.by_writers = {said: work for said, work in known.items() if said[1]}

    def find(self, told: RegisteredWork) -> Work:
        """The work that is meant; not written yet where there is none."""
        work = self._known(told)
        if work is None:
            work = Work(title=told.title, iswc=told.iswc)
            self.made.append(work)
            if told.writers:
                self.by_writers[signature_of(title=told.title, writers=told.writers)] = work
        if told.iswc:
            self.by_iswc[told.iswc] = work
        return work

    def _known(self, told: RegisteredWork) -> Work | None:
        if told.iswc and told.iswc in self.by_iswc:
            return self.by_iswc[told.iswc]
        candidates = [
            self.by_id.get(told.known_id or 0),
            self.by_writers.get(signature_of(title=told.title, writers=told.writers)),
        ]
        for work in candidates:
            # Another ISWC is another work, whatever its number or title.
            if work is not None and (not told.iswc or work.iswc in {"", told.iswc}):
                return work
        return None


@transaction.atomic
def link_whole(
    *,
    work_ids_by_isrc: Mapping[str, Collection[int]],
    supplier_ids: Collection[int],
    now: datetime,
) -> WholesLinked:
    """Tie these suppliers' recordings that have these ISRCs to their works, one to each.

    Only where an ISRC is said of one work, and the recording plays nothing yet. Other suppliers'
    recordings are left alone: a claim on what they play could stop their sale.
    """
    recordings = list(
        Recording.objects.select_for_update(no_key=True)
        .filter(isrc__in=work_ids_by_isrc.keys())
        .order_by("id")
    )
    played: dict[int, set[int]] = defaultdict(set)
    links = RecordingWork.objects.open().filter(recording__in=recordings)
    for recording_id, work_id in links.values_list("recording_id", "work_id"):
        played[recording_id].add(work_id)
    whose = set(supplier_ids)
    tied, other, proposed = [], set(), set()
    for recording in recordings:
        meant = set(work_ids_by_isrc[recording.isrc])
        if len(meant) == 1 and not played[recording.pk] and recording.supplier_id not in whose:
            proposed.add(recording.isrc)
        elif len(meant) == 1 and not played[recording.pk]:
            tied.append((recording.pk, meant.pop()))
        elif len(meant) > 1 or not meant <= played[recording.pk]:
            other.add(recording.isrc)
    _tie(tied, now)
    return WholesLinked(len(tied), tuple(sorted(other)), tuple(sorted(proposed)))


def _tie(pairs: Iterable[tuple[int, int]], now: datetime) -> None:
    RecordingWork.objects.bulk_create(
        RecordingWork(
            recording_id=recording_id,
            work_id=work_id,
            matched_by=RecordingWork.Matched.ISRC,
            confidence_permille=CERTAIN_PERMILLE,
            recorded_at=now,
        )
        for recording_id, work_id in pairs
    )
