"""Recording who may license for whom, and for which works and recordings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.chains import check_chains, check_exclusive
from pennywhistle.apps.rights.closing import close, end, lock, record
from pennywhistle.apps.rights.models import Mandate, Repertoire, RepertoireMember
from pennywhistle.apps.rights.words import (
    RegisterError,
    RowClosedError,
    checked_rights,
    checked_uses,
    interned,
)
from pennywhistle.engines.clearance import DOWNLOAD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.rights.actions.ownership import Subject
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories

# All mandates are one subject: a circle runs through any number of parties.
MANDATES = "mandates"


class MandateToSelfError(RegisterError):
    """A party needs no mandate to license what it owns itself."""

    code = "mandate-to-self"


class RepertoireForeignError(RegisterError):
    """The repertoire is not one of the party that gives the mandate."""

    code = "repertoire-foreign"


class NoticeTooShortError(RegisterError):
    """The mandate can end only after its notice, unless who holds it agrees."""

    code = "notice-too-short"


@dataclass(frozen=True, slots=True)
class MandateTerms:
    """Who lets whom license what; `repertoire_id` None: all that the party has."""

    from_party_id: int
    to_party_id: int
    rights: tuple[str, ...]
    territories: Territories
    valid: Period
    uses: tuple[str, ...] = (DOWNLOAD,)
    is_exclusive: bool = False
    repertoire_id: int | None = None
    notice_days: int = 0


@transaction.atomic
def record_repertoire(*, owner_id: int, name: str, now: datetime) -> Repertoire:
    """A party's list of works and recordings of that name; made if there is none."""
    lock(f"repertoires-{owner_id}")
    known = Repertoire.objects.open().filter(owner_id=owner_id, name=name).first()
    return known or record(Repertoire, now=now, owner_id=owner_id, name=name)


@transaction.atomic
def add_to_repertoire(*, repertoire_id: int, subjects: Sequence[Subject], now: datetime) -> int:
    """Put works and recordings on a list; how many of them were new.

    Raises RowClosedError, and MandateContradictsError where two exclusive mandates would meet.
    """
    lock(MANDATES)
    if not Repertoire.objects.open().filter(id=repertoire_id).exists():
        raise RowClosedError(f"Repertoire {repertoire_id} is closed, or never was.")
    members = RepertoireMember.objects.open().filter(repertoire_id=repertoire_id)
    known = set(members.values_list("work_id", "recording_id"))
    wanted = dict.fromkeys((subject.work_id, subject.recording_id) for subject in subjects)
    added = RepertoireMember.objects.bulk_create(
        RepertoireMember(
            repertoire_id=repertoire_id,
            work_id=work_id,
            recording_id=recording_id,
            recorded_at=now,
        )
        for work_id, recording_id in wanted
        if (work_id, recording_id) not in known
    )
    for mandate in _exclusive_of(repertoire_id):
        check_exclusive(mandate)
    return len(added)


def _exclusive_of(repertoire_id: int) -> list[Mandate]:
    mandates = Mandate.objects.open().filter(repertoire_id=repertoire_id, is_exclusive=True)
    return list(mandates.select_related("territories", "from_party", "to_party"))


@transaction.atomic
def remove_from_repertoire(
    *, repertoire_id: int, subjects: Sequence[Subject], now: datetime
) -> int:
    """Take works and recordings off a list; how many of them were on it."""
    lock(MANDATES)
    wanted = {(subject.work_id, subject.recording_id) for subject in subjects}
    members = RepertoireMember.objects.open().filter(repertoire_id=repertoire_id)
    gone = [member for member in members if (member.work_id, member.recording_id) in wanted]
    return members.filter(id__in=[member.pk for member in gone]).update(closed_at=now)


@transaction.atomic
def record_mandate(
    *, terms: MandateTerms, now: datetime, evidence_id: int | None = None
) -> Mandate:
    """Record that a party lets another license for it; the same again changes nothing.

    Raises MandateToSelfError, RepertoireForeignError, MandateCircleError, MandateChainError,
    MandateContradictsError, RightUnknownError, UseUnknownError or NothingCoveredError.
    """
    columns = _columns(terms)
    lock(MANDATES)
    known = Mandate.objects.open().filter(**columns).first()
    if known is not None:
        return known
    mandate = Mandate(recorded_at=now, evidence_id=evidence_id, **columns)
    check_chains(mandate)
    check_exclusive(mandate)
    mandate.save(force_insert=True)
    return mandate


def _columns(terms: MandateTerms) -> dict[str, object]:
    if terms.from_party_id == terms.to_party_id:
        raise MandateToSelfError("A party needs no mandate for what it owns itself.")
    if terms.repertoire_id is not None:
        repertoire = Repertoire.objects.open().filter(id=terms.repertoire_id).first()
        if repertoire is None or repertoire.owner_id != terms.from_party_id:
            raise RepertoireForeignError(
                "A mandate is limited to an open repertoire of the party that gives it."
            )
    return {
        "from_party_id": terms.from_party_id,
        "to_party_id": terms.to_party_id,
        "rights": checked_rights(terms.rights),
        "uses": checked_uses(terms.uses),
        "territories_id": interned(terms.territories).pk,
        "valid_from": terms.valid.starts_at,
        "valid_until": terms.valid.ends_at,
        "is_exclusive": terms.is_exclusive,
        "repertoire_id": terms.repertoire_id,
        "notice_days": terms.notice_days,
    }


@transaction.atomic
def revoke_mandate(
    *, mandate_id: int, effective_at: datetime, now: datetime, is_agreed: bool = False
) -> Mandate | None:
    """End a mandate at an instant; the row that holds until then, or None.

    Not before the notice has run, unless who holds it agrees. A mandate that was closed, or ends
    before that anyway, is left alone. Raises NoticeTooShortError.
    """
    lock(MANDATES)
    mandate = Mandate.objects.get(id=mandate_id)
    earliest_at = now + timedelta(days=mandate.notice_days)
    if mandate.closed_at is None and effective_at < earliest_at and not is_agreed:
        raise NoticeTooShortError(
            f"Mandate {mandate_id} ends {mandate.notice_days} days after its notice at the "
            f"earliest, on {earliest_at:%Y-%m-%d}, unless who holds it agrees."
        )
    return end(mandate, now=now, ends_at=effective_at)


@transaction.atomic
def close_mandate(*, mandate_id: int, now: datetime) -> None:
    """The mandate was recorded by mistake: the store no longer relies on it."""
    lock(MANDATES)
    close(Mandate.objects.get(id=mandate_id), now=now)
