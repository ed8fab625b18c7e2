"""Recording what the store may use of works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.closing import end, lock, record
from pennywhistle.apps.rights.models import License, Tariff
from pennywhistle.apps.rights.words import (
    RegisterError,
    RowClosedError,
    checked_rights,
    checked_uses,
    interned,
)
from pennywhistle.engines.clearance import DOWNLOAD
from pennywhistle.engines.clearance.facts import WORK_RIGHTS

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories


class TariffForeignError(RegisterError):
    """The tariff is another licensor's."""

    code = "tariff-foreign"


@dataclass(frozen=True, slots=True)
class LicenseTerms:
    """What a licensor licenses to this store, and by which tariff.

    `tariff_id` None: paid within the supplier's split. `unidentified_by`: the law that widens it
    to works that nobody has identified.
    """

    licensor_id: int
    territories: Territories
    valid: Period
    rights: tuple[str, ...] = WORK_RIGHTS
    uses: tuple[str, ...] = (DOWNLOAD,)
    tariff_id: int | None = None
    unidentified_by: str = ""
    reporting_profile: str = ""
    due_days: int | None = None


@transaction.atomic
def record_license(
    *, terms: LicenseTerms, now: datetime, evidence_id: int | None = None
) -> License:
    """Record a license to this store; the same again changes nothing, another stands beside it.

    It reaches no further than the licensor's own shares and the mandates behind it. Raises
    TariffForeignError, RowClosedError, RightUnknownError, UseUnknownError or NothingCoveredError.
    """
    columns = _columns(terms)
    lock(f"licenses-{terms.licensor_id}")
    known = License.objects.open().filter(**columns).first()
    return known or record(License, now=now, **columns, evidence_id=evidence_id)


def _columns(terms: LicenseTerms) -> dict[str, object]:
    if terms.tariff_id is not None:
        tariff = Tariff.objects.get(id=terms.tariff_id)
        if tariff.licensor_id != terms.licensor_id:
            raise TariffForeignError(f"The tariff {tariff.name} is another licensor's.")
        if tariff.closed_at is not None:
            raise RowClosedError(f"The tariff {tariff.name} was closed.")
    return {
        "licensor_id": terms.licensor_id,
        "rights": checked_rights(terms.rights, of_works=True),
        "uses": checked_uses(terms.uses),
        "territories_id": interned(terms.territories).pk,
        "valid_from": terms.valid.starts_at,
        "valid_until": terms.valid.ends_at,
        "tariff_id": terms.tariff_id,
        "unidentified_by": terms.unidentified_by,
        "reporting_profile": terms.reporting_profile,
        "due_days": terms.due_days,
    }


@transaction.atomic
def close_license(
    *, license_id: int, now: datetime, ends_at: datetime | None = None
) -> License | None:
    """The store has this license no more; with `ends_at` it has it until then."""
    row = License.objects.get(id=license_id)
    lock(f"licenses-{row.licensor_id}")
    row.refresh_from_db()
    return end(row, now=now, ends_at=ends_at)
