"""What a supplier had only warranted goes over to the one who took its catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.catalog.models import RecordingWork
from pennywhistle.apps.rights.actions.ownership import Subject
from pennywhistle.apps.rights.actions.warranty import license_own_works
from pennywhistle.apps.rights.closing import end, lock, record, said
from pennywhistle.apps.rights.models import (
    Grant,
    OwnershipShare,
    ShareRole,
    SupplierAgreement,
    Transfer,
)
from pennywhistle.apps.rights.words import interned
from pennywhistle.engines.clearance import LicenseSource
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from pennywhistle.apps.rights.models.ownership import OwnershipShareQuerySet


@transaction.atomic
def hand_warranted(
    *, from_supplier_id: int, to_supplier_id: int, recording_ids: Collection[int], now: datetime
) -> None:
    """Restate in the new supplier's name, from now on, what the former one had only warranted.

    It rests on the evidence of the transfer from the one to the other; without a transfer on
    record nothing is restated. Shares that rest on other evidence, and those of others, stay. So
    does what the former supplier still grants by another release. The works go over only where
    the new supplier's agreement says that it licenses them directly. Again: nothing.
    """
    transfer = (
        Transfer.objects.open()
        .filter(Q(valid_from__isnull=True) | Q(valid_from__lte=now))
        .filter(from_supplier=from_supplier_id, to_supplier=to_supplier_id)
        .order_by("-id")
        .first()
    )
    if transfer is None:
        return
    left = set(recording_ids) - _still_granted(from_supplier_id, recording_ids, now)
    theirs = _warranted_by(from_supplier_id)
    shares = list(theirs.filter(recording__in=left, role=ShareRole.PRODUCER))
    agreed = SupplierAgreement.objects.open().filter(supplier_id=to_supplier_id)
    if agreed.filter(us_source=LicenseSource.DIRECT).exists():
        works = list(theirs.filter(work__in=_works_of(left, from_supplier_id, now)))
        if works:
            license_own_works(supplier_id=to_supplier_id, now=now)
        shares += works
    for ref in sorted({Subject(share.work_id, share.recording_id).ref for share in shares}):
        lock(ref)
    for share in OwnershipShare.objects.open().filter(id__in=[share.pk for share in shares]):
        _restate(share, transfer, now)


def _restate(share: OwnershipShare, transfer: Transfer, now: datetime) -> None:
    told = said(share)
    end(share, now=now, ends_at=now)
    told |= {
        "party_id": transfer.to_supplier_id,
        "valid_from": now,
        "evidence_id": transfer.evidence_id,
    }
    record(OwnershipShare, now=now, **told)


def _warranted_by(supplier_id: int) -> OwnershipShareQuerySet:
    """The shares for which only the supplier's deliveries speak, or a transfer to it."""
    came = Transfer.objects.filter(to_supplier=supplier_id, evidence__isnull=False)
    return OwnershipShare.objects.open().filter(
        Q(evidence__isnull=True) | Q(evidence__in=came.values("evidence")),
        party_id=supplier_id,
        role__in=[ShareRole.PRODUCER, ShareRole.ADMINISTRATOR],
        numerator=1,
        denominator=1,
        territories=interned(Territories.worldwide()),
        status=OwnershipShare.Status.ASSERTED,
        parent_share__isnull=True,
        valid_until__isnull=True,
    )


def _still_granted(supplier_id: int, recording_ids: Collection[int], now: datetime) -> set[int]:
    """Those of the recordings that the supplier lets be sold on some release."""
    grants = Grant.objects.lasting(at=now).filter(
        licensor_id=supplier_id, track__recording__in=recording_ids
    )
    return set(grants.values_list("track__recording", flat=True))


def _works_of(recording_ids: Collection[int], supplier_id: int, now: datetime) -> list[int]:
    """The works in these recordings that no other recording plays which the supplier lets sell."""
    links = RecordingWork.objects.open().filter(recording_id__in=recording_ids)
    granted = Grant.objects.lasting(at=now).filter(
        licensor_id=supplier_id, track__recording=OuterRef("recording")
    )
    elsewhere = RecordingWork.objects.open().filter(Exists(granted), work=OuterRef("work"))
    return list(links.exclude(Exists(elsewhere)).values_list("work_id", flat=True))
