"""What the worker does by the clock for payouts: how did they end, at providers and at the bank?"""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.payouts import providing


@app.periodic(cron="* * * * *", periodic_id="follow-payouts")
@app.task(queue="clock", queueing_lock="follow-payouts", lock="follow-payouts")
def follow_payouts(timestamp: int) -> None:
    """Every minute: ask providers about payouts. One run at a time."""
    del timestamp
    providing.ask_open(now=now())
