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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rights'), %s::int)", [supplier_id])
    _agree(supplier_id, now)
    _license(supplier_id, now)
    links = RecordingWork.objects.open().filter(recording_id__in=recording_ids)
    work_ids = set(links.values_list("work_id", flat=True))
    shares = OwnershipShare.objects.open().standing()
    owned_recordings = set(
        shares.filter(recording_id__in=recording_ids, right=Right.MASTER).values_list(
            "recording_id", flat=True
        )
    )
    owned_works = set(shares.filter(work_id__in=work_ids).values_list("work_id", flat=True))
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
        for recording_id, work_id, right in [
            *_masters(set(recording_ids) - owned_recordings),
            *_works(work_ids - owned_works),
        ]
    )


_Subject = tuple[int | None, int | None, Right]


def _masters(recording_ids: Iterable[int]) -> list[_Subject]:
    return [(recording_id, None, Right.MASTER) for recording_id in sorted(recording_ids)]


def _works(work_ids: Iterable[int]) -> list[_Subject]:
    return [(None, work_id, right) for work_id in sorted(work_ids) for right in WORK_RIGHTS]


def _agree(supplier_id: int, now: datetime) -> None:
    """The supplier's agreement, direct in the United States, unless it has one."""
    if not SupplierAgreement.objects.open().filter(supplier_id=supplier_id).exists():
        SupplierAgreement.objects.create(
            supplier_id=supplier_id, us_source=LicenseSource.DIRECT, recorded_at=now
        )


def _license(supplier_id: int, now: datetime) -> None:
    """The supplier's license of its works, paid within its split, unless it has licensed some."""
    if not License.objects.open().filter(licensor_id=supplier_id).exists():
        License.objects.create(
            licensor_id=supplier_id,
            rights=sorted(WORK_RIGHTS),
            uses=[DOWNLOAD],
            territories=interned(Territories.worldwide()),
            recorded_at=now,
        )
