"""Queues messages in the order in which their sender made them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from procrastinate.exceptions import AlreadyEnqueued

from pennywhistle.apps.intake.models import Arrival, Message, Parcel
from pennywhistle.apps.intake.ways import jobs
from pennywhistle.apps.intake.ways.limits import ENDS_FIRST, QUEUED_AGAIN_HOURS
from pennywhistle.machine.queues import URGENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.models import Mailbox


def queue_messages(*, mailbox: Mailbox, now: datetime) -> int:
    """Queue the messages of whole parcels in the order in which they were made; answers how many.

    One that is not decided hours after it was queued is queued again: its job may have failed.
    """
    long_ago = now - timedelta(hours=QUEUED_AGAIN_HOURS)
    due = Q(queued_at__isnull=True) | Q(queued_at__lt=long_ago)
    arrivals = Arrival.objects.filter(
        due,
        parcel__mailbox=mailbox,
        parcel__in=Parcel.objects.undecided(),
        message__in=Message.objects.unfinished(),
    ).order_by(F("message__created_at").asc(nulls_last=True), "message_id")
    queued = 0
    for arrival_id, message_id in arrivals.values_list("id", "message_id"):
        queued += _queue(arrival_id, message_id, mailbox.supplier_id, now)
    return queued


def queue_ends(*, parcel: Parcel, message_ids: Sequence[int], now: datetime) -> int:
    """Queue messages that end sales before everything else; answers how many.

    They wait for no other message: one that its sender made before them, and that is decided
    after them, is too old by then (`engines.ddex.follow`).
    """
    arrivals = Arrival.objects.filter(
        parcel=parcel, message__in=Message.objects.unfinished().filter(id__in=message_ids)
    )
    ids = arrivals.order_by("id").values_list("id", "message_id")
    return sum(_queue(arrival_id, message_id, None, now) for arrival_id, message_id in ids)


def queue_end(*, message_id: int) -> bool:
    """Queue a message that ends sales, whose parcel is not taken yet; whether it was queued."""
    is_open = Message.objects.unfinished().filter(id=message_id).exists()
    return is_open and _defer(message_id, None)


@transaction.atomic
def _queue(arrival_id: int, message_id: int, supplier_id: int | None, now: datetime) -> bool:
    Arrival.objects.filter(id=arrival_id).update(queued_at=now)
    return _defer(message_id, supplier_id)


def _defer(message_id: int, supplier_id: int | None) -> bool:
    """Without a supplier it waits for no other message, in the queue of urgent things."""
    name = f"message-{message_id}"
    if supplier_id is None:
        # A lock of its own: what waits in the slow queue already is done sooner; its second turn
        # changes nothing.
        job = jobs.process_message.configure(
            queue=URGENT, queueing_lock=f"{name}-end", priority=ENDS_FIRST
        )
    else:
        job = jobs.process_message.configure(lock=f"supplier-{supplier_id}", queueing_lock=name)
    try:
        with transaction.atomic():
            job.defer(message_id=message_id)
    except AlreadyEnqueued:
        return False
    return True
