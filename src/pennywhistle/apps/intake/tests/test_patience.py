"""A delivery that only waits for the index is never given up; one that fails is, after a while."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.intake import jobs, work
from pennywhistle.apps.intake.patience import Patience
from pennywhistle.apps.intake.ways import jobs as ways
from workers import run_worker


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


def run_what_waits() -> tuple[str, int]:
    """Let the one job be due, and a worker try it; its state and the attempts that are counted."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    run_worker("intake")
    # Beside it are those that the clock queues.
    jobs_ = ProcrastinateJob.objects.filter(task_name="intake.check_delivery")
    return jobs_.values_list("status", "attempts").get()


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_the_index_has_all_attempts_left(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: list[Exception] = [IndexUnavailableError()] * 7 + [OSError()] * 6

    def check(*, delivery_id: int) -> None:
        assert delivery_id == 1
        raise wrong.pop(0)

    monkeypatch.setattr(work, "check_delivery", check)
    jobs.check_delivery.defer(delivery_id=1)

    assert [run_what_waits() for _ in range(7)] == [("todo", 0)] * 7
    # The first of the attempts is followed by another at once.
    while len(wrong) > 1:
        assert run_what_waits()[0] == "todo"
    assert run_what_waits()[0] == "failed"
    assert wrong == []
