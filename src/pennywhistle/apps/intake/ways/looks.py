"""The queue's task for a look into one mailbox: one at a time, and one that waits."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from pennywhistle.apps.intake.ways import looking


@app.task(queue="intake", name="intake.look_into_mailbox")
def look_into_mailbox(*, mailbox_id: int) -> None:
    """Look into one mailbox. What fails is told there, and the next minute tries again."""
    looking.look(mailbox_id=mailbox_id, now=datetime.now(tz=UTC))


def ask_for_look(*, mailbox_id: int) -> bool:
    """Queue a look, unless one waits already; whether it was queued."""
    name = f"mailbox-{mailbox_id}"
    try:
        with transaction.atomic():
            look_into_mailbox.configure(lock=name, queueing_lock=name).defer(mailbox_id=mailbox_id)
    except AlreadyEnqueued:
        return False
    return True
