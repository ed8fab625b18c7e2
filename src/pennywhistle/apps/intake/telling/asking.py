"""Asks the worker for a look into a mailbox at once, instead of within the minute."""

from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

# The clock's own task, by its name: interfaces stand above apps.
LOOK = "intake.look_into_mailbox"


def ask_for_look(*, mailbox_id: int) -> None:
    """Queue a look, unless one waits already; two into one mailbox are never at once."""
    name = f"mailbox-{mailbox_id}"
    try:
        with transaction.atomic():
            look = app.configure_task(LOOK, queue="intake", lock=name, queueing_lock=name)
            look.defer(mailbox_id=mailbox_id)
    except AlreadyEnqueued:
        return
