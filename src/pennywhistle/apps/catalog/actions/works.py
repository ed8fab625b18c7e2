"""Writing works and recordings: what is played, who made it, and how much of it each work is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.models import (
    Recording,
    RecordingCredit,
    RecordingWork,
    Role,
    Work,
    WorkCredit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class RoleUnknownError(Exception):
    """A credit names a role that the catalog does not have."""

    code = "role-unknown"


class WorkPartsError(Exception):
    """The works of a recording do not divide it."""

    code = "work-parts"


@dataclass(frozen=True, slots=True)
class Credit:
    """A party and what it did; `role` is a value of `Role`."""

    party_id: int
    role: str


@dataclass(frozen=True, slots=True)
class WorkPart:
    """A work and the part of a recording that it takes up."""

    work_id: int
    part: Fraction


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """A recording as delivered; `isrc` in its normal form, or empty."""

    title: str
    isrc: str
    duration_ms: int
    is_explicit: bool = False


@transaction.atomic
def record_work(*, title: str, iswc: str, writers: Sequence[Credit]) -> Work:
    """The composition with this ISWC; without one, the composition of this title by these writers.

    Writers are added, never removed: one supplier knowing fewer of them is no reason to forget.
    """
    if iswc:
        work, _ = Work.objects.get_or_create(iswc=iswc, defaults={"title": title})
    else:
        work = _work_by(title, {writer.party_id for writer in writers})
    WorkCredit.objects.bulk_create(
        (
            WorkCredit(work=work, party_id=writer.party_id, role=_checked(writer.role))
            for writer in writers
        ),
        ignore_conflicts=True,
    )
    return work


def _work_by(title: str, writer_ids: set[int]) -> Work:
    for work in Work.objects.filter(title=title).prefetch_related("credits").order_by("id"):
        if {credit.party_id for credit in work.credits.all()} == writer_ids:
            return work
    return Work.objects.create(title=title)


@transaction.atomic
def record_recording(
    *, supplier_id: int, facts: RecordingFacts, recording_id: int | None = None
) -> Recording:
    """Make a recording, or bring the given one up to date."""
    recording = Recording(supplier_id=supplier_id)
    if recording_id is not None:
        recording = Recording.objects.select_for_update().get(id=recording_id)
    recording.title = facts.title
    recording.isrc = facts.isrc
    recording.duration_ms = facts.duration_ms
    recording.is_explicit = facts.is_explicit
    recording.save()
    return recording


@transaction.atomic
def credit_recording(
    *,
    recording_id: int,
    credits: Sequence[Credit],  # noqa: A002 (the word of the trade)
    work_ids: Sequence[int],
    now: datetime,
) -> None:
    """Write who did what on a recording, in this order, and what is played.

    The former credits are gone; the former links are closed, and the store remembers them.
    """
    wanted = list(dict.fromkeys((credit.party_id, _checked(credit.role)) for credit in credits))
    known = list(
        RecordingCredit.objects.filter(recording_id=recording_id).values_list("party_id", "role")
    )
    if known != wanted:
        RecordingCredit.objects.filter(recording_id=recording_id).delete()
        RecordingCredit.objects.bulk_create(
            RecordingCredit(
                recording_id=recording_id, party_id=party_id, role=role, position=position
            )
            for position, (party_id, role) in enumerate(wanted)
        )
    _play_alike(recording_id, list(dict.fromkeys(work_ids)), now)


def _play_alike(recording_id: int, work_ids: list[int], now: datetime) -> None:
    """Works of which nobody says more take up equal parts; what is known of them is kept."""
    known = RecordingWork.objects.open().filter(recording_id=recording_id)
    if set(known.values_list("work_id", flat=True)) == set(work_ids):
        return
    part = Fraction(1, max(1, len(work_ids)))
    link_works(
        recording_id=recording_id,
        parts=[WorkPart(work_id, part) for work_id in work_ids],
        matched_by=RecordingWork.Matched.SUPPLIER,
        now=now,
    )


@transaction.atomic
def link_works(
    *,
    recording_id: int,
    parts: Sequence[WorkPart],
    matched_by: str,
    now: datetime,
    confidence_permille: int | None = None,
) -> None:
    """Write which works a recording plays and how much of it each takes up.

    Links that say otherwise are closed; those that say the same stand.

    Raises WorkPartsError: a part of nothing, a work twice, or more than the whole recording.
    """
    if any(not 0 < part.part <= 1 for part in parts):
        raise WorkPartsError("Each work takes up a part of the recording, above 0 and up to 1.")
    if len({part.work_id for part in parts}) < len(parts):
        raise WorkPartsError("A work is named twice; give it one part.")
    if sum(part.part for part in parts) > 1:
        raise WorkPartsError("The works take up more than the whole recording.")
    Recording.objects.select_for_update(no_key=True).get(id=recording_id)
    wanted = {part.work_id: (part.part, matched_by, confidence_permille) for part in parts}
    links = RecordingWork.objects.open().filter(recording_id=recording_id)
    known = {link.work_id: (link.part, link.matched_by, link.confidence_permille) for link in links}
    if known == wanted:
        return
    stand = {work_id for work_id, said in known.items() if wanted.get(work_id) == said}
    links.exclude(work_id__in=stand).update(closed_at=now)
    RecordingWork.objects.bulk_create(
        RecordingWork(
            recording_id=recording_id,
            work_id=part.work_id,
            part_numerator=part.part.numerator,
            part_denominator=part.part.denominator,
            matched_by=matched_by,
            confidence_permille=confidence_permille,
            recorded_at=now,
        )
        for part in parts
        if part.work_id not in stand
    )


def _checked(role: str) -> str:
    if role not in Role.values:
        raise RoleUnknownError(f"{role!r} is no role; the catalog knows {', '.join(Role.values)}.")
    return role
