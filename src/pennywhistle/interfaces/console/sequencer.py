"""The sequencer: the only writer of the log, one at a time."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.timezone import now

from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.asking import Witnesses
from pennywhistle.apps.proof.log import KeysExistError, Log, log_folder
from pennywhistle.apps.proof.models import Page
from pennywhistle.apps.proof.policies import witness_policy
from pennywhistle.apps.proof.signing import tell_readers, the_signing_log
from pennywhistle.engines.tlog.note import NoteInvalidError

if TYPE_CHECKING:
    from pennywhistle.engines.tlog.policy import Policy

logger = logging.getLogger(__name__)
ROUND_S = 1.0
RETRY_S = 5.0


def sequencer() -> None:
    """Seal sales into the public log every second, and close its pages, until stopped."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    policy = witness_policy()
    witnesses = Witnesses(policy, log_folder().read)
    while not stopping.is_set():
        try:
            with work.sequencing() as is_mine:
                while is_mine and not stopping.is_set():
                    # The keys are read anew, so that a change of keys needs no restart.
                    log = the_signing_log()
                    tell_readers(log, now=now())
                    run_round(log=log, at=now())
                    witness_round(witnesses=witnesses, policy=policy, at=now())
                    stopping.wait(ROUND_S)
        except (DatabaseError, OSError, work.HeadTakenError, KeysExistError, NoteInvalidError):
            logger.exception("The log waits; the shop sells on.")
            connection.close()
        stopping.wait(RETRY_S)


def run_round(*, log: Log, at: datetime) -> None:
    """Seal what waits; close a page if one is due; publish the new head."""
    # What was announced first: terms stand before the sales that were made by them.
    while work.order_announced() == work.batch_entries_max:
        work.publish(log=log)
    while work.order_waiting() == work.batch_entries_max:
        work.publish(log=log)
    if _page_is_due(at):
        work.close_page(log=log, now=at)
    work.publish(log=log)


def witness_round(*, witnesses: Witnesses, policy: Policy, at: datetime) -> None:
    """Keep what witnesses signed since the last round, and show them the newest head."""
    cosigned = witnesses.take()
    if cosigned is not None:
        work.keep_cosigned(cosigned=cosigned, policy=policy, now=at)
    work.offer_head(witnesses)


def _page_is_due(at: datetime) -> bool:
    last = Page.objects.order_by("-number").values_list("closed_at", flat=True).first()
    # A page of the future was closed by a clock that ran ahead, and is not waited for.
    interval = timedelta(seconds=settings.PAGE_INTERVAL_S)
    return last is None or not timedelta(0) <= at - last < interval
