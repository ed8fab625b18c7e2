"""What follows from sales for tax, by the clock: supplies, settlements, documents, registers."""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.invoices.issuing import issue_due
from pennywhistle.apps.invoices.recording import record_supplies
from pennywhistle.apps.invoices.settling import settle_due
from pennywhistle.apps.taxes.known import installed_rates, look_for_changes
from pennywhistle.apps.taxes.numbers import ask_due
from pennywhistle.apps.taxes.register import Vies
from pennywhistle.apps.taxes.terms import terms_at

logger = logging.getLogger(__name__)
# A worker does one thing at a time, and others wait: what is left is for the next minute. Whoever
# asks for an invoice has it at once.
follows_for_s_max = 20


@app.periodic(cron="* * * * *", periodic_id="follow-sales")
@app.task(queue="clock", queueing_lock="follow-sales", lock="follow-sales")
def follow_sales(timestamp: int) -> None:
    """Every minute: record what was supplied, move its tax, issue its documents."""
    del timestamp
    ends_at_s = time.monotonic() + follows_for_s_max
    while time.monotonic() < ends_at_s:
        done = record_supplies(now=now()) + settle_due(now=now()) + issue_due(now=now())
        if not done:
            break


@app.periodic(cron="*/10 * * * *", periodic_id="ask-about-vat-numbers")
@app.task(queue="clock", queueing_lock="ask-about-vat-numbers", lock="ask-about-vat-numbers")
def ask_about_vat_numbers(timestamp: int) -> None:
    """Every ten minutes: ask VIES about numbers, if the store asks it."""
    del timestamp
    if settings.VIES_URL:
        terms = terms_at(now())
        requester = terms.vat_number if terms is not None else ""
        ask_due(register=Vies(settings.VIES_URL, requester=requester), now=now())


@app.periodic(cron="37 4 * * *", periodic_id="compare-tax-rates")
@app.task(queue="clock", queueing_lock="compare-tax-rates", lock="compare-tax-rates")
def compare_tax_rates(timestamp: int) -> None:
    """Every night: do the store's rates still agree with the data set?"""
    del timestamp
    looked = look_for_changes(known=installed_rates(), now=now())
    if looked.taken:
        logger.warning("New rates of tax were taken for %s.", ", ".join(looked.taken))
    if looked.proposed:
        logger.warning("Rates of tax wait for a decision: %s.", ", ".join(looked.proposed))
