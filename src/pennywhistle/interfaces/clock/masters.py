"""Masters are copied when they came in, and read again night after night; so is the database."""

from __future__ import annotations

import logging

from django.conf import settings
from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.delivery.damaged import stop_what_is_damaged
from pennywhistle.apps.media.custody import copy_masters, scrub
from pennywhistle.apps.media.database_checks import check_database
from pennywhistle.machine.storage.s3 import UnreachableError

logger = logging.getLogger(__name__)

# Of one run, so that others of the worker's jobs have their turn.
COPIED_BYTES_MAX = 5_000_000_000


@app.periodic(cron="*/10 * * * *", periodic_id="copy-masters")
@app.task(queue="clock", queueing_lock="copy-masters", lock="masters")
def copy_what_came(timestamp: int) -> None:
    """Every ten minutes: copy new masters to the second storage, if there is one."""
    del timestamp
    try:
        copy_masters(size_bytes_max=COPIED_BYTES_MAX, now=now())
    except (OSError, UnreachableError) as error:
        logger.warning("Masters wait to be copied: %s", error)


@app.periodic(cron="37 1 * * *", periodic_id="scrub-masters")
@app.task(queue="clock", queueing_lock="scrub-masters", lock="masters")
def scrub_masters(timestamp: int) -> None:
    """Every night: read a part of the masters, restore what is damaged, stop what is lost."""
    del timestamp
    try:
        scrub(size_bytes_max=settings.SCRUB_BYTES_MAX, now=now())
    except UnreachableError as error:
        logger.warning("The masters were not all checked: %s", error)
    stop_what_is_damaged(now=now())


@app.periodic(cron="7 2 * * *", periodic_id="check-database")
@app.task(queue="clock", queueing_lock="check-database", lock="check-database")
def check_the_database(timestamp: int) -> None:
    """Every night: read all of the database, and copy it if a folder for copies is named."""
    del timestamp
    check_database(now=now())
