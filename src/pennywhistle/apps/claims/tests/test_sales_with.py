"""The sales of a work are found by an index, not by reading every decision there is."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import connection

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.claims.again import sales_with, verdicts_about
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.rights.models import Verdict
from societies import a_society, mandate, written_by

pytestmark = pytest.mark.django_db


def test_decisions_about_a_work_are_found_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, params = verdicts_about(["work-17"]).values("digest").query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "rights_verdict_about" in plan


def test_each_work_has_its_own_sales() -> None:
    a_store()
    society = a_society()
    sold = {}
    for number, name in enumerate(("Old", "New", "Third"), 1):
        shelf = a_shelf(name, track_count=1)
        mandate(written_by(shelf, {f"Wanda {name}": Fraction(1)})[f"Wanda {name}"], society)
        orders = [
            check_out(
                buyer_id=a_buyer(f"{name}{count}@example.org").pk,
                wanted=[shelf.track(1)],
                territory="FR",
                shown=usd("0.14"),
                key=f"{name}-{count}",
                now=NOON + timedelta(minutes=count),
            )
            for count in range(number)
        ]
        lines = OrderLine.objects.filter(order__in=orders)
        sold[shelf.tracks[0].recording.works.get().pk] = {line.entry_id for line in lines}

    for work_id, entries in sold.items():
        subject = f"work-{work_id}"
        found = [each.id for each in sales_with([subject], "usage", f'@[2] == "{subject}"')]
        assert (len(found), set(found)) == (len(entries), entries)
        assert verdicts_about([subject]).count() == 1
    names = [f"work-{work_id}" for work_id in sold]
    assert verdicts_about(names).count() == Verdict.objects.count() == len(names)
    assert not list(sales_with(["work-0"], "usage", '@[2] == "work-0"'))
