"""Recording who says that they own what, and which works are free."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.closing import close, end, lock, record, restate
from pennywhistle.apps.rights.models import OwnershipShare, PublicDomain, ShareRole
from pennywhistle.apps.rights.words import (
    RegisterError,
    RowClosedError,
    interned,
    right_named,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories

Status = OwnershipShare.Status


class SubjectUnclearError(RegisterError):
    """Shares and repertoires are about a work or a recording: exactly one of them."""

    code = "subject-unclear"


class RightForeignError(RegisterError):
    """Works do not have this right, or recordings do not."""

    code = "right-foreign"


class ShareRoleError(RegisterError):
    """Nobody owns a share of this as that."""

    code = "share-role"


class SharePartError(RegisterError):
    """A share is above zero, and not more than the whole."""

    code = "share-part"


class SharesSumToNothingError(RegisterError):
    """The shares of a right are all zero, so that nobody owns anything."""

    code = "shares-sum-to-nothing"


class ClaimRepeatedError(RegisterError):
    """The same party claims the same twice, so that one of the two is a mistake."""

    code = "claim-repeated"


class ShareRevokedError(RegisterError):
    """Who revoked a share records it anew; nobody else can bring it back."""

    code = "share-revoked"


@dataclass(frozen=True, slots=True)
class Subject:
    """A work or a recording, by its id."""

    work_id: int | None = None
    recording_id: int | None = None

    def __post_init__(self) -> None:
        if (self.work_id is None) == (self.recording_id is None):
            raise SubjectUnclearError("Name a work or a recording, and not both.")

    @property
    def ref(self) -> str:
        """Its name, as clearance writes it."""
        if self.work_id is not None:
            return f"work-{self.work_id}"
        return f"recording-{self.recording_id}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A party's part of a right, as it says; `right` and `role` are words of the register."""

    party_id: int
    right: str
    role: str
    part: Fraction
    territories: Territories
    valid: Period
    parent_share_id: int | None = None


def record_share(
    *, subject: Subject, claim: Claim, now: datetime, evidence_id: int | None = None
) -> OwnershipShare:
    """Record one share, as `record_shares` does."""
    return record_shares(subject=subject, claims=[claim], now=now, evidence_id=evidence_id)[0]


@transaction.atomic
def record_shares(
    *, subject: Subject, claims: Sequence[Claim], now: datetime, evidence_id: int | None = None
) -> list[OwnershipShare]:
    """Record what parties say they own of a work or recording, all or nothing.

    The same again changes nothing, and keeps its status. The same party, right, role, territories
    and period with another part (or after it was revoked) closes what was said before. Claims of
    others stand beside it, even where that is more than the whole: clearance then holds back what
    is contested (rights.md 4.1).

    Raises RightUnknownError, RightForeignError, ShareRoleError, SharePartError,
    SharesSumToNothingError, ClaimRepeatedError or NothingCoveredError.
    """
    check_claims(subject=subject, claims=claims)
    lock(subject.ref)
    known = {
        share.key: share
        for share in OwnershipShare.objects.open().of_subject(
            work_id=subject.work_id, recording_id=subject.recording_id
        )
    }
    shares, added = [], []
    for share in shares_of(claims=claims, evidence_id=evidence_id):
        share.work_id, share.recording_id = subject.work_id, subject.recording_id
        before = known.get(share.key)
        if before is not None and before.status != Status.REVOKED and before.part == share.part:
            shares.append(before)
            continue
        if before is not None:
            close(before, now=now)
        share.recorded_at = now
        shares.append(share)
        added.append(share)
    OwnershipShare.objects.bulk_create(added)
    return shares


