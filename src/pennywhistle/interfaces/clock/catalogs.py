"""Catalogs that change hands by the clock."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.intake.ern.shelves import hand_over_what_ran_out


@app.periodic(cron="*/10 * * * *", periodic_id="hand-over-catalogs")
@app.task(queue="clock", queueing_lock="hand-over-catalogs")
def hand_over_catalogs(timestamp: int) -> None:
    """Every ten minutes: what a former supplier grants no more is the new one's."""
    del timestamp
    hand_over_what_ran_out(now=now())
