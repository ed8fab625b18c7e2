"""Telling suppliers by mail what others' works files say of their recordings.

Who is to be told is noted first, once a file is recorded to its end, and sent then.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F

from pennywhistle.apps.intake.models import WorksNotice

if TYPE_CHECKING:
    from datetime import datetime

# A mail that nobody took for a week is given up.
tried_for = timedelta(days=7)
notices_read_at_once = 200

# One statement: news are marked as told with the rows of those who are. Who joins later is not
# told of what was before.
_NOTE = """
WITH told AS (
  UPDATE intake_worksnews n SET told_at = %(now)s::timestamptz
  FROM intake_worksfile f
  WHERE f.id = n.works_file_id AND f.state = 'recorded' AND n.told_at IS NULL
  RETURNING n.id, n.supplier_id
)
INSERT INTO intake_worksnotice (news_id, user_id, noted_at, try_count)
SELECT told.id, u.id, %(now)s::timestamptz, 0
FROM told
JOIN parties_membership m ON m.party_id = told.supplier_id
JOIN users_user u ON u.id = m.user_id AND u.is_active
ORDER BY told.id, u.id
ON CONFLICT DO NOTHING
"""


def note_suppliers(*, now: datetime) -> int:
    """Note who is to be told of files that are recorded; answers how many. Nobody twice."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"now": now})
        noted: int = cursor.rowcount
        return noted


def notices_due(*, now: datetime) -> list[WorksNotice]:
    """The mails that wait, those that failed least first: one that never arrives blocks nobody."""
    waiting = WorksNotice.objects.filter(sent_at__isnull=True, noted_at__gt=now - tried_for)
    parts = ("user", "news__supplier", "news__works_file__submitter")
    return list(waiting.select_related(*parts).order_by("try_count", "id")[:notices_read_at_once])


def note_sent(*, notice_id: int, now: datetime) -> None:
    """The mail is on its way; it is not sent again."""
    WorksNotice.objects.filter(id=notice_id, sent_at__isnull=True).update(sent_at=now)


def note_failed(*, notice_id: int) -> None:
    """Nobody took the mail; it is tried again, after the others."""
    WorksNotice.objects.filter(id=notice_id).update(try_count=F("try_count") + 1)
