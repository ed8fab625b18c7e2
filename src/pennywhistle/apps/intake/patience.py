"""How often the queue tries jobs of intake: what only waits its turn is tried until it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrastinate import BaseRetryStrategy, RetryDecision

from pennywhistle.apps.copies.index_folder import IndexUnavailableError

if TYPE_CHECKING:
    from procrastinate.jobs import Job

_ATTEMPTS_MAX = 5
_FIRST_WAIT_S = 10
_COME_BACK_S = 30


class Patience(BaseRetryStrategy):
    """Five times within some minutes; every half a minute while recordings cannot be compared."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again; None gives up."""
        if isinstance(exception, IndexUnavailableError):
            return RetryDecision(retry_in={"seconds": _COME_BACK_S})
        if job.attempts >= _ATTEMPTS_MAX:
            return None
        # At once the first time; then it may be a database or a disk that comes back.
        wait_s = _FIRST_WAIT_S * 2**job.attempts if job.attempts else 0
        return RetryDecision(retry_in={"seconds": wait_s})
