"""Looking into suppliers' mailboxes by the clock: each in a job of its own, one at a time."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.intake.models import Mailbox
from pennywhistle.apps.intake.ways.limits import LOOKS_FIRST
from pennywhistle.apps.intake.ways.looks import ask_for_look
from pennywhistle.apps.intake.ways.sweeping import sweep_uploads
from pennywhistle.machine.queues import URGENT


# The sixth field is seconds: a takedown must stop sales within a minute.
@app.periodic(cron="* * * * * */15", periodic_id="look-into-mailboxes")
@app.task(queue=URGENT, queueing_lock="look-into-mailboxes", priority=LOOKS_FIRST)
def look_into_mailboxes(timestamp: int) -> None:
    """Every 15 seconds: ask for a look into each open mailbox; one that lasts holds up no other."""
    del timestamp
    for mailbox_id in Mailbox.objects.looked_into().order_by("id").values_list("id", flat=True):
        ask_for_look(mailbox_id=mailbox_id)


@app.periodic(cron="*/10 * * * *", periodic_id="sweep-uploads")
@app.task(queue="clock", queueing_lock="sweep-uploads")
def sweep_uploaded(timestamp: int) -> None:
    """Every ten minutes: remove uploads that are dealt with, or were given up."""
    del timestamp
    sweep_uploads(now=now())
