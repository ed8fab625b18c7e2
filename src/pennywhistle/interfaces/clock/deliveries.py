"""Deliveries by the clock: what was left half checked, and who is told of doubts."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.intake.hanging import check_again
from pennywhistle.interfaces.clock import doubt_notices


@app.periodic(cron="* * * * *", periodic_id="tell-suppliers-of-doubts")
@app.task(queue="clock", queueing_lock="tell-suppliers-of-doubts", lock="tell-suppliers-of-doubts")
def tell_of_doubts(timestamp: int) -> None:
    """Every minute: write to suppliers in whose files something serious was found, or decided."""
    del timestamp
    doubt_notices.tell_suppliers_of_doubts()


@app.periodic(cron="23 * * * *", periodic_id="check-hanging-deliveries")
@app.task(queue="clock", queueing_lock="check-hanging-deliveries")
def check_hanging_deliveries(timestamp: int) -> None:
    """Every hour: queue the checks of deliveries that nobody is at any more."""
    del timestamp
    check_again(now=now())
