"""Every 15 seconds each open mailbox is looked into, by one job of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.periodic import PeriodicDeferrer

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
from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.intake.ways import looking
from pennywhistle.apps.intake.ways.actions import close_mailbox, open_mailbox
from pennywhistle.apps.intake.ways.limits import LOOKS_FIRST
from pennywhistle.apps.intake.ways.looks import ask_for_look, go_on
from pennywhistle.interfaces.clock import mailboxes
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

    assert ProcrastinateJob.objects.filter(task_name="intake.look_into_mailbox").count() == 2


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

    jobs = ProcrastinateJob.objects.order_by("id")
    assert list(jobs.values_list("priority", flat=True)) == [0, LOOKS_FIRST]
    assert len(set(jobs.values_list("lock", flat=True))) == 1


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
    run_worker("intake")

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
