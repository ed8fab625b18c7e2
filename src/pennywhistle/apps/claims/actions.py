"""Stating one's case, and settling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from pennywhistle.apps.claims.models import Dispute, Position
from pennywhistle.apps.claims.queries import most_claimed, standing_shares
from pennywhistle.apps.claims.work import divide_anew
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import Claim, Subject, record_shares, revoke_share
from pennywhistle.apps.rights.closing import close, lock, restate, territories_of
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.kernel.split import SHARE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.apps.claims.moving import Move
    from pennywhistle.apps.users.models import User


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


class SettlementTooMuchError(SettlementInvalidError):
    """The parts together are still more than the whole."""

    code = "settlement-too-much"


class ShareNotLowerError(ClaimError):
    """Who lowers a share says a smaller part; more is claimed by recording a share."""

    code = "share-not-lower"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change comes to: how much is claimed then, whether it ends the dispute, what moves."""

    claimed: Fraction
    ends: bool
    moves: tuple[Move, ...] = ()


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
    if not settlement.strip():
        raise SettlementInvalidError("Say how it was settled: an agreement, a judgment, by whom.")
    _confirm_all(dispute, parts, now)
    dispute.settlement = settlement
    dispute.settlement_evidence_id = evidence_id
    dispute.settled_by_id = user_id
    _end(dispute, now)
    return dispute


@transaction.atomic
def preview_settlement(*, dispute_id: int, parts: Mapping[int, Fraction], now: datetime) -> Outcome:
    """What settling like this would pay to whom. It is done, and undone at once: nothing is kept.

    Raises what `settle_dispute` does.
    """
    dispute = _open_dispute(dispute_id)
    with transaction.atomic():
        _confirm_all(dispute, parts, now)
        outcome = Outcome(most_claimed(dispute), ends=True, moves=_end(dispute, now))
        transaction.set_rollback(True)
    return outcome


def _confirm_all(dispute: Dispute, parts: Mapping[int, Fraction], now: datetime) -> None:
    lock(dispute.subject)
    shares = standing_shares(dispute)
    if {share.pk for share in shares} != set(parts) or any(
        not 0 <= part <= 1 for part in parts.values()
    ):
        raise SettlementInvalidError("A settlement gives each disputed share a part from 0 to 1.")
    for share in shares:
        _confirm(share, parts[share.pk], now)
    if most_claimed(dispute) > 1 + SHARE_TOLERANCE:
        raise SettlementTooMuchError("Still more than the whole would be claimed somewhere.")


@transaction.atomic
def lower_share(
    *, dispute_id: int, share_id: int, part: Fraction, user: User, now: datetime
) -> Outcome:
    """Claim less of what is disputed, or nothing (0), for a party that this person acts for.

    Where the claims fit together then, the dispute ends at once, and what was held is paid out.
    The same again changes nothing.

    Raises NotAClaimantError, ShareNotLowerError, or DisputeSettledError.
    """
    dispute = Dispute.objects.select_for_update().get(id=dispute_id)
    if dispute.settled_at is not None and not _was_said(share_id, part, user):
        raise DisputeSettledError("This dispute is settled; a new claim opens a new one.")
    if dispute.settled_at is None:
        _lower(dispute, share_id, part, user, now)
    claimed = most_claimed(dispute)
    if dispute.settled_at is not None or claimed > 1 + SHARE_TOLERANCE:
        return Outcome(claimed, ends=dispute.settled_at is not None)
    return Outcome(claimed, ends=True, moves=_end(dispute, now))


@transaction.atomic
def preview_lowering(
    *, dispute_id: int, share_id: int, part: Fraction, user: User, now: datetime
) -> Outcome:
    """What claiming less would end. It is said, and taken back at once; raises as `lower_share`."""
    dispute = _open_dispute(dispute_id)
    with transaction.atomic():
        _lower(dispute, share_id, part, user, now)
        claimed = most_claimed(dispute)
        transaction.set_rollback(True)
    return Outcome(claimed, ends=claimed <= 1 + SHARE_TOLERANCE)


def _lower(dispute: Dispute, share_id: int, part: Fraction, user: User, now: datetime) -> None:
    lock(dispute.subject)
    mine = set(Party.objects.acted_for_by(user=user).values_list("id", flat=True))
    shares = {share.pk: share for share in standing_shares(dispute) if share.party_id in mine}
    share = shares.get(share_id)
    if share is None:
        if _was_said(share_id, part, user):
            return
        raise NotAClaimantError("This is no share of yours in this dispute.")
    if not 0 <= part < share.part:
        raise ShareNotLowerError("Write a part that is less than what is claimed now.")
    if not part:
        revoke_share(share_id=share.pk, now=now)
        return
    claim = Claim(
        share.party_id, share.right, share.role, part, territories_of(share), share.valid,
        share.parent_share_id,
    )  # fmt: skip
    record_shares(
        subject=Subject(share.work_id, share.recording_id),
        claims=[claim],
        now=now,
        evidence_id=share.evidence_id,
    )


def _was_said(share_id: int, part: Fraction, user: User) -> bool:
    """Whether this person's party has lowered this share so already."""
    mine = Party.objects.acted_for_by(user=user)
    share = OwnershipShare.objects.filter(id=share_id, party__in=mine).first()
    stated = share.stated_now() if share and share.closed_at else None
    if stated is None:
        return False
    return (stated.status == OwnershipShare.Status.REVOKED and not part) or stated.part == part


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


def _end(dispute: Dispute, now: datetime) -> tuple[Move, ...]:
    """Close a dispute; the money follows once nothing about the work is disputed any more."""
    dispute.held_back_at = dispute.held_back_at or now
    dispute.settled_at = now
    dispute.save()
    return () if dispute.work_id is None else divide_anew(work_id=dispute.work_id, now=now)


@transaction.atomic
def review_dispute(*, dispute_id: int, now: datetime) -> Dispute:
    """Hold what was paid before the dispute, or before a claim that joined it.

    Or close it, if the claims fit together by now: somebody withdrew or lowered a share.
    """
    dispute = Dispute.objects.select_for_update().get(id=dispute_id)
    if dispute.settled_at is not None:
        return dispute
    # Whoever claims something of it now is seen next time, with a higher number.
    lock(dispute.subject)
    newest_id = _newest_share(dispute)
    if most_claimed(dispute) <= 1 + SHARE_TOLERANCE:
        _end(dispute, now)
    elif dispute.held_back_at is None or newest_id > (dispute.share_seen_id or 0):
        if dispute.work_id is not None:
            divide_anew(work_id=dispute.work_id, now=now)
        dispute.held_back_at = max(dispute.held_back_at or now, now)
        dispute.share_seen_id = newest_id
        dispute.save()
    return dispute


def _newest_share(dispute: Dispute) -> int:
    """The highest number of the shares in what is disputed, standing or revoked; 0 for none.

    Somebody claims more or less by a new one: that reaches back as the first claims did.
    """
    about = {"work_id": dispute.work_id, "recording_id": dispute.recording_id}
    shares = OwnershipShare.objects.open().of_subject(**about).filter(right=dispute.right)
    return int(shares.aggregate(newest=Max("id"))["newest"] or 0)
