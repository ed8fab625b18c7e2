"""What every offer is checked for before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.offers import errors

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.kernel.period import Period


def require_part(part: Fraction) -> None:
    """Something is taken off, and at most everything. Raises PartOutOfRangeError."""
    if not 0 < part <= 1:
        raise errors.PartOutOfRangeError("Take off more than 0 % and at most 100 %.")


def require_period(valid: Period, now: datetime) -> None:
    """It is not over. Raises PeriodOverError."""
    if valid.ends_at is not None and valid.ends_at <= now:
        raise errors.PeriodOverError("The last day is over already.")


def require_own(supplier_id: int | None, release_ids: list[int]) -> None:
    """All are the supplier's releases; the store may name any. Raises ReleaseForeignError."""
    mine = Release.objects.filter(id__in=release_ids)
    if supplier_id is not None:
        mine = mine.filter(supplier=supplier_id)
    if mine.count() != len(release_ids):
        raise errors.ReleaseForeignError("A release is not one that you sell here.")
