"""What changed since a place in the notes of the database, and which documents that reaches.

Numbers of rows are handed out before their transactions commit: whoever reads past a gap misses
what commits into it. So a place is a transaction's number: below the oldest that is still open
(`xmin`) everything is decided. What newer ones have committed is read at once all the same, and
remembered until it is below.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from pennywhistle.apps.discovery.models import Change
from pennywhistle.apps.discovery.searching.people import parties_on

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import LiteralString

changes_per_round_max = 10_000
# An index that was left alone for longer is built again.
kept_for = timedelta(days=3)
_pruned_after = timedelta(days=4)
pruned_at_once_max = 50_000
prunings_max = 20

_READ: LiteralString = """
WITH horizon AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin)
SELECT h.xmin, c.id, c.xid, c.kind, c.row_id FROM horizon h LEFT JOIN LATERAL (
  SELECT id, xid, kind, row_id FROM discovery_change
  WHERE (xid, id) > (%(xid)s, %(row)s) AND id <> ALL (%(seen)s::bigint[])
  ORDER BY xid, id LIMIT %(most)s) c ON true
ORDER BY c.xid, c.id
"""

_REACHED: dict[str, LiteralString] = {
    Change.Kind.RECORDING: """
SELECT DISTINCT release_id FROM catalog_track WHERE recording_id = ANY (%(rows)s)""",
    Change.Kind.WORK: """
SELECT DISTINCT t.release_id FROM catalog_recordingwork l
JOIN catalog_track t ON t.recording_id = l.recording_id WHERE l.work_id = ANY (%(rows)s)""",
    Change.Kind.GENRE: "SELECT id FROM catalog_release WHERE genre_id = ANY (%(rows)s)",
    # A name stands in the documents of releases that it is the label of, and of tracks' credits.
    Change.Kind.PARTY: """
SELECT id FROM catalog_release WHERE label_id = ANY (%(rows)s)
UNION SELECT t.release_id FROM catalog_recordingcredit c
  JOIN catalog_track t ON t.recording_id = c.recording_id WHERE c.party_id = ANY (%(rows)s)
UNION SELECT t.release_id FROM catalog_workcredit c
  JOIN catalog_recordingwork l ON l.work_id = c.work_id
  JOIN catalog_track t ON t.recording_id = l.recording_id WHERE c.party_id = ANY (%(rows)s)""",
}
_BY_INSTANT: LiteralString = """
SELECT id FROM catalog_release WHERE published_at > %(after)s AND published_at <= %(at)s
UNION SELECT id FROM catalog_release WHERE withdrawn_at > %(after)s AND withdrawn_at <= %(at)s
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A place among the notes: all up to this row of this transaction was read."""

    xid: int
    row: int = 0


@dataclass(slots=True)
class Reach:
    """The documents to be made anew."""

    releases: set[int] = field(default_factory=set)
    parties: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.releases or self.parties)


class Reader:
    """Reads the notes from a place on, each once."""

    def __init__(self, place: Place) -> None:
        self.place = place
        # What transactions wrote that are newer than one that is still open.
        self._seen: dict[int, int] = {}

    def read(self) -> tuple[Reach, bool]:
        """What changed since the last time, and whether more waits. The place moves on."""
        asked: dict[str, Any] = {
            "xid": self.place.xid,
            "row": self.place.row,
            "seen": list(self._seen),
            "most": changes_per_round_max,
        }
        with connection.cursor() as cursor:
            cursor.execute(_READ, asked)
            rows = cursor.fetchall()
        xmin = rows[0][0]
        noted = [row[1:] for row in rows if row[1] is not None]
        is_more = len(noted) == changes_per_round_max
        rows_by_kind: dict[str, set[int]] = {}
        for number, xid, kind, row_id in noted:
            rows_by_kind.setdefault(kind, set()).add(row_id)
            if xid < xmin:
                self.place = Place(xid, number)
            else:
                self._seen[number] = xid
        if not is_more:
            # All below the oldest open transaction is decided, and was read: now, or before.
            self.place = max(self.place, Place(xmin), key=lambda place: (place.xid, place.row))
            self._seen = {number: xid for number, xid in self._seen.items() if xid >= xmin}
        return reached(rows_by_kind), is_more


def here_and_now() -> Place:
    """The place before all that is still open: what comes after it was not seen yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return Place(cursor.fetchone()[0])


def source() -> str:
    """Which database this is: another one, or one set back, has other numbers of transactions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier, timeline_id, (SELECT oid FROM pg_database"
            " WHERE datname = current_database())"
            " FROM pg_control_system(), pg_control_checkpoint()"
        )
        return "-".join(str(each) for each in cursor.fetchone())


def reached(rows_by_kind: dict[str, set[int]]) -> Reach:
    """Which releases and people rows reach."""
    found = Reach(set(rows_by_kind.get(Change.Kind.RELEASE, ())))
    for kind, sql in _REACHED.items():
        if rows := rows_by_kind.get(kind):
            found.releases |= _ids(sql, {"rows": sorted(rows)})
    found.parties |= rows_by_kind.get(Change.Kind.PARTY, set())
    return found


def by_instant(*, after: datetime, at: datetime) -> set[int]:
    """The releases that came onto the shelves or left them between two instants."""
    return _ids(_BY_INSTANT, {"after": after, "at": at})


def with_people(release_ids: Iterable[int]) -> set[int]:
    """Who has to do with releases."""
    return parties_on(list(release_ids))


def _ids(sql: LiteralString, asked: dict[str, Any]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return {row[0] for row in cursor.fetchall()}


def prune(*, now: datetime) -> int:
    """Delete notes that everybody has read or will not read any more; answers how many.

    Some at a time, and no more in all than are soon done; the rest goes the next time.
    """
    count = 0
    for _ in range(prunings_max):
        gone = _prune_some(now)
        count += gone
        if gone < pruned_at_once_max:
            break
    return count


def _prune_some(now: datetime) -> int:
    old = Change.objects.filter(noted_at__lt=now - _pruned_after).order_by("noted_at")
    return Change.objects.filter(
        id__in=list(old.values_list("id", flat=True)[:pruned_at_once_max])
    ).delete()[0]
