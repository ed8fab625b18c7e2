"""The fingerprint index by the clock: put right every minute, merged and verified every night."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.copies.upkeep import mend_index, merge_index, verify_index
from pennywhistle.engines.fingerprint import IndexDamagedError
from pennywhistle.interfaces.clock import copies_notices

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *", periodic_id="mend-fingerprints")
@app.task(queue="clock", queueing_lock="mend-fingerprints", lock="fingerprints")
def mend_fingerprints(timestamp: int) -> None:
    """Every minute: fill an index that was lost, damaged or behind; deliveries wait for it."""
    del timestamp
    try:
        added = mend_index()
    except IndexUnavailableError:
        # Somebody is at it: a command, or a delivery that compares.
        return
    if added:
        logger.warning("%s recordings were put into the fingerprint index again.", added)


@app.periodic(cron="7 4 * * *", periodic_id="verify-fingerprints")
@app.task(queue="clock", queueing_lock="verify-fingerprints", lock="fingerprints")
def verify_fingerprints(timestamp: int) -> None:
    """Every night: merge what is small, and read everything; what is wrong is mended next."""
    del timestamp
    try:
        merge_index()
        missing = verify_index()
    except IndexUnavailableError:
        return
    except IndexDamagedError as error:
        logger.error("%s It is made again.", error)  # noqa: TRY400 (the sentence is enough)
        return
    if missing:
        logger.error("%s recordings are missing in the fingerprint index.", missing)


@app.periodic(cron="* * * * *", periodic_id="tell-suppliers-of-copies")
@app.task(queue="clock", queueing_lock="tell-suppliers-of-copies", lock="tell-suppliers-of-copies")
def tell_of_copies(timestamp: int) -> None:
    """Every minute: write to both suppliers of a new conflict, or of a decision."""
    del timestamp
    copies_notices.tell_suppliers_of_copies()
