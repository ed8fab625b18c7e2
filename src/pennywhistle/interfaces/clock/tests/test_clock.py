"""What is due happens by the clock, in a worker that knows these tasks."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import a_store, a_user, usd
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments import actions
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.interfaces.clock import jobs
from pennywhistle.providers.fakepay import desk
from workers import run_worker


def a_top_up() -> TopUp:
    a_store()
    asked = actions.TopUpAsked(a_user().pk, usd("10.00"), "fakepay", "key-1", "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    TopUp.objects.update(due_at=now())
    return TopUp.objects.get()


def test_the_worker_knows_what_to_do_when() -> None:
    due = {task.periodic_id: task.cron for task in app.periodic_registry.periodic_tasks.values()}

    assert due["refresh-top-ups"] == "* * * * *"
    assert {"expire-top-ups", "retry-stalled-jobs", "delete-finished-jobs"} <= due.keys()


@pytest.mark.django_db
def test_every_minute_paid_top_ups_are_credited() -> None:
    top_up = a_top_up()
    desk.choose(ref=top_up.provider_ref, scenario="succeed", now=now())

    jobs.refresh_top_ups(timestamp=0)

    assert balance_of(user=top_up.user, currency="USD") == usd("10.00")


@pytest.mark.django_db
def test_intents_that_nobody_was_told_of_end() -> None:
    a_top_up()
    TopUp.objects.update(state="created", provider_ref="", due_at=now() - timedelta(seconds=1))

    jobs.expire_top_ups(timestamp=0)

    assert TopUp.objects.get().state == TopUp.State.FAILED


def run_now(task: Callable[..., Awaitable[None]]) -> None:
    """Run an asynchronous task by itself, and close the connection of its thread."""

    async def run() -> None:
        await task(timestamp=0)
        await sync_to_async(connections.close_all)()

    asyncio.run(run())


def queue_refresh(lock: str = "refresh") -> int:
    return jobs.refresh_top_ups.configure(queueing_lock=lock).defer(timestamp=0)


def status(job_id: int) -> str:
    return ProcrastinateJob.objects.get(id=job_id).status


@pytest.mark.django_db(transaction=True)
def test_a_worker_runs_the_due_tasks_and_credits() -> None:
    top_up = a_top_up()
    desk.choose(ref=top_up.provider_ref, scenario="succeed", now=now())
    job_id = queue_refresh()

    run_worker("clock")

    assert balance_of(user=top_up.user, currency="USD") == usd("10.00")
    assert status(job_id) == "succeeded"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("waits", [False, True])
def test_the_job_of_a_worker_that_died_is_run_again_unless_another_waits(*, waits: bool) -> None:
    job_id = queue_refresh()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job_id])
    waiting_id = queue_refresh() if waits else job_id
    run_now(jobs.retry_stalled_jobs)

    assert status(job_id) == ("failed" if waits else "todo")
    assert status(waiting_id) == "todo"
    run_worker("clock")
    assert status(waiting_id) == "succeeded"


@pytest.mark.django_db(transaction=True)
def test_jobs_that_ended_long_ago_are_forgotten() -> None:
    old, new = queue_refresh("a"), queue_refresh("b")
    run_worker("clock")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - interval '73 hours' WHERE job_id = %s",
            [old],
        )

    run_now(jobs.delete_finished_jobs)

    assert not ProcrastinateJob.objects.filter(id=old).exists()
    assert status(new) == "succeeded"