def check_claims(*, subject: Subject, claims: Sequence[Claim]) -> None:
    """Refuse claims that no register could hold; raises what `record_shares` says."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for claim in claims:
        _check_words(subject, claim)
        sums[claim.right] += claim.part
    for right, total in sums.items():
        if total == 0:
            raise SharesSumToNothingError(f"The shares of {right} sum to 0; nobody would own it.")
    for claim in claims:
        if not 0 < claim.part <= 1:
            raise SharePartError(f"A share of {claim.part} of {claim.right} is no part of it.")
    keys = {
        (claim.party_id, claim.right, claim.role, claim.territories, claim.valid)
        for claim in claims
    }
    if len(keys) < len(claims):
        raise ClaimRepeatedError("A party claims the same right twice in the same role.")


def _check_words(subject: Subject, claim: Claim) -> None:
    if right_named(claim.right).is_of_works != (subject.work_id is not None):
        thing = "Works" if subject.work_id is not None else "Recordings"
        raise RightForeignError(f"{thing} have no right {claim.right}.")
    if claim.role not in ShareRole.values:
        raise ShareRoleError(
            f"{claim.role!r} is no role; the register knows {', '.join(ShareRole.values)}."
        )
    if ShareRole(claim.role).is_of_recordings == (subject.work_id is not None):
        raise ShareRoleError(f"Nobody owns a share of {subject.ref} as {claim.role}.")


def shares_of(*, claims: Sequence[Claim], evidence_id: int | None) -> list[OwnershipShare]:
    """The claims as rows that are not written yet, and do not say of what."""
    sets = {territories: interned(territories) for territories in _places(claims)}
    return [
        OwnershipShare(
            right=claim.right,
            party_id=claim.party_id,
            role=claim.role,
            numerator=claim.part.numerator,
            denominator=claim.part.denominator,
            territories=sets[claim.territories],
            valid_from=claim.valid.starts_at,
            valid_until=claim.valid.ends_at,
            parent_share_id=claim.parent_share_id,
            evidence_id=evidence_id,
        )
        for claim in claims
    ]


def _places(claims: Sequence[Claim]) -> dict[Territories, None]:
    return dict.fromkeys(claim.territories for claim in claims)


@transaction.atomic
def close_share(
    *, share_id: int, now: datetime, ends_at: datetime | None = None
) -> OwnershipShare | None:
    """The store no longer relies on this share; with `ends_at` it does until then."""
    return end(_locked(share_id), now=now, ends_at=ends_at)


def confirm_share(
    *, share_id: int, now: datetime, evidence_id: int | None = None
) -> OwnershipShare:
    """The store takes this share as proven."""
    return _restate(share_id, Status.CONFIRMED, now, evidence_id)


def dispute_share(
    *, share_id: int, now: datetime, evidence_id: int | None = None
) -> OwnershipShare:
    """Somebody denies this share."""
    return _restate(share_id, Status.DISPUTED, now, evidence_id)


def revoke_share(*, share_id: int, now: datetime, evidence_id: int | None = None) -> OwnershipShare:
    """Who claimed this share does not stand by it any more."""
    return _restate(share_id, Status.REVOKED, now, evidence_id)


@transaction.atomic
def _restate(
    share_id: int, status: OwnershipShare.Status, now: datetime, evidence_id: int | None
) -> OwnershipShare:
    share = _locked(share_id)
    if share.closed_at is not None:
        # Said twice, with the number that the share had the first time.
        share = share.stated_now() or share
    if share.closed_at is not None:
        raise RowClosedError(f"Share {share_id} was closed; nothing about it changes any more.")
    if share.status == status:
        return share
    if share.status == Status.REVOKED:
        raise ShareRevokedError(f"Share {share_id} was revoked; its party must record it anew.")
    kept = evidence_id if evidence_id is not None else share.evidence_id
    return restate(share, now=now, status=status, evidence_id=kept)


def _locked(share_id: int) -> OwnershipShare:
    share = OwnershipShare.objects.get(id=share_id)
    lock(Subject(share.work_id, share.recording_id).ref)
    share.refresh_from_db()
    return share


@transaction.atomic
def record_public_domain(
    *,
    work_id: int,
    territories: Territories,
    valid: Period,
    now: datetime,
    evidence_id: int | None = None,
) -> PublicDomain:
    """Record that a work is free in these territories; the same again changes nothing."""
    lock(Subject(work_id=work_id).ref)
    columns = {
        "work_id": work_id,
        "territories_id": interned(territories).pk,
        "valid_from": valid.starts_at,
        "valid_until": valid.ends_at,
    }
    known = PublicDomain.objects.open().filter(**columns).first()
    return known or record(PublicDomain, now=now, **columns, evidence_id=evidence_id)


@transaction.atomic
def close_public_domain(
    *, public_domain_id: int, now: datetime, ends_at: datetime | None = None
) -> PublicDomain | None:
    """The store no longer takes the work for free; with `ends_at` it does until then."""
    row = PublicDomain.objects.get(id=public_domain_id)
    lock(Subject(work_id=row.work_id).ref)
    row.refresh_from_db()
    return end(row, now=now, ends_at=ends_at)
