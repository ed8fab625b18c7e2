"""What the worker does by the clock for buyers who give something back."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.payments import paying_back
from pennywhistle.interfaces.clock.law_letters import send_law_letters

QUEUE = "clock"


@app.periodic(cron="* * * * *", periodic_id="refresh-paybacks")
@app.task(queue=QUEUE, queueing_lock="refresh-paybacks")
def refresh_paybacks(timestamp: int) -> None:
    """Every minute: send what goes back to buyers and was not sent; how did the rest end?"""
    del timestamp
    paying_back.refresh_open_paybacks(now=now())


@app.periodic(cron="* * * * *", periodic_id="send-letters-of-the-law")
@app.task(queue=QUEUE, queueing_lock="send-letters-of-the-law", lock="send-letters-of-the-law")
def send_letters_of_the_law(timestamp: int) -> None:
    """Every minute: confirm waivers and acknowledge withdrawals by mail. One run at a time."""
    del timestamp
    send_law_letters()
