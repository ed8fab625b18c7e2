"""Repertoires as their owners see them: what is on them, who uses them, what could be added."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions.ownership import Subject
from pennywhistle.apps.rights.models import Mandate, OwnershipShare, Repertoire, RepertoireMember
from pennywhistle.kernel.identifiers import IdentifierInvalidError, parse_identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from pennywhistle.apps.users.models import User

members_per_page = 50
found_max = 25
codes_max = 5_000
_CELLS = re.compile(r"[,;\t]")
_ROW_NUMBER = re.compile(r"(work|recording)-(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Listed:
    """Something that is, or could be, on a list; `ref` is its name in the register."""

    ref: str
    title: str
    code: str
    is_work: bool
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class Meant:
    """What a pasted text means: works and recordings, and the lines that mean nothing here."""

    subjects: tuple[Subject, ...]
    unknown: tuple[str, ...]


def repertoires_of(*, user: User) -> QuerySet[Repertoire]:
    """The open lists of the parties that this person acts for."""
    mine = Party.objects.acted_for_by(user=user)
    return Repertoire.objects.open().filter(owner__in=mine).select_related("owner")


def lists_of(*, user: User, count_max: int) -> list[tuple[Repertoire, int, int]]:
    """Each list with how much is on it, and how many mandates use it; in one query."""
    counted = repertoires_of(user=user).annotate(
        member_count=Count("members", filter=Q(members__closed_at=None), distinct=True),
        mandate_count=Count("mandate", filter=Q(mandate__closed_at=None), distinct=True),
    )
    return [
        (each, each.member_count, each.mandate_count)
        for each in counted.order_by("owner__name", "name", "id")[:count_max]
    ]


def mandates_using(*, repertoire_id: int) -> QuerySet[Mandate]:
    """The open mandates that are limited to a list."""
    using = Mandate.objects.open().filter(repertoire_id=repertoire_id)
    return using.select_related("to_party", "territories").order_by("id")


def members_of(*, repertoire_id: int, after_id: int = 0) -> list[tuple[int, Listed]]:
    """A page of what is on a list and one more, in the order in which it came."""
    rows = (
        RepertoireMember.objects.open()
        .filter(repertoire_id=repertoire_id, id__gt=after_id)
        .select_related("work", "recording")
        .order_by("id")[: members_per_page + 1]
    )
    return [
        (row.pk, _work(row.work) if row.work else _recording(row.recording))
        for row in rows
        if row.work or row.recording
    ]


def _owners(owner_id: int) -> list[int]:
    """The owner, and whoever mandated it: a mandate passes on what its giver was given."""
    held = Mandate.objects.open().filter(to_party_id=owner_id)
    return [owner_id, *held.values_list("from_party_id", flat=True)]


def _works(owner_id: int) -> QuerySet[Work]:
    shares = OwnershipShare.objects.open().standing().filter(party_id__in=_owners(owner_id))
    return Work.objects.filter(id__in=shares.exclude(work=None).values("work"))


def _recordings(owner_id: int) -> QuerySet[Recording]:
    shares = OwnershipShare.objects.open().standing().filter(party_id__in=_owners(owner_id))
    return Recording.objects.filter(id__in=shares.exclude(recording=None).values("recording"))


def find(*, repertoire: Repertoire, text: str) -> list[Listed]:
    """Works and recordings of the owner by title, ISWC or ISRC: the first of each."""
    iswc, isrc = code_of("iswc", text), code_of("isrc", text)
    works = _works(repertoire.owner_id).filter(Q(title__icontains=text) | Q(iswc=iswc or None))
    recordings = _recordings(repertoire.owner_id).filter(
        Q(title__icontains=text) | Q(isrc=isrc or None)
    )
    found = [
        *map(_work, works.order_by("title", "id")[:found_max]),
        *map(_recording, recordings.order_by("title", "id")[:found_max]),
    ]
    members = RepertoireMember.objects.open().filter(repertoire=repertoire)
    on = {
        Subject(*row).ref
        for row in members.filter(
            Q(work__in=[_number(each) for each in found if each.is_work])
            | Q(recording__in=[_number(each) for each in found if not each.is_work])
        ).values_list("work_id", "recording_id")
    }
    return [Listed(e.ref, e.title, e.code, e.is_work, e.ref in on) for e in found]


def meant_by(*, repertoire: Repertoire, text: str) -> Meant:
    """The owner's works and recordings that lines name by ISWC, ISRC or number, one or more each.

    Any cell of a line may be the code: a table is pasted as it is. At most `codes_max` lines count.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()][:codes_max]
    named = {line: frozenset(_codes(line)) for line in lines}
    codes = {code for each in named.values() for code in each}
    subjects = _subjects(repertoire.owner_id, codes)
    return Meant(
        tuple({s: None for line in lines for c in named[line] for s in subjects.get(c, ())}),
        tuple(line for line in named if not any(code in subjects for code in named[line])),
    )


def subject_of(ref: str) -> Subject | None:
    """The work or recording of a ref such as "work-17"."""
    matched = _ROW_NUMBER.fullmatch(ref)
    if matched is None:
        return None
    number = int(matched[2])
    return Subject(work_id=number) if matched[1] == "work" else Subject(recording_id=number)


def code_of(scheme: str, text: str) -> str:
    """A code in its normal form; empty for anything else."""
    try:
        return parse_identifier(scheme, text).value
    except IdentifierInvalidError:
        return ""


def _codes(line: str) -> Iterable[str]:
    for cell in _CELLS.split(line):
        said = cell.strip().strip('"')
        yield from filter(None, (code_of("iswc", said), code_of("isrc", said)))
        if _ROW_NUMBER.fullmatch(said):
            yield said


def _subjects(owner_id: int, codes: set[str]) -> dict[str, list[Subject]]:
    """The owner's works and recordings of these codes; an ISRC may be of several suppliers."""
    numbers = [subject for code in codes if (subject := subject_of(code))]
    work_ids = [each.work_id for each in numbers if each.work_id]
    recording_ids = [each.recording_id for each in numbers if each.recording_id]
    found: dict[str, list[Subject]] = {}
    works = _works(owner_id).filter(Q(iswc__in=codes - {""}) | Q(id__in=work_ids))
    for work in works.order_by("id"):
        subject = Subject(work_id=work.pk)
        for code in {work.iswc, subject.ref} & codes:
            found.setdefault(code, []).append(subject)
    recordings = _recordings(owner_id).filter(Q(isrc__in=codes - {""}) | Q(id__in=recording_ids))
    for recording in recordings.order_by("id"):
        subject = Subject(recording_id=recording.pk)
        for code in {recording.isrc, subject.ref} & codes:
            found.setdefault(code, []).append(subject)
    return found


def _number(listed: Listed) -> int:
    return int(listed.ref.partition("-")[2])


def _work(work: Work) -> Listed:
    return Listed(f"work-{work.pk}", work.title, work.iswc, is_work=True)


def _recording(recording: Recording | None) -> Listed:
    assert recording is not None, "a member is one or the other"
    return Listed(f"recording-{recording.pk}", recording.title, recording.isrc, is_work=False)
