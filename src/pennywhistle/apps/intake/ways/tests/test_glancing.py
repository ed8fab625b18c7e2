"""Ends of sales are found and decided before anything is copied, and whatever else waits."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from drops import (
    BATCH,
    GTIN,
    OTHER_GTIN,
    RELEASE,
    a_batch,
    a_mailbox,
    a_message,
    a_takedown,
    later,
    put,
    statuses,
    through,
    work_off,
)
from ern_messages import purge
from pennywhistle.apps.intake.models import Mailbox, Message, Parcel
from pennywhistle.apps.intake.ways import glancing, jobs
from pennywhistle.apps.intake.ways.actions import close_mailbox, look_into
from pennywhistle.apps.intake.ways.glancing import glance
from pennywhistle.apps.intake.ways.limits import ENDS_FIRST
from pennywhistle.apps.intake.ways.queueing import queue_end
from pennywhistle.machine.queues import URGENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return a_mailbox(tmp_path)


@pytest.fixture(autouse=True)
def nothing_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test's process remembers of its mailboxes is not remembered here."""
    monkeypatch.setattr(glancing, "_memory", glancing.Memory())


def seen(mailbox: Mailbox, *, minutes: float = 0) -> list[str]:
    """The ids of the messages that a glance queues."""
    ids = glance(mailbox_id=mailbox.pk, now=later(minutes))
    return sorted(Message.objects.filter(id__in=ids).values_list("message_id", flat=True))


def test_an_end_is_queued_for_the_urgent_worker_and_its_parcel_is_left(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    put(tmp_path / RELEASE, {f"{GTIN}.xml": a_takedown("T1", minute=1)})
    put(tmp_path / "N_OTHER_20260201100000000", {"OTHER.xml": a_message("M2")})

    assert seen(mailbox) == ["T1"]

    job = ProcrastinateJob.objects.get()
    assert (job.queue_name, job.priority, job.lock) == (URGENT, ENDS_FIRST, None)
    assert Parcel.objects.get().taken_whole_at is None
    assert seen(mailbox) == []
    work_off()
    through(mailbox)
    assert Message.objects.get(message_id="T1").state == Message.State.APPLIED
    assert statuses(mailbox)[f"{GTIN}.xml"] == "FileOK"
    assert Message.objects.count() == 2


def test_an_end_that_waits_in_the_slow_queue_is_urgent_all_the_same(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    put(tmp_path / RELEASE, {f"{GTIN}.xml": a_takedown("T1", minute=1)})
    glance(mailbox_id=mailbox.pk, now=later(0))
    message_id = Message.objects.get().pk
    urgent = ProcrastinateJob.objects.get()
    with connection.cursor() as cursor:
        # As if it had been queued behind its supplier's others only.
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [urgent.pk])
    jobs.process_message.configure(lock="supplier-1", queueing_lock=f"message-{message_id}").defer(
        message_id=message_id
    )

    assert queue_end(message_id=message_id)
    assert not queue_end(message_id=message_id)

    assert ProcrastinateJob.objects.filter(queue_name=URGENT).count() == 1
    assert work_off() == 2
    assert Message.objects.get().state == Message.State.APPLIED


def test_of_a_batch_the_end_is_decided_before_the_batch_is_taken(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    messages = {
        f"{GTIN}/{GTIN}.xml": a_takedown("T1", minute=1),
        # Made later, and set aside all the same: the end wins (faults.md 17).
        f"{GTIN}-2/{GTIN}.xml": a_message("U1", minute=2),
    }
    a_batch(tmp_path, messages)

    assert seen(mailbox) == ["T1"]
    work_off()
    assert Message.objects.get().state == Message.State.APPLIED

    through(mailbox)
    states = dict(Message.objects.values_list("message_id", "state"))
    assert states == {"T1": Message.State.APPLIED, "U1": Message.State.IGNORED}
    assert set(statuses(mailbox).values()) == {"FileOK"}


def test_a_batch_that_is_not_complete_or_miscounts_is_left(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    messages = {f"{GTIN}/{GTIN}.xml": a_takedown("T1", minute=1)}
    put(tmp_path / BATCH, messages)
    a_batch(tmp_path, messages, manifest=b"<broken", name="N_20260201100000001")

    assert seen(mailbox, minutes=5) == []
    assert not Parcel.objects.exists()


def test_a_purge_goes_first_only_where_what_it_purges_is_known(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    put(tmp_path / RELEASE, {f"{GTIN}.xml": a_takedown("T1", minute=1)})
    through(mailbox)
    for number, gtin in enumerate((GTIN, OTHER_GTIN)):
        document = purge(gtin=gtin, created="2026-02-01T11:00:00Z").replace(b"P1", b"P%d" % number)
        put(tmp_path / f"N_{gtin}_2026020111000000{number}", {f"{gtin}.xml": document})

    assert seen(mailbox) == ["P0"]


def test_what_was_read_is_not_read_again_and_what_changed_is(
    tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    opened = glancing.open_letter

    def noting(letter: object, bench: object) -> object:
        read.append(letter.path)  # type: ignore[attr-defined]
        return opened(letter, bench)  # type: ignore[arg-type]

    monkeypatch.setattr(glancing, "open_letter", noting)
    document = put(tmp_path / RELEASE, {f"{GTIN}.xml": a_takedown("T1", minute=1)[:-5]})

    assert (seen(mailbox), seen(mailbox), len(read)) == ([], [], 1)
    put(document, {f"{GTIN}.xml": a_takedown("T1", minute=1)})
    assert (seen(mailbox), len(read)) == (["T1"], 2)


def test_a_glance_that_takes_long_goes_on_with_the_next(
    tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glancing, "GLANCE_SECONDS_MAX", -1)
    for number in range(3):
        document = a_takedown(f"T{number}", minute=number)
        put(tmp_path / f"N_{GTIN}_2026020110000000{number}", {f"{GTIN}.xml": document})

    # The newest first: it says what holds, and the others are too old then.
    assert [seen(mailbox) for _ in range(4)] == [["T2"], ["T1"], ["T0"], []]


def test_a_closed_mailbox_and_one_that_is_gone_are_left(tmp_path: Path, mailbox: Mailbox) -> None:
    put(tmp_path / RELEASE, {f"{GTIN}.xml": a_takedown("T1", minute=1)})
    Mailbox.objects.filter(id=mailbox.pk).update(location=str(tmp_path / "gone"))
    assert seen(mailbox) == []
    Mailbox.objects.filter(id=mailbox.pk).update(location=str(tmp_path))

    close_mailbox(mailbox_id=mailbox.pk, now=later())

    assert seen(mailbox) == []


def test_a_look_that_is_interrupted_takes_up_what_a_glance_began(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    put(tmp_path / RELEASE, {f"{GTIN}.xml": a_takedown("T1", minute=1)})
    assert seen(mailbox) == ["T1"]

    found = look_into(mailbox_id=mailbox.pk, now=later())

    assert found.taken == [RELEASE]
    # Its job waits already.
    assert ProcrastinateJob.objects.filter(task_name="intake.process_message").count() == 1
