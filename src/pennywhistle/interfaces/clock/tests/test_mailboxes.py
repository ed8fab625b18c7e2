"""Every minute each open mailbox is looked into, by one job of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from drops import GTIN, RELEASE, a_mailbox, a_message, a_supplier, acknowledged, later, put
from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.intake.ways.actions import close_mailbox, open_mailbox
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
