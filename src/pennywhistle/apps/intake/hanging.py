"""Checks again what was left half checked: its job was given up, or a command was ended."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from pennywhistle.apps.intake import jobs
from pennywhistle.apps.intake.models import Delivery, Notice, WorksFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet
    from procrastinate.tasks import Task

logger = logging.getLogger(__name__)

_WAITING = Counter({Status.TODO.value: 1, Status.DOING.value: 1})
# Longer than one file may be heard for (`media.work`): somebody who works has begun another since.
QUIET = timedelta(minutes=45)
FAILED_JOBS_MAX = 12
_AT_ONCE_MAX = 500
_TODO = "The store's operator reads of it in the log. Ask there before you deliver it again."


def check_again(*, now: datetime) -> int:
    """Queue the checks of deliveries and works files that nobody is at; answers how many.

    Messages have their own way (`ways.queueing`). One whose jobs failed again and again is left to
    the operator, and its supplier hears of that once.
    """
    quiet_since = now - QUIET
    deliveries = (
        Delivery.objects.filter(
            state=Delivery.State.CHECKING, message__isnull=True, created_at__lt=quiet_since
        )
        .exclude(files__heard_since__gt=quiet_since)
        .defer("report")
    )
    works_files = WorksFile.objects.filter(created_at__lt=quiet_since).defer("report")
    asked_at = {"asked_at": now.isoformat()}
    ways = (
        _Way(jobs.check_delivery, "delivery_id", deliveries, {}),
        _Way(
            jobs.check_works_file,
            "works_file_id",
            works_files.filter(state=WorksFile.State.CHECKING),
            asked_at,
        ),
        _Way(
            jobs.record_works_file,
            "works_file_id",
            works_files.filter(state=WorksFile.State.RECORDING),
            asked_at,
        ),
    )
    return sum(_check_again(way, now) for way in ways)


@dataclass(frozen=True, slots=True)
class _Way:
    """What should go on: with which task, under which argument, which rows, and how else."""

    task: Task[..., None, ...]
    argument: str
    hanging: QuerySet[Delivery] | QuerySet[WorksFile]
    others: dict[str, str]


def _check_again(way: _Way, now: datetime) -> int:
    found = {row.pk: row for row in way.hanging.order_by("created_at", "id")[:_AT_ONCE_MAX]}
    queued = 0
    for row_id, statuses in _jobs_of(way, found).items():
        if statuses & _WAITING:
            continue
        if statuses[Status.FAILED.value] >= FAILED_JOBS_MAX:
            _give_up(found[row_id], now)
        else:
            queued += _queue(way, row_id)
    return queued


def _jobs_of(way: _Way, row_ids: Iterable[int]) -> dict[int, Counter[str]]:
    """How many jobs each has, by status; those that ended well are no matter."""
    counts = {row_id: Counter[str]() for row_id in row_ids}
    named = {f"args__{way.argument}__in": list(counts)}
    rows = ProcrastinateJob.objects.filter(task_name=way.task.name, **named)
    for args, status in rows.values_list("args", "status"):
        counts[args[way.argument]][status] += 1
    return counts


def _queue(way: _Way, row_id: int) -> bool:
    job = way.task.configure(queueing_lock=f"{way.task.name}-{row_id}")
    try:
        with transaction.atomic():
            job.defer(**{way.argument: row_id}, **way.others)
    except AlreadyEnqueued:
        return False
    logger.warning("%s of %s was left undone, and is queued again.", way.task.name, row_id)
    return True


def _give_up(row: Delivery | WorksFile, now: datetime) -> None:
    logger.error("“%s” (%s) cannot be checked: its jobs failed.", row.source_name, row.public_id)
    Notice.objects.get_or_create(
        supplier_id=row.supplier_id if isinstance(row, Delivery) else row.submitter_id,
        level=Notice.Level.ALERT,
        code="check-failed",
        sentence=f"The store could not check “{row.source_name}” ({row.public_id}).",
        cure=_TODO,
        defaults={"created_at": now},
    )
