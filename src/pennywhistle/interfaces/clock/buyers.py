"""What buyers wait for, by the clock: releases that they ordered ahead, and mails."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.preorders import work as preorders
from pennywhistle.interfaces.clock import (
    gift_mails,
    new_releases,
    order_letters,
    pre_order_notices,
)

QUEUE = "clock"


@app.periodic(cron="* * * * *", periodic_id="release-pre-orders")
@app.task(queue=QUEUE, queueing_lock="release-pre-orders", lock="release-pre-orders")
def release_pre_orders(timestamp: int) -> None:
    """Every minute: sell what was ordered ahead and is out now. One run at a time."""
    del timestamp
    preorders.release_due(now=now())
    pre_order_notices.tell_buyers()


@app.periodic(cron="* * * * *", periodic_id="send-receipts")
@app.task(queue=QUEUE, queueing_lock="send-receipts", lock="send-receipts")
def send_receipts(timestamp: int) -> None:
    """Every minute: mail the receipts of new orders."""
    del timestamp
    order_letters.send_receipts()


@app.periodic(cron="* * * * *", periodic_id="send-gifts")
@app.task(queue=QUEUE, queueing_lock="send-gifts", lock="send-gifts")
def send_gifts(timestamp: int) -> None:
    """Every minute: mail the gifts whose day has come."""
    del timestamp
    gift_mails.send_gifts()


@app.periodic(cron="*/10 * * * *", periodic_id="tell-followers")
@app.task(queue=QUEUE, queueing_lock="tell-followers", lock="tell-followers")
def tell_followers(timestamp: int) -> None:
    """Every ten minutes: write to who follows somebody that has released something."""
    del timestamp
    new_releases.tell_followers()
