"""What the worker does by the clock for payouts: how did they end, at providers and at the bank?"""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.payouts import providing
from pennywhistle.apps.payouts.banking import match_payouts


@app.periodic(cron="* * * * *", periodic_id="follow-payouts")
@app.task(queue="clock", queueing_lock="follow-payouts", lock="follow-payouts")
def follow_payouts(timestamp: int) -> None:
    """Every minute: what do the bank's statements and providers say of payouts? One at a time."""
    del timestamp
    match_payouts(now=now())
    providing.ask_open(now=now())
