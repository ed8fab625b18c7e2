"""Closing all that a supplier grants of a release, and whether anybody grants anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.rights.actions import record_all_grants
from pennywhistle.apps.rights.models import Grant
from pennywhistle.apps.rights.standing import standing_terms

if TYPE_CHECKING:
    from datetime import datetime


def close_all(supplier_id: int, release_id: int, *, now: datetime) -> None:
    """The supplier grants nothing of the release any more."""
    items = standing_terms(supplier_id, release_id)
    record_all_grants(
        licensor_id=supplier_id, release_id=release_id, terms=dict.fromkeys(items, ()), now=now
    )


def is_anything_open(release_id: int) -> bool:
    """Whether anybody grants anything of the release."""
    return Grant.objects.open().filter(release_id=release_id).exists()
