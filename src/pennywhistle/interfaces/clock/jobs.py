"""What the worker does by the clock. Each task reads the clock, and calls one function of an app.

The worker finds this module by its name (PROCRASTINATE_AUTODISCOVER_MODULE_NAME). Of a task that is
still waiting, no second one is queued (`queueing_lock`), so that a worker that was away for a day
does not do the same thing a thousand times.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from pennywhistle.apps.claims import rounds as claims
from pennywhistle.apps.copies.stopping import stop_what_is_ruled
from pennywhistle.apps.delivery import work as delivery
from pennywhistle.apps.intake.doubts.refusing import stop_what_is_refused
from pennywhistle.apps.intake.ern import doubted
from pennywhistle.apps.intake.telling import jobs as telling
from pennywhistle.apps.intake.works.matching import finding as matching
from pennywhistle.apps.media import weights
from pennywhistle.apps.payments import work as payments
from pennywhistle.apps.proof.log import have_keys, the_log
from pennywhistle.apps.societies import late
from pennywhistle.apps.statements import opened
from pennywhistle.interfaces.clock import (
    browsing,
    buyers,
    catalogs,
    contracts,
    copies,
    deliveries,
    doors,
    giving_back,
    mailboxes,
    masters,
    notices,
    paying_out,
    payout_letters,
    reaching,
    reconciling,
    search,
    taxing,
    works_notices,
)
from pennywhistle.machine.queues import URGENT

__all__ = [
    "browsing",
    "buyers",
    "catalogs",
    "contracts",
    "copies",
    "deliveries",
    "doors",
    "giving_back",
    "mailboxes",
    "masters",
    "paying_out",
    "payout_letters",
    "reaching",
    "reconciling",
    "search",
    "taxing",
]

logger = logging.getLogger(__name__)

QUEUE = "clock"
# Of jobs that are done or failed; what they did is in the books, not in the queue.
finished_jobs_kept_hours = 72
failed_jobs_kept_hours = 24 * 30


@app.periodic(cron="* * * * *", periodic_id="refresh-top-ups")
@app.task(queue=QUEUE, queueing_lock="refresh-top-ups")
def refresh_top_ups(timestamp: int) -> None:
    """Every minute: how did the open top-ups end?"""
    del timestamp
    payments.refresh_open_top_ups(now=now())


@app.periodic(cron="*/10 * * * *", periodic_id="expire-top-ups")
@app.task(queue=QUEUE, queueing_lock="expire-top-ups")
def expire_top_ups(timestamp: int) -> None:
    """Every ten minutes: end the top-ups that no provider was told of."""
    del timestamp
    payments.expire_never_started(now=now())


@app.periodic(cron="* * * * *", periodic_id="review-disputes")
@app.task(queue=QUEUE, queueing_lock="review-disputes")
def review_disputes(timestamp: int) -> None:
    """Every minute: hold what was paid before a dispute began; end those that are over."""
    del timestamp
    claims.review_disputes(now=now())


@app.periodic(cron="* * * * *", periodic_id="tell-claimants")
@app.task(queue=QUEUE, queueing_lock="tell-claimants", lock="tell-claimants")
def tell_claimants(timestamp: int) -> None:
    """Every minute: write to who acts for a claimant of a new dispute. One run at a time."""
    del timestamp
    notices.tell_claimants()


@app.periodic(cron="* * * * *", periodic_id="tell-suppliers-of-works")
@app.task(queue=QUEUE, queueing_lock="tell-suppliers-of-works", lock="tell-suppliers-of-works")
def tell_suppliers_of_works(timestamp: int) -> None:
    """Every minute: write to suppliers of whose recordings others' works files speak."""
    del timestamp
    works_notices.tell_suppliers_of_works()


@app.periodic(cron="* * * * *", periodic_id="match-works")
@app.task(queue=QUEUE, queueing_lock="match-works", lock="match-works")
def match_works(timestamp: int) -> None:
    """Every minute: look for the works of recordings that came or changed. One run at a time."""
    del timestamp
    matching.match_due(now=now())


