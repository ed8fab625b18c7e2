"""Recording many mandates at once, and the lists of works that some of them are limited to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.actions.mandates import (
    MandateTerms,
    MandateToSelfError,
    RepertoireForeignError,
)
from pennywhistle.apps.rights.chains import Neighbors, check_chains, check_exclusive
from pennywhistle.apps.rights.closing import lock
from pennywhistle.apps.rights.models import Mandate, Repertoire, RepertoireMember, TerritorySet
from pennywhistle.apps.rights.words import (
    RegisterError,
    checked_rights,
    checked_uses,
    interned,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.kernel.territories import Territories

# The lock of `apps.rights.actions.mandates`: all mandates are one subject.
_MANDATES = "mandates"


@dataclass(frozen=True, slots=True)
class MandatesRecorded:
    """How many were new, and which could not be recorded, with the reason."""

    recorded: int
    refused: tuple[tuple[MandateTerms, RegisterError], ...]


@dataclass(frozen=True, slots=True)
class WorkList:
    """A list of works of one owner, by the name that its repertoire has."""

    owner_id: int
    name: str
    work_ids: frozenset[int]


_Refused = list[tuple[MandateTerms, RegisterError]]


@transaction.atomic
def record_mandates(
    *, terms: Sequence[MandateTerms], now: datetime, evidence_id: int | None = None
) -> MandatesRecorded:
    """Record mandates as `record_mandate` does, each by itself: one that is refused stops no other.

    What is recorded already stays as it is.
    """
    if not terms:
        return MandatesRecorded(0, ())
    lock(_MANDATES)
    givers = {each.from_party_id for each in terms}
    kept = {_says(known) for known in Mandate.objects.open().filter(from_party__in=givers)}
    refused: _Refused = []
    new = [(each, mandate) for each, mandate in _read(terms, refused) if _says(mandate) not in kept]
    near = Neighbors.of([mandate for _, mandate in new])
    written = []
    for each, mandate in new:
        try:
            check_chains(mandate, near)
            check_exclusive(mandate)
        except RegisterError as error:
            refused.append((each, error))
            continue
        mandate.recorded_at, mandate.evidence_id = now, evidence_id
        near.add(mandate)
        written.append(mandate)
    Mandate.objects.bulk_create(written)
    return MandatesRecorded(len(written), tuple(refused))


def _read(terms: Iterable[MandateTerms], refused: _Refused) -> list[tuple[MandateTerms, Mandate]]:
    """The terms as rows that are not written yet; the same twice is one."""
    sets: dict[Territories, TerritorySet] = {}
    owners = _owners({each.repertoire_id for each in terms if each.repertoire_id is not None})
    rows: dict[tuple[object, ...], tuple[MandateTerms, Mandate]] = {}
    for each in terms:
        try:
            _check(each, owners)
            if each.territories not in sets:
                sets[each.territories] = interned(each.territories)
            mandate = _row(each, sets[each.territories])
        except RegisterError as error:
            refused.append((each, error))
            continue
        rows.setdefault(_says(mandate), (each, mandate))
    return list(rows.values())


def _owners(repertoire_ids: Collection[int]) -> dict[int, int]:
    found = Repertoire.objects.open().filter(id__in=repertoire_ids)
    return dict(found.values_list("id", "owner_id"))


def _check(terms: MandateTerms, owners: Mapping[int, int]) -> None:
    if terms.from_party_id == terms.to_party_id:
        raise MandateToSelfError("A party needs no mandate for what it owns itself.")
    if terms.repertoire_id is not None and owners.get(terms.repertoire_id) != terms.from_party_id:
        raise RepertoireForeignError(
            "A mandate is limited to an open repertoire of the party that gives it."
        )


def _row(terms: MandateTerms, territories: TerritorySet) -> Mandate:
    return Mandate(
        from_party_id=terms.from_party_id,
        to_party_id=terms.to_party_id,
        rights=checked_rights(terms.rights),
        uses=checked_uses(terms.uses),
        territories=territories,
        valid_from=terms.valid.starts_at,
        valid_until=terms.valid.ends_at,
        is_exclusive=terms.is_exclusive,
        repertoire_id=terms.repertoire_id,
        notice_days=terms.notice_days,
    )


def _says(mandate: Mandate) -> tuple[object, ...]:
    return (
        *(mandate.from_party_id, mandate.to_party_id, tuple(mandate.rights), tuple(mandate.uses)),
        *(mandate.territories_id, mandate.valid_from, mandate.valid_until),
        *(mandate.is_exclusive, mandate.repertoire_id, mandate.notice_days),
    )


@transaction.atomic
def record_work_lists(
    *, lists: Sequence[WorkList], beginning: str, work_ids: Collection[int], now: datetime
) -> dict[tuple[int, str], int]:
    """Put works on these lists, made where there are none; answers their ids by owner and name.

    Of all lists whose names begin with `beginning`, those of `work_ids` that are not told go off
    the list: a work that is told anew is told whole. Raises MandateContradictsError where two
    exclusive mandates would meet.
    """
    lock(_MANDATES)
    ids = _lists(lists, now)
    wanted = {(ids[each.owner_id, each.name], work) for each in lists for work in each.work_ids}
    members = RepertoireMember.objects.open().filter(
        work__in=work_ids, repertoire__name__startswith=beginning
    )
    known = {(member.repertoire_id, member.work_id): member.pk for member in members}
    gone = [member for key, member in known.items() if key not in wanted]
    RepertoireMember.objects.open().filter(id__in=gone).update(closed_at=now)
    RepertoireMember.objects.bulk_create(
        RepertoireMember(repertoire_id=repertoire_id, work_id=work_id, recorded_at=now)
        for repertoire_id, work_id in sorted(wanted - known.keys())
    )
    exclusive = Mandate.objects.open().filter(repertoire__in=ids.values(), is_exclusive=True)
    for mandate in exclusive.select_related("territories", "from_party", "to_party"):
        check_exclusive(mandate)
    return ids


def _lists(lists: Sequence[WorkList], now: datetime) -> dict[tuple[int, str], int]:
    wanted = dict.fromkeys((each.owner_id, each.name) for each in lists)
    owners = {owner_id for owner_id, _ in wanted}
    known = {
        (repertoire.owner_id, repertoire.name): repertoire.pk
        for repertoire in Repertoire.objects.open().filter(owner__in=owners)
    }
    made = Repertoire.objects.bulk_create(
        Repertoire(owner_id=owner_id, name=name, recorded_at=now)
        for owner_id, name in wanted
        if (owner_id, name) not in known
    )
    known |= {(repertoire.owner_id, repertoire.name): repertoire.pk for repertoire in made}
    return {key: known[key] for key in wanted}
