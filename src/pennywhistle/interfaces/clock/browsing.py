"""Lists to look around by, made by the clock: charts, what is bought together, labels."""

from __future__ import annotations

from django.utils.timezone import now
from procrastinate.contrib.django import app

from pennywhistle.apps.charts.labels import index_labels
from pennywhistle.apps.charts.making import make_charts
from pennywhistle.apps.charts.reading import read_sales
from pennywhistle.apps.charts.together import pair_up

QUEUE = "clock"


@app.periodic(cron="*/10 * * * *", periodic_id="make-charts")
@app.task(queue=QUEUE, queueing_lock="make-charts", lock="make-charts")
def make_the_charts(timestamp: int) -> None:
    """Every ten minutes: keep what was sold; once an hour, make the charts. One run at a time."""
    del timestamp
    read_sales(now=now())
    make_charts(now=now())


@app.periodic(cron="23 4 * * *", periodic_id="pair-up")
@app.task(queue=QUEUE, queueing_lock="pair-up", lock="make-charts")
def pair_up_what_is_bought(timestamp: int) -> None:
    """Every night: find what is bought together."""
    del timestamp
    pair_up(now=now())


@app.periodic(cron="*/10 * * * *", periodic_id="index-labels")
@app.task(queue=QUEUE, queueing_lock="index-labels")
def index_the_labels(timestamp: int) -> None:
    """Every ten minutes: the index of labels follows the catalog."""
    del timestamp
    index_labels(now=now())
