"""What is made for the whole world by the clock: site maps and the dump of the catalog."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.reach import work
from pennywhistle.interfaces.common.catalog_addresses import catalog_addresses, map_addresses


@app.periodic(cron="*/10 * * * *", periodic_id="make-public-files")
@app.task(queue="clock", queueing_lock="make-public-files", lock="make-public-files")
def make_public_files(timestamp: int) -> None:
    """Every ten minutes: make what is due. One run at a time."""
    del timestamp
    work.make_due(addresses=catalog_addresses(), map_addresses=map_addresses(), now=now())


@app.periodic(cron="*/5 * * * *", periodic_id="tidy-public-files")
@app.task(queue="clock", queueing_lock="tidy-public-files")
def tidy_public_files(timestamp: int) -> None:
    """Every five minutes: forget who asked the open API, and files that were replaced."""
    del timestamp
    work.tidy(now=now())
