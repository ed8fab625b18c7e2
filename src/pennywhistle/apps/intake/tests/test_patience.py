"""A delivery that only waits for the index is never given up; one that fails is, after a while."""

from __future__ import annotations

from datetime import UTC, datetime

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


def test_the_first_time_at_once_and_then_later_and_later() -> None:
    waits = []
    for attempts in range(5):
        decision = Patience().get_retry_decision(exception=OSError(), job=tried(attempts))
        assert decision is not None
        assert decision.retry_at is not None
        waits.append((decision.retry_at - datetime.now(tz=UTC)).total_seconds())

    assert waits == pytest.approx([0, 20, 40, 80, 160], abs=2)


def test_everything_of_intake_has_that_patience() -> None:
    tasks = (
        jobs.check_delivery,
        jobs.make_previews,
        jobs.check_works_file,
        jobs.record_works_file,
        ways.process_message,
    )
    for task in tasks:
        assert isinstance(task.retry_strategy, Patience)
