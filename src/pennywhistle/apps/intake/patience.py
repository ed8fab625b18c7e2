"""How often the queue tries jobs of intake: what only waits its turn is tried until it comes.

A wait is no attempt. A job that waited for hours while the index of recordings was made again is
given up as late as one that never had to wait.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection
from procrastinate import BaseRetryStrategy, RetryDecision

from pennywhistle.apps.copies.index_folder import IndexUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrastinate import JobContext
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


@contextmanager
def waits_uncounted(context: JobContext) -> Iterator[None]:
    """Within a job: where it has to wait for the index, it is as if it had not been tried.

    The queue counts one more whenever it tries a job again; that one is taken off beforehand. The
    job stays the same one, since those behind it are not to overtake it.
    """
    try:
        yield
    except IndexUnavailableError:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET attempts = attempts - 1 "
                "WHERE id = %s AND status = 'doing'",
                [context.job.id],
            )
        raise
