"""Telling claimants of a dispute by mail: who is to be told is noted first, and sent then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F

from pennywhistle.apps.claims.models import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.claims.models import Dispute
    from pennywhistle.apps.users.models import User

# A mail that nobody took for a week is given up; the office shows who was not told.
tried_for = timedelta(days=7)
notices_read_at_once = 200

# Everybody who acts for a claimant and does not know yet, also who joins an open dispute later.
_NOTE = """
INSERT INTO claims_notice (dispute_id, user_id, noted_at, try_count)
SELECT DISTINCT d.id, u.id, %(now)s::timestamptz, 0
FROM claims_dispute d
JOIN rights_ownershipshare s ON (s.work_id = d.work_id OR s.recording_id = d.recording_id)
  AND s."right" = d."right" AND s.closed_at IS NULL AND s.status <> 'revoked'
JOIN parties_membership m ON m.party_id = s.party_id
JOIN users_user u ON u.id = m.user_id AND u.is_active
WHERE d.settled_at IS NULL
  AND NOT EXISTS (SELECT FROM claims_notice n WHERE n.dispute_id = d.id AND n.user_id = u.id)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Mailing:
    """One mail: what a person is to be told of disputes over one work or recording."""

    user: User
    disputes: tuple[Dispute, ...]
    notice_ids: tuple[int, ...]

    @property
    def key(self) -> str:
        """The same mail has the same, however often it is tried."""
        return f"{self.disputes[0].subject}-{self.notice_ids[0]}"


def note_claimants(*, now: datetime) -> int:
    """Note who is to be told of open disputes; answers how many. Nobody is noted twice."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"now": now})
        noted: int = cursor.rowcount
        return noted


def mailings_due(*, now: datetime) -> list[Mailing]:
    """The mails that wait, those that failed least first: one that never arrives blocks nobody."""
    waiting = (
        Notice.objects.filter(
            sent_at__isnull=True, noted_at__gt=now - tried_for, dispute__settled_at__isnull=True
        )
        .select_related("user", "dispute__work", "dispute__recording")
        .order_by("try_count", "id")[:notices_read_at_once]
    )
    by_mail = sorted(waiting, key=lambda notice: (notice.try_count, *_mail(notice), notice.pk))
    return [_mailing(list(notices)) for _, notices in groupby(by_mail, key=_mail)]


def note_sent(*, notice_ids: Sequence[int], now: datetime) -> None:
    """The mail is on its way; it is not sent again."""
    Notice.objects.filter(id__in=notice_ids, sent_at__isnull=True).update(sent_at=now)


def note_failed(*, notice_ids: Sequence[int]) -> None:
    """Nobody took the mail; it is tried again, after the others."""
    Notice.objects.filter(id__in=notice_ids).update(try_count=F("try_count") + 1)


def _mail(notice: Notice) -> tuple[int, str]:
    return notice.user_id, notice.dispute.subject


def _mailing(notices: Sequence[Notice]) -> Mailing:
    return Mailing(
        user=notices[0].user,
        disputes=tuple(notice.dispute for notice in notices),
        notice_ids=tuple(notice.pk for notice in notices),
    )
