"""The queue's tasks for looks and glances into one mailbox: one at a time, and one that waits."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from pennywhistle.apps.intake.ways import glancing, looking
from pennywhistle.apps.intake.ways.limits import LOOKS_FIRST
from pennywhistle.machine.queues import URGENT


@app.task(queue="intake", name="intake.look_into_mailbox")
def look_into_mailbox(*, mailbox_id: int) -> None:
    """Look into one mailbox. What fails is told there, and the next look tries again."""
    found = looking.look(mailbox_id=mailbox_id, now=datetime.now(tz=UTC))
    if found.is_more:
        go_on(mailbox_id=mailbox_id)


@app.task(queue=URGENT, name="intake.glance_into_mailbox")
def glance_into_mailbox(*, mailbox_id: int) -> None:
    """Look for ends of sales in one mailbox, and have them decided at once."""
    glancing.glance(mailbox_id=mailbox_id, now=datetime.now(tz=UTC))


def ask_for_look(*, mailbox_id: int) -> bool:
    """Queue a glance, and a look before other jobs, unless they wait; whether a look was queued."""
    name = f"mailbox-{mailbox_id}"
    _defer_glance(mailbox_id)
    return _defer(mailbox_id, lock=name, queueing_lock=name, priority=LOOKS_FIRST)


def go_on(*, mailbox_id: int) -> bool:
    """Queue a look that takes more of a backlog, when its turn comes.

    With a lock of its own: a look that was asked for does not wait behind it.
    """
    name = f"mailbox-{mailbox_id}"
    return _defer(mailbox_id, lock=name, queueing_lock=f"{name}-more", priority=0)


def _defer(mailbox_id: int, *, lock: str, queueing_lock: str, priority: int) -> bool:
    job = look_into_mailbox.configure(lock=lock, queueing_lock=queueing_lock, priority=priority)
    try:
        with transaction.atomic():
            job.defer(mailbox_id=mailbox_id)
    except AlreadyEnqueued:
        return False
    return True


def _defer_glance(mailbox_id: int) -> None:
    # A lock of its own: a glance does not wait for a look that copies.
    name = f"glance-{mailbox_id}"
    job = glance_into_mailbox.configure(lock=name, queueing_lock=name, priority=LOOKS_FIRST)
    try:
        with transaction.atomic():
            job.defer(mailbox_id=mailbox_id)
    except AlreadyEnqueued:
        return
