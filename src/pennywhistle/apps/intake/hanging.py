"""Checks again what was left half checked: its job was given up, or a command was ended."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from pennywhistle.apps.intake import jobs
from pennywhistle.apps.intake.models import Delivery, Notice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

logger = logging.getLogger(__name__)

_WAITING = Counter({Status.TODO.value: 1, Status.DOING.value: 1})
# Longer than one file may be heard for (`media.work`): somebody who works has begun another since.
QUIET = timedelta(minutes=45)
FAILED_JOBS_MAX = 12
_AT_ONCE_MAX = 500
_TODO = "The store's operator reads of it in the log. Ask there before you deliver it again."


def check_again(*, now: datetime) -> int:
    """Queue the checks of deliveries that nobody is at; answers how many.

    Messages have their own way (`ways.queueing`). One whose jobs failed again and again is left to
    the operator, and its supplier hears of that once.
    """
    quiet_since = now - QUIET
    hanging = (
        Delivery.objects.filter(
            state=Delivery.State.CHECKING, message__isnull=True, created_at__lt=quiet_since
        )
        .exclude(files__heard_since__gt=quiet_since)
        .order_by("created_at", "id")
    )
    found = {delivery.pk: delivery for delivery in hanging.defer("report")[:_AT_ONCE_MAX]}
    queued = 0
    for delivery_id, statuses in _jobs_of(found).items():
        if statuses & _WAITING:
            continue
        if statuses[Status.FAILED.value] >= FAILED_JOBS_MAX:
            _give_up(found[delivery_id], now)
        else:
            queued += _queue(delivery_id)
    return queued


def _jobs_of(delivery_ids: Iterable[int]) -> dict[int, Counter[str]]:
    """How many jobs each delivery has, by status; those that ended well are no matter."""
    counts = {delivery_id: Counter[str]() for delivery_id in delivery_ids}
    rows = ProcrastinateJob.objects.filter(
        task_name=jobs.check_delivery.name, args__delivery_id__in=list(counts)
    )
    for args, status in rows.values_list("args", "status"):
        counts[args["delivery_id"]][status] += 1
    return counts


def _queue(delivery_id: int) -> bool:
    job = jobs.check_delivery.configure(queueing_lock=f"delivery-{delivery_id}")
    try:
        with transaction.atomic():
            job.defer(delivery_id=delivery_id)
    except AlreadyEnqueued:
        return False
    logger.warning("Delivery %s was left half checked, and is checked again.", delivery_id)
    return True


def _give_up(delivery: Delivery, now: datetime) -> None:
    logger.error("Delivery %s cannot be checked: its jobs failed.", delivery.public_id)
    Notice.objects.get_or_create(
        supplier_id=delivery.supplier_id,
        level=Notice.Level.ALERT,
        code="check-failed",
        sentence=f"The store could not check “{delivery.source_name}” ({delivery.public_id}).",
        cure=_TODO,
        defaults={"created_at": now},
    )
