"""Following: an index is made to hold what the database holds, within a second or two.

In an order in which a crash at any point loses nothing: what changed is read from the place at
which the index stands; the documents are made from the catalog as it is now, which is that change
or a later one; and they are written together with the place up to which was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.discovery.searching.changes import (
    Place,
    Reach,
    Reader,
    by_instant,
    here_and_now,
    kept_for,
    source,
    with_people,
)
from pennywhistle.apps.discovery.searching.people import party_documents
from pennywhistle.apps.discovery.searching.releases import release_documents
from pennywhistle.engines.search.folder import Kept

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pennywhistle.apps.discovery.searching.targets import Target

releases_per_step, parties_per_step = 200, 500
# Where nothing changes, how far the index stands is noted again from time to time.
_noted_every = timedelta(minutes=1)


class IndexTooOldError(Exception):
    """The index follows another database, or was left alone for too long: it is built again."""

    code = "search-index-too-old"


@dataclass(slots=True)
class Follower:
    """Keeps one index true to the database.

    After an error it is not to be used any more: another one goes on from what the index says.
    """

    target: Target
    reader: Reader
    kept: Kept
    noted_at: datetime

    @classmethod
    def of(cls, target: Target, *, now: datetime) -> Follower:
        """Go on from where an index stands. Raises IndexTooOldError."""
        kept = target.kept()
        if kept is None or kept.source != source():
            raise IndexTooOldError("The search index is not of this database.")
        if _instant(kept) < now - kept_for:
            raise IndexTooOldError("The search index was left alone for too long.")
        place = Place(kept.place, kept.row)
        if place.xid > here_and_now().xid:
            raise IndexTooOldError("The search index is ahead of the database.")
        return cls(target, Reader(place), kept, now)

    def follow(self, *, now: datetime) -> int:
        """Write what changed since the last time; answers how many documents were made."""
        count, is_more = 0, True
        while is_more:
            reach, is_more = self.reader.read()
            reach.releases |= by_instant(after=_instant(self.kept), at=now)
            if reach or is_more or now - self.noted_at >= _noted_every:
                count += self._write(reach, now=now)
        return count

    def _write(self, reach: Reach, *, now: datetime) -> int:
        """The place moves on with the last of what was read before it."""
        count = 0
        people = reach.parties | with_people(reach.releases)
        for release_ids in _in_steps(reach.releases, releases_per_step):
            documents = release_documents(release_ids, at=now)
            with self.target.step(self.kept) as writing:
                for release_id in release_ids:
                    writing.drop_release(release_id)
                writing.put(documents, is_new=True)
            count += len(documents)
        *first, last = list(_in_steps(people, parties_per_step)) or [[]]
        for party_ids in first:
            count += self._write_people(party_ids, self.kept, now=now)
        place = self.reader.place
        kept_now = Kept(self.kept.source, place.xid, now.timestamp(), place.row)
        count += self._write_people(last, kept_now, now=now)
        self.kept, self.noted_at = kept_now, now
        return count

    def _write_people(self, party_ids: Sequence[int], kept: Kept, *, now: datetime) -> int:
        documents = party_documents(party_ids, at=now)
        gone = set(party_ids) - {document.id for document in documents}
        with self.target.step(kept) as writing:
            for party_id in gone:
                writing.drop_party(party_id)
            writing.put(documents)
        return len(documents)


def _instant(kept: Kept) -> datetime:
    return datetime.fromtimestamp(kept.looked_at_s, tz=UTC)


def _in_steps(ids: Collection[int], size: int) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for at in range(0, len(ordered), size):
        yield ordered[at : at + size]
