"""Every night: do providers and the bank say what the books say?"""

from __future__ import annotations

import logging

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.payments.reconciling.daily import reconcile_all

logger = logging.getLogger(__name__)


@app.periodic(cron="17 5 * * *", periodic_id="reconcile")
@app.task(queue="clock", queueing_lock="reconcile", lock="reconcile")
def reconcile(timestamp: int) -> None:
    """Every night: book what reports cost, and note what differs. One run at a time."""
    del timestamp
    count = reconcile_all(now=now())
    if count:
        logger.warning("%d differences between the books and providers wait.", count)
