"""Writing recordings: who made them, what is played, and how much of it each work is.

What a release brings is written at once: as many statements for one recording as for a hundred.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.actions.works import checked_role
from pennywhistle.apps.catalog.models import Recording, RecordingCredit, RecordingWork

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.catalog.actions.works import Credit


class WorkPartsError(Exception):
    """The works of a recording do not divide it."""

    code = "work-parts"


@dataclass(frozen=True, slots=True)
class WorkPart:
    """A work and the part of a recording that it takes up."""

    work_id: int
    part: Fraction


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """A recording as delivered; `isrc` in its normal form, or empty.

    `mbid` empty: nothing is said of it; what is known stands.
    """

    title: str
    isrc: str
    duration_ms: int
    is_explicit: bool = False
    mbid: str = ""


@dataclass(frozen=True, slots=True)
class RecordingCredits:
    """Who did what on a recording, in this order, and which works are played.

    `work_ids` None: nothing is said of works; what is known of them stands.
    """

    recording_id: int
    credits: tuple[Credit, ...]
    work_ids: tuple[int, ...] | None


@transaction.atomic
def record_recording(
    *, supplier_id: int, facts: RecordingFacts, recording_id: int | None = None
) -> Recording:
    """Make a recording, or bring the given one up to date."""
    return record_recordings(supplier_id=supplier_id, told=[(facts, recording_id)])[0]


def record_recordings(
    *, supplier_id: int, told: Sequence[tuple[RecordingFacts, int | None]]
) -> list[Recording]:
    """Make recordings, or bring those with an id up to date; answer them in the order asked.

    Part of its caller's transaction, which locks those that are known.
    """
    known = _locked({known_id for _, known_id in told if known_id is not None})
    found, new, changed, freed = [], [], [], []
    for facts, known_id in told:
        recording = Recording(supplier_id=supplier_id) if known_id is None else known[known_id]
        before = {name: getattr(recording, name) for name in _FACTS}
        found.append(recording)
        wanted = asdict(facts) | {"mbid": facts.mbid or recording.mbid}
        for name, value in wanted.items():
            setattr(recording, name, value)
        if known_id is None:
            new.append(recording)
        elif before != wanted:
            changed.append(recording)
            freed += [known_id] if before["isrc"] not in {"", facts.isrc} else []
    if freed:
        # Two may have each other's from now on.
        Recording.objects.filter(id__in=freed).update(isrc="")
    if changed:
        Recording.objects.bulk_update(changed, _FACTS)
    Recording.objects.bulk_create(new)
    return found


_FACTS = tuple(field.name for field in fields(RecordingFacts))


@transaction.atomic
def credit_recording(
    *,
    recording_id: int,
    credits: Sequence[Credit],  # noqa: A002 (the word of the trade)
    work_ids: Sequence[int],
    now: datetime,
) -> None:
    """Write who did what on a recording, in this order, and what is played.

    The former credits are gone; the former links are closed, and the store remembers them. Links
    that an operator made stand.
    """
    told = RecordingCredits(recording_id, tuple(credits), tuple(work_ids))
    credit_recordings(told=[told], now=now)


def credit_recordings(
    *, told: Sequence[RecordingCredits], now: datetime
) -> dict[int, tuple[int, ...]]:
    """As `credit_recording`, for all recordings of a release; part of its caller's transaction.

    Answers the works that were told of recordings of which an operator said otherwise.
    """
    wanted = {
        each.recording_id: list(
            dict.fromkeys(
                (credit.party_id, checked_role(role=credit.role)) for credit in each.credits
            )
        )
        for each in told
    }
    _credit(wanted)
    works = {
        each.recording_id: tuple(dict.fromkeys(each.work_ids))
        for each in told
        if each.work_ids is not None
    }
    return _play_alike(works, now)


def _credit(wanted: Mapping[int, Sequence[tuple[int, str]]]) -> None:
    known: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = RecordingCredit.objects.filter(recording_id__in=wanted)
    for recording_id, party_id, role in rows.values_list("recording_id", "party_id", "role"):
        known[recording_id].append((party_id, role))
    changed = [each for each, said in wanted.items() if known.get(each, []) != list(said)]
    if stale := [each for each in changed if each in known]:
        RecordingCredit.objects.filter(recording_id__in=stale).delete()
    RecordingCredit.objects.bulk_create(
        RecordingCredit(recording_id=each, party_id=party_id, role=role, position=position)
        for each in changed
        for position, (party_id, role) in enumerate(wanted[each])
    )


def _play_alike(
    work_ids: Mapping[int, tuple[int, ...]], now: datetime
) -> dict[int, tuple[int, ...]]:
    """Works of which nobody says more take up equal parts; what is known of them is kept.

    Answers what was told against an operator's word, which stands.
    """
    played: dict[int, set[int]] = defaultdict(set)
    by_operator: set[int] = set()
    links = RecordingWork.objects.open().filter(recording_id__in=work_ids)
    for recording_id, work_id, by in links.values_list("recording_id", "work_id", "matched_by"):
        played[recording_id].add(work_id)
        if by == RecordingWork.Matched.OPERATOR:
            by_operator.add(recording_id)
    changed = {each: told for each, told in work_ids.items() if played[each] != set(told)}
    parts = {
        each: [WorkPart(work_id, Fraction(1, len(told))) for work_id in told]
        for each, told in changed.items()
        if each not in by_operator
    }
    _link(parts, (RecordingWork.Matched.SUPPLIER, None), now)
    return {each: told for each, told in changed.items() if each in by_operator}


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
    _link({recording_id: parts}, (matched_by, confidence_permille), now)


def _link(
    parts: Mapping[int, Sequence[WorkPart]], match: tuple[str, int | None], now: datetime
) -> None:
    """Let these recordings play exactly this, as `match` (by what, how surely) found."""
    if not parts:
        return
    _locked(parts)
    stand: set[tuple[int, int]] = set()
    closing = []
    wanted = {(each, said.work_id): said.part for each, told in parts.items() for said in told}
    for link in RecordingWork.objects.open().filter(recording_id__in=parts):
        place = (link.recording_id, link.work_id)
        said = (link.part, link.matched_by, link.confidence_permille)
        if place in wanted and said == (wanted[place], *match):
            stand.add(place)
        else:
            closing.append(link.pk)
    if closing:
        RecordingWork.objects.filter(id__in=closing).update(closed_at=now)
    RecordingWork.objects.bulk_create(
        RecordingWork(
            recording_id=recording_id,
            work_id=work_id,
            part_numerator=part.numerator,
            part_denominator=part.denominator,
            matched_by=match[0],
            confidence_permille=match[1],
            recorded_at=now,
        )
        for (recording_id, work_id), part in wanted.items()
        if (recording_id, work_id) not in stand
    )


def _locked(recording_ids: Iterable[int]) -> dict[int, Recording]:
    """These recordings, by id, held until the transaction ends; in order, so that nobody waits."""
    wanted = set(recording_ids)
    if not wanted:
        return {}
    rows = Recording.objects.select_for_update(no_key=True).filter(id__in=wanted).order_by("id")
    found = {recording.pk: recording for recording in rows}
    if missing := wanted - found.keys():
        raise Recording.DoesNotExist(f"There are no recordings {sorted(missing)}.")
    return found
