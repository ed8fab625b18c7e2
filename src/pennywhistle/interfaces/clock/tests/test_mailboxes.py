"""Every 15 seconds each open mailbox is looked into, by one job of its own."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.periodic import PeriodicDeferrer

from builders import NOON, a_shelf
from drops import (
    GTIN,
    RELEASE,
    a_mailbox,
    a_message,
    a_supplier,
    a_takedown,
    acknowledged,
    later,
    put,
)
from ern_messages import OTHER_SENDER
from ern_terms import SENDER
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake import previews
from pennywhistle.apps.intake.jobs import make_previews
from pennywhistle.apps.intake.models import Mailbox, Message
from pennywhistle.apps.intake.ways import looking
from pennywhistle.apps.intake.ways.actions import close_mailbox, open_mailbox
from pennywhistle.apps.intake.ways.limits import LOOKS_FIRST
from pennywhistle.apps.intake.ways.looks import ask_for_look, go_on
from pennywhistle.apps.parties.actions import identify_party
from pennywhistle.apps.rights.models import Grant
from pennywhistle.interfaces.clock import mailboxes
from pennywhistle.kernel.identifiers import Gtin
from pennywhistle.machine.queues import URGENT
from workers import run_worker


@pytest.mark.django_db
def test_one_look_waits_for_each_open_mailbox(tmp_path: Path) -> None:
    supplier = a_supplier()
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        mailbox = open_mailbox(
            supplier_id=supplier.pk, location=str(tmp_path / name), now=later(-60)
        )
    close_mailbox(mailbox_id=mailbox.pk, now=later())

    mailboxes.look_into_mailboxes(timestamp=0)
    mailboxes.look_into_mailboxes(timestamp=60)

    queued = ProcrastinateJob.objects.values_list("task_name", "queue_name")
    assert sorted(queued) == [
        ("intake.glance_into_mailbox", URGENT),
        ("intake.glance_into_mailbox", URGENT),
        ("intake.look_into_mailbox", "intake"),
        ("intake.look_into_mailbox", "intake"),
    ]


def test_looks_are_asked_for_four_times_a_minute() -> None:
    tasks = app.periodic_registry.periodic_tasks
    (task,) = (each for key, each in tasks.items() if key[1] == "look-into-mailboxes")

    moments = PeriodicDeferrer(app.periodic_registry).get_timestamps(task, since=600, until=660)

    assert list(moments) == [615, 630, 645, 660]


@pytest.mark.django_db
def test_looks_go_before_a_backlog_and_the_rest_of_one_does_not(tmp_path: Path) -> None:
    mailbox = a_mailbox(tmp_path)

    assert go_on(mailbox_id=mailbox.pk)
    assert not go_on(mailbox_id=mailbox.pk)
    assert ask_for_look(mailbox_id=mailbox.pk)

    jobs = ProcrastinateJob.objects.filter(queue_name="intake").order_by("id")
    assert list(jobs.values_list("priority", flat=True)) == [0, LOOKS_FIRST]
    assert len(set(jobs.values_list("lock", flat=True))) == 1
    # A glance waits for neither.
    glance = ProcrastinateJob.objects.get(queue_name=URGENT)
    assert glance.lock not in jobs.values_list("lock", flat=True)


@pytest.mark.django_db(transaction=True)
def test_a_backlog_is_worked_off_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "PARCELS_PER_LOOK", 1)
    for number in range(3):
        document = a_takedown(f"T{number}", minute=number)
        put(tmp_path / f"N_{GTIN}_2026020110000000{number}", {f"{GTIN}.xml": document})
    a_mailbox(tmp_path)

    mailboxes.look_into_mailboxes(timestamp=0)
    run_worker("intake", URGENT)

    assert Message.objects.exclude(finished_at=None).count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_worker_takes_works_off_and_acknowledges(tmp_path: Path, settings: object) -> None:
    settings.MAILBOX_QUIET_S = 0  # type: ignore[attr-defined]
    put(tmp_path / RELEASE, {f"{GTIN}.xml": a_message()})
    a_mailbox(tmp_path)

    mailboxes.look_into_mailboxes(timestamp=0)
    run_worker("intake")
    mailboxes.look_into_mailboxes(timestamp=60)
    run_worker("intake")

    assert Message.objects.get().finished_at is not None
    assert len(acknowledged(tmp_path)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_takedown_stops_sales_while_the_other_worker_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = a_mailbox(tmp_path)
    shelf = a_shelf()
    Release.objects.filter(id=shelf.release.pk).update(upc=Gtin.parse(GTIN).value)
    began, may_end = Event(), Event()

    def a_long_job(**_: object) -> None:
        began.set()
        assert may_end.wait(timeout=60)

    monkeypatch.setattr(previews, "make_previews", a_long_job)
    make_previews.defer(delivery_id=0, asked_at=NOON.isoformat())
    Mailbox.objects.filter(id=mailbox.pk).update(supplier=shelf.release.supplier)
    identify_party(party_id=shelf.release.supplier_id, scheme="dpid", text=OTHER_SENDER)
    document = a_takedown("T1", minute=1).replace(SENDER.encode(), OTHER_SENDER.encode())
    put(tmp_path / RELEASE, {f"{GTIN}.xml": document})

    other = Thread(target=run_worker, args=("intake", "clock"))
    other.start()
    try:
        assert began.wait(timeout=60)
        mailboxes.look_into_mailboxes(timestamp=0)
        run_worker(URGENT)

        assert Message.objects.get().state == Message.State.APPLIED
        assert not Grant.objects.open().filter(release=shelf.release).exists()
        assert ProcrastinateJob.objects.get(task_name="intake.make_previews").status == "doing"
    finally:
        may_end.set()
        other.join(timeout=60)
