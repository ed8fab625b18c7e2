"""What the worker does by the clock for the doors by which money comes in."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.payments import (
    answering,
    chargeback_following,
    guarding,
    sweeping,
    switching,
)

QUEUE = "clock"


@app.periodic(cron="* * * * *", periodic_id="review-doors")
@app.task(queue=QUEUE, queueing_lock="review-doors", lock="review-doors")
def review_doors(timestamp: int) -> None:
    """Every minute: close the doors that do badly or hold too much; try closed ones again."""
    del timestamp
    switching.review_doors(now=now())


@app.periodic(cron="*/5 * * * *", periodic_id="follow-chargebacks")
@app.task(queue=QUEUE, queueing_lock="follow-chargebacks", lock="follow-chargebacks")
def follow_chargebacks(timestamp: int) -> None:
    """Every five minutes: which payments do banks take back, and how did that end?"""
    del timestamp
    answering.send_answers(now=now())
    chargeback_following.follow_chargebacks(now=now())


@app.periodic(cron="40 4 * * *", periodic_id="propose-sweeps")
@app.task(queue=QUEUE, queueing_lock="propose-sweeps", lock="propose-sweeps")
def propose_sweeps(timestamp: int) -> None:
    """Every night: write down what providers hold and should go to the bank."""
    del timestamp
    sweeping.propose_sweeps(now=now())


@app.periodic(cron="50 4 * * *", periodic_id="forget-traces")
@app.task(queue=QUEUE, queueing_lock="forget-traces")
def forget_traces(timestamp: int) -> None:
    """Every night: delete from where payments came that no bank asks about any more."""
    del timestamp
    guarding.forget_old(now=now())
