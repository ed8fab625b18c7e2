"""Looking into suppliers' mailboxes by the clock: each in a job of its own, one at a time."""

from __future__ import annotations

from django.db import transaction
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from pennywhistle.apps.intake.models import Mailbox
from pennywhistle.apps.intake.ways.actions import look_into
from pennywhistle.apps.intake.ways.sweeping import sweep_uploads


@app.task(queue="intake", name="intake.look_into_mailbox")
def look_into_mailbox(*, mailbox_id: int) -> None:
    """Look into one mailbox. What fails is told there, and the next minute tries again."""
    look_into(mailbox_id=mailbox_id, now=now())


@app.periodic(cron="* * * * *", periodic_id="look-into-mailboxes")
@app.task(queue="clock", queueing_lock="look-into-mailboxes")
def look_into_mailboxes(timestamp: int) -> None:
    """Every minute: ask for a look into each open mailbox; one that lasts holds up no other."""
    del timestamp
    for mailbox_id in Mailbox.objects.open().order_by("id").values_list("id", flat=True):
        job = look_into_mailbox.configure(
            lock=f"mailbox-{mailbox_id}", queueing_lock=f"mailbox-{mailbox_id}"
        )
        try:
            with transaction.atomic():
                job.defer(mailbox_id=mailbox_id)
        except AlreadyEnqueued:
            continue


@app.periodic(cron="7 4 * * *", periodic_id="sweep-uploads")
@app.task(queue="clock", queueing_lock="sweep-uploads")
def sweep_uploaded(timestamp: int) -> None:
    """Every night: remove uploads that are dealt with, or were given up."""
    del timestamp
    sweep_uploads(now=now())
