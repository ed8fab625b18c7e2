"""Counting on stored masters, and letting go of refused ones: never both at the same time.

A delivery finds content in the store, and writes down that it counts on it. Meanwhile another may
learn that this very content is refused, and remove it. So whoever counts on content holds a lock
that is shared, until its rows are there; whoever removes it holds the same one alone, and looks
under it whether anybody counts on it by now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Hearing, Master

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def rely_on(sha256s: Iterable[str]) -> None:
    """Until the end of this transaction, nobody lets go of these contents.

    What was let go of before is not there: look, now that it stays so.
    """
    # One lock for each first byte, as the folder has it: 256 at most, whatever is delivered.
    for place in sorted({_place(sha256) for sha256 in sha256s}):
        _lock("pg_advisory_xact_lock_shared", place)


@transaction.atomic
def let_go(sha256: str, *, is_wanted: Callable[[], bool]) -> bool:
    """Remove a content that was refused, unless it is needed; whether it was removed.

    Args:
        sha256: of the content.
        is_wanted: whether somebody else counts on it; asked under the lock.
    """
    _lock("pg_advisory_xact_lock", _place(sha256))
    if (
        is_wanted()
        or Hearing.objects.filter(sha256=sha256).exists()
        or Master.objects.filter(sha256=sha256).exists()
    ):
        return False
    MASTERS.remove(sha256)
    return True


def _place(sha256: str) -> int:
    return int(sha256[:2], 16)


def _lock(function: str, place: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('media_masters'), %s)", [place])
