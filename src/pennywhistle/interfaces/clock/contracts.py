"""What contracts make payable, passed on by the clock."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.contracts.actions import pass_on_due


@app.periodic(cron="23 * * * *", periodic_id="pass-on-under-contracts")
@app.task(queue="clock", queueing_lock="pass-on-under-contracts", lock="pass-on-under-contracts")
def pass_on_under_contracts(timestamp: int) -> None:
    """Every hour: what was payable when the month before ended, once its pages are known."""
    del timestamp
    pass_on_due(now=now())
