"""How often somebody asked within this minute, counted once for all processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.crypto import salted_hmac

from pennywhistle.apps.reach.limits import MINUTE_S, MINUTES_KEPT

if TYPE_CHECKING:
    from datetime import datetime

# One statement: two at the same moment count as two.
_COUNT = """
INSERT INTO reach_asked AS a (who, minute, times) VALUES (%s, %s, 1)
ON CONFLICT (who, minute) DO UPDATE SET times = a.times + 1
RETURNING times
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody may still ask in this minute; `left` is below 0 once it was too much."""

    of: int
    left: int
    seconds_left: int

    @property
    def is_too_much(self) -> bool:
        """Whether this question was one too many."""
        return self.left < 0


def note_question(who: str, *, times_max: int, at: datetime) -> Asked:
    """Count a question of `who`, whose name is kept as a hash and for minutes alone."""
    seconds = int(at.timestamp())
    minute, gone_s = divmod(seconds, MINUTE_S)
    kept = salted_hmac("pennywhistle.reach.asked", who, algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [kept, minute])
        (times,) = cursor.fetchone()
    return Asked(times_max, times_max - times, MINUTE_S - gone_s)


def forget_old_counts(*, now: datetime) -> int:
    """Remove the counts of minutes that are over; answers how many."""
    with connection.cursor() as cursor:
        last = int(now.timestamp()) // MINUTE_S - MINUTES_KEPT
        cursor.execute("DELETE FROM reach_asked WHERE minute < %s", [last])
        gone: int = cursor.rowcount
        return gone
