"""Who may license for whom, as a portion of a works file says: societies, and other publishers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.works.report import Remark
from pennywhistle.apps.parties.models import Membership, Party, PartyIdentifier
from pennywhistle.apps.rights.actions import (
    MandateTerms,
    WorkList,
    close_mandate,
    record_mandates,
    record_work_lists,
)
from pennywhistle.apps.rights.models import Mandate
from pennywhistle.apps.users.models import User
from pennywhistle.engines.works import society_name
from pennywhistle.kernel.identifiers import CisacSociety
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from pennywhistle.apps.intake.works.report import ImportReport
    from pennywhistle.apps.intake.works.telling import MembershipTold, WorkTold
    from pennywhistle.apps.parties.actions import Said
    from pennywhistle.apps.rights.actions import Source


@dataclass(frozen=True, slots=True)
class Scene:
    """What a portion's mandates are recorded with: its sender, its parties, its works."""

    source: Source
    submitter: Party
    party_ids: Mapping[Said, int]
    work_ids: Mapping[int, int]
    now: datetime
    report: ImportReport


def record_memberships(scene: Scene, works: Iterable[WorkTold]) -> None:
    """Record the societies of those for whom the file speaks, as mandates of all they have.

    Not for somebody who has a studio here and is not the sender's: they say it themselves. Not
    where a society stands on somebody else's word already, nor where the file says two things.
    """
    told = {one: work for work in works for one in work.memberships}
    societies = _societies({one.society for one in told})
    member_ids = {scene.party_ids[one.member] for one in told}
    guarded, known = _guarded(scene, member_ids), _known(member_ids)
    wanted: dict[tuple[int, int, Territories, Period], set[str]] = defaultdict(set)
    taken: dict[tuple[int, str], list[tuple[int, MembershipTold]]] = defaultdict(list)
    for one, work in told.items():
        member_id, society_id = scene.party_ids[one.member], societies.get(one.society)
        before = taken[member_id, one.right]
        if society_id is None:
            scene.report.add(_society_unknown(one.society))
        elif member_id in guarded:
            scene.report.add(_speaks_for_itself(one.member, work))
        elif any(other != society_id and _meet(one, earlier) for other, earlier in before):
            scene.report.add(_told_twice(one, work))
        elif member_id != society_id and not _stands_otherwise(
            scene, known[member_id], one, society_id, work
        ):
            before.append((society_id, one))
            wanted[member_id, society_id, one.territories, one.valid].add(one.right)
    terms = [
        MandateTerms(member_id, society_id, tuple(sorted(rights)), territories, valid)
        for (member_id, society_id, territories, valid), rights in wanted.items()
    ]
    _record(scene, terms)


def _meet(one: MembershipTold, other: MembershipTold) -> bool:
    return bool(one.territories & other.territories) and one.valid.overlaps(other.valid)


def societies_unknown(numbers: Collection[str]) -> list[Remark]:
    """A remark for each of these numbers that no party of the store has."""
    return [
        _society_unknown(number) for number in sorted(set(numbers) - _societies(numbers).keys())
    ]


def _societies(numbers: Collection[str]) -> dict[str, int]:
    found = PartyIdentifier.objects.filter(scheme=CisacSociety.scheme, value__in=numbers)
    return dict(found.values_list("value", "party_id"))


def _guarded(scene: Scene, party_ids: Collection[int]) -> set[int]:
    """Those whom somebody acts for who does not act for the sender as well."""
    colleagues = User.objects.filter(membership__party_id=scene.submitter.pk)
    acted_for = Membership.objects.filter(party__in=party_ids).exclude(party=scene.submitter)
    theirs = set(acted_for.filter(user__in=colleagues).values_list("party_id", flat=True))
    return set(acted_for.values_list("party_id", flat=True)) - theirs


def _known(member_ids: Collection[int]) -> dict[int, list[Mandate]]:
    """The open mandates that these gave to societies."""
    known: dict[int, list[Mandate]] = defaultdict(list)
    given = Mandate.objects.open().filter(
        from_party__in=member_ids, to_party__partyidentifier__scheme=CisacSociety.scheme
    )
    for mandate in given.select_related("territories", "to_party").order_by("id"):
        known[mandate.from_party_id].append(mandate)
    return known


