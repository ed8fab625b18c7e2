"""What societies propose to the store, and what becomes of it when an operator accepts.

A proposal is tried when it is made: recorded as it would be, and taken back at once. So whoever
proposes learns of a mistake before the operator does. Accepting records it by the same actions
that an operator uses, by the document that came with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db import transaction

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import (
    LicenseTerms,
    LineTerms,
    MandateTerms,
    record_license,
    record_tariff,
    record_tariff_line,
)
from pennywhistle.apps.rights.models import Tariff as Tariffs
from pennywhistle.apps.societies.actions import SocietyError, join_society
from pennywhistle.apps.societies.models import Proposal, Society
from pennywhistle.engines.clearance.tariff import Base, Tariff
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProposalDecidedError(SocietyError):
    """It was decided otherwise already."""

    code = "proposal-decided"


class TariffNameTakenError(SocietyError):
    """A tariff of that name is on record: a new line would change what other licenses ask."""

    code = "tariff-name-taken"


class ProposalReasonError(SocietyError):
    """Who refuses says why."""

    code = "proposal-reason"


@dataclass(frozen=True, slots=True)
class LicenseProposed:
    """A tariff's line, and the license by it; `source` says where the rate stands."""

    tariff: Tariff
    territories: Territories
    valid: Period
    source: str


Proposed = LicenseProposed | MandateTerms


@transaction.atomic
def propose(
    *,
    society_id: int,
    proposed: Proposed,
    user_id: int,
    now: datetime,
    evidence_id: int | None = None,
) -> Proposal:
    """Ask the store to record a license or a member's mandate; the same again asks once.

    Nothing takes effect. Raises what recording it would raise, TariffNameTakenError among it.
    """
    society = Society.objects.select_for_update().get(pk=society_id)
    is_license = isinstance(proposed, LicenseProposed)
    said = {
        "society": society,
        "kind": Proposal.Kind.LICENSE if is_license else Proposal.Kind.MEMBER,
        "terms": terms_of(proposed),
    }
    known = Proposal.objects.open().filter(**said).first()
    if known is not None:
        return known
    made = Proposal(**said, evidence_id=evidence_id, proposed_by_id=user_id, proposed_at=now)
    with transaction.atomic():
        _record(made, now)
        transaction.set_rollback(True)
    made.save()
    return made


@transaction.atomic
def accept_proposal(*, proposal_id: int, user_id: int, now: datetime) -> Proposal:
    """Record what was proposed, once; a license by a tariff of its own, so that no other changes.

    Raises ProposalDecidedError, TariffNameTakenError, and what else recording raises; it stays
    open then.
    """
    proposal = Proposal.objects.select_for_update().get(id=proposal_id)
    if proposal.state == Proposal.State.REFUSED:
        raise ProposalDecidedError("It was refused; the society may propose it again.")
    if proposal.state == Proposal.State.OPEN:
        _record(proposal, now)
        _decide(proposal, Proposal.State.ACCEPTED, user_id, now)
    return proposal


@transaction.atomic
def refuse_proposal(*, proposal_id: int, reason: str, user_id: int, now: datetime) -> Proposal:
    """Record nothing of it, and say why. Raises ProposalReasonError or ProposalDecidedError."""
    proposal = Proposal.objects.select_for_update().get(id=proposal_id)
    if not reason.strip():
        raise ProposalReasonError("Say why: the society reads it.")
    if proposal.state == Proposal.State.ACCEPTED:
        raise ProposalDecidedError("It was accepted, and is on record.")
    if proposal.state == Proposal.State.OPEN:
        proposal.reason = reason.strip()
        _decide(proposal, Proposal.State.REFUSED, user_id, now)
    return proposal


def _decide(proposal: Proposal, state: Proposal.State, user_id: int, now: datetime) -> None:
    proposal.state, proposal.decided_by_id, proposal.decided_at = state, user_id, now
    proposal.save()


def _record(proposal: Proposal, now: datetime) -> None:
    proposed = proposed_by(proposal)
    if isinstance(proposed, MandateTerms):
        join_society(
            society_id=proposal.society_id,
            terms=proposed,
            now=now,
            evidence_id=proposal.evidence_id,
        )
        return
    named = Tariffs.objects.open().filter(licensor=proposal.society_id, name=proposed.tariff.name)
    if named.exists():
        raise TariffNameTakenError(
            f"A tariff {proposed.tariff.name} is on record already. Give this one another name; "
            "what is on record the operator changes."
        )
    tariff = record_tariff(licensor_id=proposal.society_id, name=proposed.tariff.name, now=now)
    record_tariff_line(
        tariff_id=tariff.pk,
        terms=LineTerms(proposed.tariff, proposed.valid, proposed.source),
        now=now,
        evidence_id=proposal.evidence_id,
    )
    license_terms = LicenseTerms(
        licensor_id=proposal.society_id,
        territories=proposed.territories,
        valid=proposed.valid,
        tariff_id=tariff.pk,
    )
    record_license(terms=license_terms, now=now, evidence_id=proposal.evidence_id)


def terms_of(proposed: Proposed) -> dict[str, Any]:
    """What is proposed, as plain JSON values."""
    extent = {
        "territories": list(proposed.territories.codes),
        "from": _text(proposed.valid.starts_at),
        "until": _text(proposed.valid.ends_at),
    }
    if isinstance(proposed, MandateTerms):
        return extent | {
            "member": proposed.from_party_id,
            "rights": [str(right) for right in proposed.rights],
            "is_exclusive": proposed.is_exclusive,
            "notice_days": proposed.notice_days,
        }
    tariff = proposed.tariff
    return extent | {
        "name": tariff.name,
        "currency": tariff.currency,
        "base": tariff.base.value,
        "percent": str(tariff.percent),
        "track_minimum_micro": tariff.track_minimum_micro,
        "is_by_repertoire": tariff.is_by_repertoire,
        "source": proposed.source,
    }


def proposed_by(proposal: Proposal) -> Proposed:
    """What a proposal's terms say."""
    terms: Mapping[str, Any] = proposal.terms
    territories = Territories.of(*terms["territories"])
    valid = Period(_instant(terms["from"]), _instant(terms["until"]))
    if proposal.kind == Proposal.Kind.MEMBER:
        return MandateTerms(
            from_party_id=terms["member"],
            to_party_id=proposal.society_id,
            rights=tuple(terms["rights"]),
            territories=territories,
            valid=valid,
            is_exclusive=terms["is_exclusive"],
            notice_days=terms["notice_days"],
        )
    tariff = Tariff(
        id=0,
        name=terms["name"],
        currency=terms["currency"],
        base=Base(terms["base"]),
        percent=Fraction(terms["percent"]),
        track_minimum_micro=terms["track_minimum_micro"],
        is_by_repertoire=terms["is_by_repertoire"],
    )
    return LicenseProposed(tariff, territories, valid, terms["source"])


def member_of(proposal: Proposal) -> Party:
    """The party whose mandate is proposed."""
    return Party.objects.get(id=proposal.terms["member"])


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
