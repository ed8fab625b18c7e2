"""A delivery that only waits for the index is never given up; one that fails is, after a while."""

from __future__ import annotations

import pytest
from procrastinate.jobs import Job

from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.intake import jobs
from pennywhistle.apps.intake.patience import Patience
from pennywhistle.apps.intake.ways import jobs as ways


def tried(attempts: int) -> Job:
    return Job(
        id=1,
        queue="intake",
        lock=None,
        queueing_lock=None,
        task_name="intake.check_delivery",
        attempts=attempts,
    )


@pytest.mark.parametrize(
    ("error", "attempts", "is_tried_again"),
    [
        (IndexUnavailableError(), 0, True),
        (IndexUnavailableError(), 5_000, True),
        (OSError(), 4, True),
        (OSError(), 5, False),
    ],
)
def test_what_waits_is_tried_until_it_can_be_compared(error, attempts, is_tried_again) -> None:
    decision = Patience().get_retry_decision(exception=error, job=tried(attempts))

    assert (decision is not None) == is_tried_again


def test_deliveries_and_messages_have_that_patience() -> None:
    for task in (jobs.check_delivery, ways.process_message):
        assert isinstance(task.retry_strategy, Patience)
