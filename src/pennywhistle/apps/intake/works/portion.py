"""Recording one portion of a works file: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.actions import Credit, RegisteredWork, link_whole, record_works
from pennywhistle.apps.intake.models import NamedIsrc, WorkNumber, WorksFile
from pennywhistle.apps.intake.works.mandates import Scene, record_collectors, record_memberships
from pennywhistle.apps.intake.works.others import note_others
from pennywhistle.apps.intake.works.report import Remark
from pennywhistle.apps.parties.actions import parties_meant
from pennywhistle.apps.parties.queries import acted_for_alike
from pennywhistle.apps.rights.actions import Claim, Source, Statement, state_shares
from pennywhistle.apps.rights.models import OwnershipShare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.catalog.actions.registered import WholesLinked
    from pennywhistle.apps.intake.works.report import ImportReport
    from pennywhistle.apps.intake.works.telling import WorkTold
    from pennywhistle.apps.parties.actions import Said
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories


@dataclass(frozen=True, slots=True)
class Telling:
    """A file that is being recorded; `made_at` is when it says that it was made, or came."""

    works_file: WorksFile
    source: Source
    made_at: datetime
    report: ImportReport


def source_of(works_file: WorksFile) -> Source:
    """Whose word the file is, and what its sender said before it."""
    earlier = WorksFile.objects.relied_on().filter(submitter_id=works_file.submitter_id)
    evidence_ids = earlier.exclude(id=works_file.pk).values_list("evidence_id", flat=True)
    return Source(works_file.submitter_id, works_file.evidence_id, frozenset(evidence_ids))


def write_portion(telling: Telling, told: Sequence[WorkTold], *, now: datetime) -> None:
    """Record these works with everything that is told of them; counts go into the report."""
    report, submitter = telling.report, telling.works_file.submitter
    known = _numbers(submitter.pk, told)
    works = [work for work in told if not _is_older(telling, work, known)]
    said = list(dict.fromkeys(party for work in works for party in work.parties))
    meant = parties_meant(said=said, by_party_id=submitter.pk)
    party_ids = dict(zip(said, meant.party_ids, strict=True))
    report.parties_made += meant.made
    recorded = record_works(works=[_registered(work, party_ids, known) for work in works])
    report.works_made += len(recorded.made)
    work_ids = dict(zip([work.line for work in works], recorded.work_ids, strict=True))
    works = _once(works, work_ids, report)
    _state(telling, works, party_ids, work_ids, now)
    _note_numbers(telling, works, work_ids)
    scene = Scene(telling.source, submitter, party_ids, work_ids, now, report)
    record_memberships(scene, works)
    record_collectors(scene, works)
    named = _link(works, work_ids, scene)
    note_others(telling.works_file, work_ids=set(work_ids.values()), named=named, now=now)


def _numbers(submitter_id: int, works: Iterable[WorkTold]) -> dict[str, WorkNumber]:
    numbers = [work.number for work in works if work.number]
    found = WorkNumber.objects.filter(submitter_id=submitter_id, number__in=numbers)
    return {one.number: one for one in found}


def _is_older(telling: Telling, work: WorkTold, known: Mapping[str, WorkNumber]) -> bool:
    """Whether a newer file of the sender told of the work: what came late changes nothing."""
    number = known.get(work.number)
    if number is None or number.told_at <= telling.made_at:
        return False
    telling.report.works_older += 1
    telling.report.add(
        Remark(
            level="warning",
            line=work.line,
            sentence=f"A file of {number.told_at:%Y-%m-%d %H:%M} told of the work; this one was "
            f"made on {telling.made_at:%Y-%m-%d %H:%M} and is older",
            remedy="Nothing; send a new file if it should hold",
            rule="older",
            work=work.title,
        )
    )
    return True


def _registered(
    work: WorkTold, party_ids: Mapping[Said, int], known: Mapping[str, WorkNumber]
) -> RegisteredWork:
    number = known.get(work.number)
    return RegisteredWork(
        title=work.title,
        iswc=work.iswc,
        writers=tuple(Credit(party_ids[writer], role) for writer, role in work.writers),
        known_id=number.work_id if number else None,
    )


def _once(
    works: Iterable[WorkTold], work_ids: Mapping[int, int], report: ImportReport
) -> list[WorkTold]:
    """Each composition once: of two that turn out to be the same, the first stands."""
    first: dict[int, WorkTold] = {}
    for work in works:
        same = first.setdefault(work_ids[work.line], work)
        if same is not work:
            report.add(
                Remark(
                    level="error",
                    line=work.line,
                    sentence=f"It is the work of line {same.line}, told a second time",
                    remedy="Tell each work once in a file",
                    rule="work-twice",
                    work=work.title,
                )
            )
    return list(first.values())


def _state(
    telling: Telling,
    works: Sequence[WorkTold],
    party_ids: Mapping[Said, int],
    work_ids: Mapping[int, int],
    now: datetime,
) -> None:
    report = telling.report
    statements = [Statement(work_ids[work.line], _claims(work, party_ids)) for work in works]
    stated = state_shares(statements=statements, source=telling.source, now=now)
    report.shares_recorded += stated.recorded
    report.shares_kept += stated.kept
    report.shares_closed += stated.closed
    report.shares_contradicted += len(stated.contradicted)
    others = OwnershipShare.objects.filter(id__in=stated.contradicted)
    lines = {work_ids[work.line]: work for work in works}
    for share in others.select_related("party"):
        report.add(_contradiction(share, lines[share.work_id or 0]))
    settled = OwnershipShare.objects.filter(id__in=stated.settled)
    for share in settled.select_related("party"):
        report.add(_settled(share, lines[share.work_id or 0]))


def _settled(share: OwnershipShare, work: WorkTold) -> Remark:
    return Remark(
        level="warning",
        line=work.line,
        sentence=f"A settlement left {share.party.name} nothing of {share.right}; it was not "
        "recorded again",
        remedy="Is it theirs after all? Send the operator of the store what shows it",
        rule="share-settled",
        work=work.title,
    )


def _contradiction(share: OwnershipShare, work: WorkTold) -> Remark:
    if share.status == OwnershipShare.Status.CONFIRMED:
        return Remark(
            level="warning",
            line=work.line,
            sentence=f"The store has confirmed the share of {share.right} of {share.party.name}; "
            "no file changes it",
            remedy="If it is wrong, send the operator of the store what shows it",
            rule="share-confirmed",
            work=work.title,
        )
    return Remark(
        level="warning",
        line=work.line,
        sentence=f"Another share of {share.right} is on record for {share.party.name}, by "
        "somebody else's word. It stays, marked as disputed",
        remedy="Settle it with them, and tell the store",
        rule="share-contradicts",
        work=work.title,
    )


def _claims(work: WorkTold, party_ids: Mapping[Said, int]) -> tuple[Claim, ...]:
    """The claims by party; what two names of one party own in one role is added."""
    parts: dict[tuple[int, str, str, Territories, Period], Fraction] = defaultdict(Fraction)
    for told in work.claims:
        key = (party_ids[told.owner], told.right, told.role, told.territories, told.valid)
        parts[key] += told.part
    return tuple(
        Claim(party_id, right, role, part, territories, valid)
        for (party_id, right, role, territories, valid), part in parts.items()
    )


def _note_numbers(
    telling: Telling,
    works: Iterable[WorkTold],
    work_ids: Mapping[int, int],
) -> None:
    WorkNumber.objects.bulk_create(
        [
            WorkNumber(
                submitter=telling.works_file.submitter,
                number=work.number,
                work_id=work_ids[work.line],
                told_at=telling.made_at,
            )
            for work in works
            if work.number
        ],
        update_conflicts=True,
        unique_fields=["submitter", "number"],
        update_fields=["work", "told_at"],
    )


def _link(
    works: Iterable[WorkTold], work_ids: Mapping[int, int], scene: Scene
) -> dict[str, set[int]]:
    """Tie the sender's recordings to their works; what it says of others' is only reported.

    Answers with the works by ISRC that the sender had not named before.
    """
    report = scene.report
    meant: dict[str, set[int]] = defaultdict(set)
    for work in works:
        for isrc in work.isrcs:
            meant[isrc].add(work_ids[work.line])
    before = NamedIsrc.objects.filter(isrc__in=meant, submitter=scene.submitter)
    known = set(before.values_list("isrc", "work_id"))
    # The recording may come later.
    NamedIsrc.objects.bulk_create(
        [
            NamedIsrc(isrc=isrc, work_id=work_id, submitter_id=scene.submitter.pk)
            for isrc, ids in sorted(meant.items())
            for work_id in sorted(ids)
        ],
        ignore_conflicts=True,
    )
    linked = link_whole(
        work_ids_by_isrc=meant,
        supplier_ids=acted_for_alike(party_id=scene.submitter.pk),
        now=scene.now,
    )
    _report_links(report, linked)
    return {
        isrc: new
        for isrc, ids in meant.items()
        if (new := {i for i in ids if (isrc, i) not in known})
    }


def _report_links(report: ImportReport, linked: WholesLinked) -> None:
    report.recordings_linked += linked.tied
    report.recordings_otherwise += len(linked.other)
    report.recordings_proposed += len(linked.proposed)
    for isrc in linked.other:
        report.add(
            Remark(
                level="warning",
                line=0,
                sentence=f"The recording {isrc} plays another work by what its supplier said, or "
                "this file names it for two works; it was not tied to this one",
                remedy="Its supplier says in the studio which work it is",
                rule="recording-plays-another",
                value=isrc,
            )
        )
    for isrc in linked.proposed:
        report.add(
            Remark(
                level="warning",
                line=0,
                sentence=f"The recording {isrc} is another supplier's; it was not tied to the work",
                remedy="Its supplier, or the operator of the store, says which work it is",
                rule="recording-of-another",
                value=isrc,
            )
        )
