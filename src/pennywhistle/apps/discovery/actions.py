"""Keeping the search index true to the catalog."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.discovery.index import INDEX
from pennywhistle.apps.discovery.searching.building import build_folder, build_in_database, unheard
from pennywhistle.apps.discovery.searching.chosen import is_in_database, places
from pennywhistle.apps.discovery.searching.following import Follower
from pennywhistle.apps.discovery.searching.people import parties_on, party_documents
from pennywhistle.apps.discovery.searching.releases import release_documents
from pennywhistle.apps.discovery.searching.targets import DatabaseTarget

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.discovery.searching.building import Progress


@transaction.atomic
def index_release(*, release_id: int, now: datetime) -> None:
    """Make a release findable as it is now, with its tracks and people; gone if it is withdrawn.

    An index in the database holds it with the same transaction. Those in folders follow within a
    second or two by what the database noted.
    """
    if not is_in_database():
        return
    INDEX.drop_release(release_id)
    INDEX.put(release_documents([release_id], at=now))
    INDEX.put(party_documents(parties_on([release_id]), at=now))


def rebuild_index(*, now: datetime, progress: Progress = unheard) -> int:
    """Make the whole index again from the catalog, while the shop searches the old one.

    Answers how many releases it holds. Raises IndexBeingBuiltError.
    """
    if is_in_database():
        return _rebuild_in_database(now=now, progress=progress)
    return build_folder(places(), now=now, progress=progress)


def _rebuild_in_database(*, now: datetime, progress: Progress) -> int:
    """What came out while it was built was left out of it, and is read from the notes after it."""
    began_s = monotonic()
    count = build_in_database(now=now, progress=progress)
    ended_at = now + timedelta(seconds=monotonic() - began_s)
    Follower.of(DatabaseTarget(), now=ended_at).follow(now=ended_at)
    return count
