"""What a supplier warrants with a delivery: that the recordings and the works in them are its own.

A supplier who licenses everything directly needs no society, and the store no tariff: its word
stands in the register as ownership shares, an agreement and a license, and gives way as soon as
somebody else is on record for the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.catalog.models import RecordingWork
from pennywhistle.apps.rights.models import License, OwnershipShare, ShareRole, SupplierAgreement
from pennywhistle.apps.rights.words import interned
from pennywhistle.engines.clearance import DOWNLOAD, WORK_RIGHTS, LicenseSource, Right
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


@transaction.atomic
def warrant_recordings(*, supplier_id: int, recording_ids: Sequence[int], now: datetime) -> None:
    """Record that the supplier owns these recordings and the works in them; again: nothing.

    Only what nobody is on record for is recorded: a recording or a work that has an owner keeps
    it, and is sold by this supplier if the owner's mandates lead to it. The works must be linked
    to their recordings before.
    """
    _lock(supplier_id)
    _agree(supplier_id, now)
    license_own_works(supplier_id=supplier_id, now=now)
    _own(supplier_id, [*_masters_free(recording_ids), *_works_free(recording_ids)], now)


@transaction.atomic
def warrant_delivered(*, supplier_id: int, recording_ids: Sequence[int], now: datetime) -> None:
    """Record what a supplier warrants with a release message: as far as it agreed, and no more.

    The recordings are its own, as `warrant_recordings` says. The works in them are only where its
    agreement says that it licenses them directly; otherwise societies and publishers do. Without
    an agreement there is none after it either, and nothing is sold.
    """
    _lock(supplier_id)
    subjects = _masters_free(recording_ids)
    agreed = SupplierAgreement.objects.open().filter(supplier_id=supplier_id)
    if agreed.filter(us_source=LicenseSource.DIRECT).exists():
        license_own_works(supplier_id=supplier_id, now=now)
        subjects += _works_free(recording_ids)
    _own(supplier_id, subjects, now)


def _lock(supplier_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rights'), %s::int)", [supplier_id])


def _own(supplier_id: int, subjects: Iterable[_Subject], now: datetime) -> None:
    worldwide = interned(Territories.worldwide())
    OwnershipShare.objects.bulk_create(
        OwnershipShare(
            recording_id=recording_id,
            work_id=work_id,
            right=right,
            party_id=supplier_id,
            role=ShareRole.PRODUCER if work_id is None else ShareRole.ADMINISTRATOR,
            numerator=1,
            denominator=1,
            territories=worldwide,
            recorded_at=now,
        )
        for recording_id, work_id, right in subjects
    )


_Subject = tuple[int | None, int | None, Right]


def _masters_free(recording_ids: Iterable[int]) -> list[_Subject]:
    """The recordings of which nobody is on record as the owner."""
    wanted = set(recording_ids)
    shares = OwnershipShare.objects.open().standing()
    owned = shares.filter(recording_id__in=wanted, right=Right.MASTER)
    free = wanted - set(owned.values_list("recording_id", flat=True))
    return [(recording_id, None, Right.MASTER) for recording_id in sorted(free)]


def _works_free(recording_ids: Sequence[int]) -> list[_Subject]:
    """The works in recordings of which nobody is on record as the owner."""
    links = RecordingWork.objects.open().filter(recording_id__in=recording_ids)
    work_ids = set(links.values_list("work_id", flat=True))
    owned = OwnershipShare.objects.open().standing().filter(work_id__in=work_ids)
    free = work_ids - set(owned.values_list("work_id", flat=True))
    return [(None, work_id, right) for work_id in sorted(free) for right in WORK_RIGHTS]


def _agree(supplier_id: int, now: datetime) -> None:
    """The supplier's agreement, direct in the United States, unless it has one."""
    if not SupplierAgreement.objects.open().filter(supplier_id=supplier_id).exists():
        SupplierAgreement.objects.create(
            supplier_id=supplier_id, us_source=LicenseSource.DIRECT, recorded_at=now
        )


def license_own_works(*, supplier_id: int, now: datetime) -> None:
    """The supplier's license of its works, paid within its split, unless it has licensed some."""
    if not License.objects.open().filter(licensor_id=supplier_id).exists():
        License.objects.create(
            licensor_id=supplier_id,
            rights=sorted(WORK_RIGHTS),
            uses=[DOWNLOAD],
            territories=interned(Territories.worldwide()),
            recorded_at=now,
        )
