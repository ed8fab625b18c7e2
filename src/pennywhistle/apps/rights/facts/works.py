"""Works' shares by the work itself, whatever plays it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pennywhistle.apps.rights.closing import territories_of
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.engines.clearance import Right, Share

if TYPE_CHECKING:
    from collections.abc import Collection


def shares_of_works(work_ids: Collection[int]) -> dict[int, list[Share]]:
    """The works' shares as they are claimed now; an empty list for a work that has none."""
    found: dict[int, list[Share]] = defaultdict(list)
    standing = OwnershipShare.objects.open().standing().filter(work__in=work_ids)
    for row in standing.select_related("territories").order_by("id"):
        assert row.work_id is not None
        share = Share(
            id=row.pk,
            party_id=row.party_id,
            right=Right(row.right),
            role=row.role,
            part=row.part,
            territories=territories_of(row),
            valid=row.valid,
        )
        found[row.work_id].append(share)
    return found
