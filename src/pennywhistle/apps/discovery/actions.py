"""Keeping the search index true to the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.discovery.index import INDEX
from pennywhistle.apps.discovery.work import documents_of

if TYPE_CHECKING:
    from datetime import datetime

releases_per_batch = 200


@transaction.atomic
def index_release(*, release_id: int, now: datetime) -> None:
    """Make a release findable as it is now, with its tracks and people; gone if it is withdrawn."""
    INDEX.drop_release(release_id)
    INDEX.put(documents_of([release_id], at=now))


def rebuild_index(*, now: datetime) -> int:
    """Make the whole index again from the catalog; answers how many releases it holds.

    Batch by batch, each its own transaction: searches meanwhile find what was done already.
    """
    INDEX.clear()
    count, last_id = 0, 0
    while True:
        ids = list(
            Release.objects.published(at=now)
            .filter(id__gt=last_id)
            .order_by("id")
            .values_list("id", flat=True)[:releases_per_batch]
        )
        if not ids:
            return count
        INDEX.put(documents_of(ids, at=now))
        count, last_id = count + len(ids), ids[-1]
