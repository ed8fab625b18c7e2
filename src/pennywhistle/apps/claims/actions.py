"""Stating one's case, and settling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.claims.models import Dispute, Position
from pennywhistle.apps.claims.queries import most_claimed, standing_shares
from pennywhistle.apps.claims.work import divide_anew
from pennywhistle.apps.rights.closing import close, lock, restate
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.kernel.split import SHARE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from fractions import Fraction


class ClaimError(Exception):
    """The dispute cannot be changed like this."""

    code = "claim"


class DisputeSettledError(ClaimError):
    """It is settled; a new claim opens a new one."""

    code = "dispute-settled"


class NotAClaimantError(ClaimError):
    """Only who claims a share has a say."""

    code = "not-a-claimant"


class SettlementInvalidError(ClaimError):
    """The settlement names other shares than those in dispute, or still leaves too much claimed."""

    code = "settlement-invalid"


@transaction.atomic
def state_position(
    *,
    dispute_id: int,
    party_id: int,
    statement: str,
    now: datetime,
    evidence_id: int | None = None,
) -> Position:
    """Say why a share is one's own, with the document that proves it; the same again: once.

    Raises DisputeSettledError or NotAClaimantError.
    """
    dispute = _open_dispute(dispute_id)
    if party_id not in {share.party_id for share in standing_shares(dispute)}:
        raise NotAClaimantError("Only a claimant of the disputed right may state a position.")
    said = {"party_id": party_id, "statement": statement, "evidence_id": evidence_id}
    known = Position.objects.filter(dispute=dispute, **said).first()
    return known or Position.objects.create(dispute=dispute, **said, stated_at=now)


@transaction.atomic
def settle_dispute(
    *,
    dispute_id: int,
    parts: Mapping[int, Fraction],
    settlement: str,
    user_id: int,
    now: datetime,
    evidence_id: int | None = None,
) -> Dispute:
    """Settle who owns which part, and pay out what was held.

    `parts` says for each disputed share, by its id, what of the right it really is; 0 revokes it.
    The shares are closed and recorded anew as confirmed. Settled once: again answers the dispute.

    Raises SettlementInvalidError: shares are missing or strange, or more than the whole is left.
    """
    dispute = Dispute.objects.select_for_update().get(id=dispute_id)
    if dispute.settled_at is not None:
        return dispute
    lock(dispute.subject)
    shares = standing_shares(dispute)
    if {share.pk for share in shares} != set(parts) or any(
        not 0 <= part <= 1 for part in parts.values()
    ):
        raise SettlementInvalidError("A settlement gives each disputed share a part from 0 to 1.")
    if not settlement.strip():
        raise SettlementInvalidError("Say how it was settled: an agreement, a judgment, by whom.")
    for share in shares:
        _confirm(share, parts[share.pk], now)
    if most_claimed(dispute) > 1 + SHARE_TOLERANCE:
        raise SettlementInvalidError("Still more than the whole would be claimed somewhere.")
    dispute.settlement = settlement
    dispute.settlement_evidence_id = evidence_id
    dispute.settled_by_id = user_id
    return _end(dispute, now)


def _open_dispute(dispute_id: int) -> Dispute:
    dispute = Dispute.objects.select_for_update().get(id=dispute_id)
    if dispute.settled_at is not None:
        raise DisputeSettledError("This dispute is settled; a new claim opens a new one.")
    return dispute


def _confirm(share: OwnershipShare, part: Fraction, now: datetime) -> None:
    if not part:
        close(share, now=now)
        return
    restate(
        share,
        now=now,
        numerator=part.numerator,
        denominator=part.denominator,
        status=OwnershipShare.Status.CONFIRMED,
    )


def _end(dispute: Dispute, now: datetime) -> Dispute:
    """Close a dispute; the money follows once nothing about the work is disputed any more."""
    dispute.held_back_at = dispute.held_back_at or now
    dispute.settled_at = now
    dispute.save()
    if dispute.work_id is not None:
        divide_anew(work_id=dispute.work_id, now=now)
    return dispute


@transaction.atomic
def review_dispute(*, dispute_id: int, now: datetime) -> Dispute:
    """Hold what was paid before the dispute; or close it, if the claims fit together by now.

    They do once somebody withdrew or lowered a share; nobody settled it then.
    """
    dispute = Dispute.objects.select_for_update().get(id=dispute_id)
    if dispute.settled_at is not None:
        return dispute
    if most_claimed(dispute) <= 1 + SHARE_TOLERANCE:
        return _end(dispute, now)
    if dispute.held_back_at is None:
        if dispute.work_id is not None:
            divide_anew(work_id=dispute.work_id, now=now)
        dispute.held_back_at = now
        dispute.save()
    return dispute


def review_disputes(*, now: datetime) -> int:
    """Review every open dispute, each by itself; answers how many."""
    ids = list(Dispute.objects.open().order_by("id").values_list("id", flat=True))
    for dispute_id in ids:
        review_dispute(dispute_id=dispute_id, now=now)
    return len(ids)
