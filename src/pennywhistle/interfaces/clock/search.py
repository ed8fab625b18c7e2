"""The search by the clock: who bought what is counted every hour."""

from __future__ import annotations

from procrastinate.contrib.django import app

from pennywhistle.apps.discovery.searching.popularity import count_buyers


@app.periodic(cron="17 * * * *", periodic_id="count-buyers")
@app.task(queue="clock", queueing_lock="count-buyers", lock="count-buyers")
def count_who_bought(timestamp: int) -> None:
    """Every hour: what most people own comes first in what search finds."""
    del timestamp
    count_buyers()