@app.periodic(cron="* * * * *", periodic_id="weigh-masters")
@app.task(queue=QUEUE, queueing_lock="weigh-masters", lock="weigh-masters")
def weigh_masters(timestamp: int) -> None:
    """Every minute: find out how large some new masters become in other forms."""
    del timestamp
    weights.weigh_masters(now=now())


@app.periodic(cron="* * * * *", periodic_id="look-again-at-held")
@app.task(queue=QUEUE, queueing_lock="look-again-at-held", lock="look-again-at-held")
def look_again_at_held(timestamp: int) -> None:
    """Every minute: apply messages that waited for a decision about their files.

    And let go on sale whose refused master made room for a better one.
    """
    del timestamp
    stop_what_is_ruled(now=now())
    stop_what_is_refused(now=now())
    doubted.look_again_at_held(now=now())


@app.periodic(cron="* * * * *", periodic_id="tell-suppliers")
@app.task(queue=QUEUE, queueing_lock="tell-suppliers")
def tell_suppliers(timestamp: int) -> None:
    """Every minute: call the webhooks of suppliers who have news."""
    del timestamp
    telling.ask_for_calls(now=now())


@app.periodic(cron="27 2 * * *", periodic_id="divide-what-is-apart")
@app.task(queue=QUEUE, queueing_lock="divide-what-is-apart")
def divide_what_is_apart(timestamp: int) -> None:
    """Every night: pay held and unclaimed money whose owners are on record by now.

    First the store's own, then what societies kept when they distributed; whatever happens to the
    first.
    """
    del timestamp
    try:
        claims.divide_what_is_apart(now=now())
    finally:
        late.pay_everything_kept(now=now())


@app.periodic(cron="*/10 * * * *", periodic_id="evict-renditions")
@app.task(queue=QUEUE, queueing_lock="evict-renditions")
def evict_renditions(timestamp: int) -> None:
    """Every ten minutes: keep the cache of made files within its bound."""
    del timestamp
    delivery.evict_renditions(size_bytes_max=settings.RENDITION_CACHE_BYTES_MAX, now=now())
    delivery.trim_working_copies(size_bytes_max=settings.WORKING_COPY_BYTES_MAX)


@app.periodic(cron="47 3 * * *", periodic_id="sweep-renditions")
@app.task(queue=QUEUE, queueing_lock="sweep-renditions")
def sweep_renditions(timestamp: int) -> None:
    """Every night: remove what a crash left in the cache's folder."""
    del timestamp
    delivery.sweep_renditions(now=now())


@app.periodic(cron="*/2 * * * *", periodic_id="retry-stalled-jobs")
@app.task(queue=URGENT, queueing_lock="retry-stalled-jobs")
async def retry_stalled_jobs(timestamp: int) -> None:
    """Every two minutes: give the jobs of a worker that died to one that lives."""
    del timestamp
    for job in await app.job_manager.get_stalled_jobs():
        logger.warning("Job %s (%s) lost its worker and is run again.", job.id, job.task_name)
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            # Of this job a second one waits already (`queueing_lock`); that one is enough.
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)


@app.periodic(cron="*/10 * * * *", periodic_id="open-accounts")
@app.task(queue=QUEUE, queueing_lock="open-accounts", lock="open-accounts")
def open_accounts(timestamp: int) -> None:
    """Every ten minutes: what strangers read of the providers' accounts follows the log."""
    del timestamp
    if have_keys():
        opened.open_accounts(log=the_log())


@app.periodic(cron="17 3 * * *", periodic_id="delete-finished-jobs")
@app.task(queue=QUEUE, queueing_lock="delete-finished-jobs")
async def delete_finished_jobs(timestamp: int) -> None:
    """Every night: forget the jobs that ended long ago."""
    del timestamp
    await app.job_manager.delete_old_jobs(nb_hours=finished_jobs_kept_hours)
    await app.job_manager.delete_old_jobs(
        nb_hours=failed_jobs_kept_hours,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )
