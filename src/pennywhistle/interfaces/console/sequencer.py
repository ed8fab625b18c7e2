"""The sequencer: the only writer of the log, one at a time."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.timezone import now

from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import Log, the_log
from pennywhistle.apps.proof.models import Page

logger = logging.getLogger(__name__)
ROUND_S = 1.0
RETRY_S = 5.0


def sequencer() -> None:
    """Seal sales into the public log every second, and close its pages, until stopped."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    log = the_log()
    while not stopping.is_set():
        try:
            with work.sequencing() as is_mine:
                while is_mine and not stopping.is_set():
                    run_round(log=log, at=now())
                    stopping.wait(ROUND_S)
        except (DatabaseError, OSError, work.HeadTakenError):
            logger.exception("The log waits; the shop sells on.")
            connection.close()
        stopping.wait(RETRY_S)


def run_round(*, log: Log, at: datetime) -> None:
    """Seal what waits; close a page if one is due; publish the new head."""
    while work.order_waiting() == work.batch_entries_max:
        work.publish(log=log)
    if _page_is_due(at):
        work.close_page(log=log, now=at)
    work.publish(log=log)


def _page_is_due(at: datetime) -> bool:
    last = Page.objects.order_by("-number").values_list("closed_at", flat=True).first()
    return last is None or at - last >= timedelta(seconds=settings.PAGE_INTERVAL_S)
