"""What the clock has done for all disputes, and for all money that is kept apart, one by one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pennywhistle.apps.claims.actions import review_dispute
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.transfers import divide_transferred, recordings_transferred
from pennywhistle.apps.claims.unidentified import divide_unidentified, recordings_unidentified
from pennywhistle.apps.claims.work import divide_anew, works_with_money_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

logger = logging.getLogger(__name__)


class RoundFailedError(Exception):
    """Some could not be done; all the others are."""

    code = "round-failed"


class _Round:
    """Does things one by one; what fails is logged and stops no other."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def take(self, what: str, ids: Iterable[int], do: Callable[[int], object]) -> int:
        """Do it for each; answers for how many there was something to do."""
        done = 0
        for each in ids:
            try:
                done += bool(do(each))
            except Exception:  # a mistake of the program, which the others must not pay for
                logger.exception("The round failed at %s %s.", what, each)
                self.failed.append(f"{what} {each}")
        return done

    def end(self) -> None:
        """Raises RoundFailedError, so that the job is seen to have failed."""
        if self.failed:
            raise RoundFailedError(f"Could not be done: {', '.join(self.failed)}.")


def review_disputes(*, now: datetime) -> int:
    """Review every open dispute, each by itself; answers how many.

    Raises RoundFailedError, once all others are reviewed.
    """
    ids = list(Dispute.objects.open().order_by("id").values_list("id", flat=True))
    round_ = _Round()
    count = round_.take("dispute", ids, lambda each: review_dispute(dispute_id=each, now=now))
    round_.end()
    return count


def divide_what_is_apart(*, now: datetime) -> int:
    """Divide the money of every work and recording that has some apart; answers how many moved.

    Shares, mandates and links to works may be on record by now that say whose it is, and a sale
    that was cleared before a settlement may have been written after it.

    Raises RoundFailedError, once all others are divided.
    """
    round_ = _Round()
    moved = round_.take(
        "work", works_with_money_apart(), lambda each: divide_anew(work_id=each, now=now)
    )
    moved += round_.take(
        "unidentified recording",
        recordings_unidentified(),
        lambda each: divide_unidentified(recording_id=each, now=now),
    )
    moved += round_.take(
        "transferred recording",
        recordings_transferred(),
        lambda each: divide_transferred(recording_id=each, now=now),
    )
    round_.end()
    return moved