def _stands_otherwise(
    scene: Scene, known: list[Mandate], told: MembershipTold, society_id: int, work: WorkTold
) -> bool:
    """Whether another society has it already; what the sender said in an earlier file is over."""
    for mandate in list(known):
        places = Territories.from_bytes(bytes(mandate.territories.mask)) & told.territories
        if mandate.to_party_id == society_id or told.right not in mandate.rights or not places:
            continue
        if not mandate.valid.overlaps(told.valid):
            continue
        if mandate.evidence_id not in scene.source.earlier_evidence_ids:
            scene.report.add(_with_another(told, mandate, work))
            return True
        close_mandate(mandate_id=mandate.pk, now=scene.now)
        scene.report.mandates_closed += 1
        known.remove(mandate)
    return False


def record_collectors(scene: Scene, works: Iterable[WorkTold]) -> None:
    """Record who licenses works in their owners' place, as mandates for lists of these works."""
    beginning = f"Told by {scene.submitter.public_id}: "
    told: dict[tuple[int, int, str, Territories], set[int]] = defaultdict(set)
    owners = {scene.party_ids[one.owner] for work in works for one in work.collectors}
    guarded = _guarded(scene, owners)
    for work in works:
        for one in work.collectors:
            owner_id, collector_id = scene.party_ids[one.owner], scene.party_ids[one.collector]
            if owner_id in guarded:
                scene.report.add(_speaks_for_itself(one.owner, work))
            elif owner_id != collector_id:
                key = (owner_id, collector_id, one.right, one.territories)
                told[key].add(scene.work_ids[work.line])
    names = {
        (owner, collector, right, where): f"{beginning}{collector} {right} {where.digest[:16]}"
        for owner, collector, right, where in told
    }
    ids = record_work_lists(
        lists=[WorkList(key[0], names[key], frozenset(told[key])) for key in told],
        beginning=beginning,
        work_ids=list(scene.work_ids.values()),
        now=scene.now,
    )
    terms = [
        MandateTerms(
            *(owner_id, collector_id, (right,), territories, Period.always()),
            repertoire_id=ids[owner_id, names[owner_id, collector_id, right, territories]],
        )
        for owner_id, collector_id, right, territories in told
    ]
    _record(scene, terms)


def _record(scene: Scene, terms: list[MandateTerms]) -> None:
    recorded = record_mandates(terms=terms, now=scene.now, evidence_id=scene.source.evidence_id)
    scene.report.mandates_recorded += recorded.recorded
    for _, error in recorded.refused:
        scene.report.add(
            Remark(
                level="warning",
                line=0,
                sentence=str(error),
                remedy="Settle with the others who may license for whom",
                rule=error.code,
            )
        )


def _society_unknown(number: str) -> Remark:
    name = society_name(number)
    return Remark(
        level="warning",
        line=0,
        sentence=f"The store does not know the society {number}{f', {name}' if name else ''}, so "
        "that nobody licenses for those who are with it",
        remedy="Ask the store to put the society's number on record; then send the file again",
        rule="society-unknown",
        value=number,
    )


def _speaks_for_itself(said: Said, work: WorkTold) -> Remark:
    return Remark(
        level="warning",
        line=work.line,
        sentence=f"{said.name} has a studio here, and says itself who licenses for it",
        remedy="Nothing, if they have done so",
        rule="speaks-for-itself",
        value=said.name,
    )


def _told_twice(told: MembershipTold, work: WorkTold) -> Remark:
    return Remark(
        level="warning",
        line=work.line,
        sentence=f"The file says of {told.member.name} that it is with two societies for "
        f"{told.right}; that it is with {told.society} was not recorded",
        remedy="Name one society for each right and territory, and send the file again",
        rule="society-twice",
        value=told.society,
    )


def _with_another(told: MembershipTold, mandate: Mandate, work: WorkTold) -> Remark:
    return Remark(
        level="warning",
        line=work.line,
        sentence=f"{told.member.name} is with {mandate.to_party.name} for {told.right} by what was "
        f"told before; that it is with {told.society} was not recorded",
        remedy="Settle with the others which is true, and tell the store",
        rule="society-contradicts",
        value=told.society,
    )
