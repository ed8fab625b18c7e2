"""A delivery that nobody checks any more is checked again; one that never can be is told of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import NOON, a_store
from pennywhistle.apps.intake import hanging, jobs
from pennywhistle.apps.intake.models import Delivery, DeliveryFile, Notice, WorksFile
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.models import Evidence

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def left() -> Delivery:
    """Begun at noon by a command that was ended."""
    a_store()
    supplier = ensure_party(name="North Label")
    delivery = Delivery.objects.create(supplier=supplier, source_name="Box", created_at=NOON)
    DeliveryFile.objects.create(
        delivery=delivery,
        path="01.flac",
        kind=DeliveryFile.Kind.AUDIO,
        state=DeliveryFile.State.WAITING,
        sha256="0" * 64,
        size_bytes=1,
        heard_since=NOON,
    )
    return delivery


def queued() -> list[str]:
    """The states of the jobs that check deliveries."""
    found = ProcrastinateJob.objects.filter(task_name="intake.check_delivery")
    return sorted(found.values_list("status", flat=True))


def fail_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")


def test_what_a_command_left_is_queued_once(left: Delivery) -> None:
    assert [hanging.check_again(now=LATER) for _ in range(3)] == [1, 0, 0]

    job = ProcrastinateJob.objects.get()
    assert (job.args, job.status) == ({"delivery_id": left.pk}, "todo")


@pytest.mark.parametrize(
    ("state", "task"),
    [("checking", "intake.check_works_file"), ("recording", "intake.record_works_file")],
)
def test_so_does_a_file_about_works(left: Delivery, state: str, task: str) -> None:
    jobs.check_delivery.defer(delivery_id=left.pk)
    evidence = Evidence.objects.create(
        title="works.csv", media_type="text/csv", sha256="0" * 64, size_bytes=1, recorded_at=NOON
    )
    file = WorksFile.objects.create(
        submitter=left.supplier,
        kind=WorksFile.Kind.CSV,
        source_name="works.csv",
        evidence=evidence,
        state=state,
        created_at=NOON,
    )

    assert [hanging.check_again(now=LATER) for _ in range(3)] == [1, 0, 0]

    job = ProcrastinateJob.objects.get(task_name=task)
    assert job.args == {"works_file_id": file.pk, "asked_at": LATER.isoformat()}


@pytest.mark.parametrize(
    "change",
    [
        lambda left: left.files.update(heard_since=LATER - timedelta(minutes=20)),
        lambda _: Delivery.objects.update(created_at=LATER - timedelta(minutes=20)),
        lambda _: Delivery.objects.update(state=Delivery.State.READY),
        lambda left: jobs.check_delivery.defer(delivery_id=left.pk),
    ],
    ids=["heard", "new", "checked", "queued"],
)
def test_what_somebody_is_at_is_left_alone(left: Delivery, change) -> None:
    change(left)

    assert hanging.check_again(now=LATER) == 0


def test_what_failed_is_tried_for_half_a_day_and_then_told_of_once(left: Delivery) -> None:
    for _ in range(hanging.FAILED_JOBS_MAX):
        assert hanging.check_again(now=LATER) == 1
        fail_all()

    for _ in range(3):
        assert hanging.check_again(now=LATER) == 0

    told = Notice.objects.get()
    assert (told.code, told.supplier) == ("check-failed", left.supplier)
    assert left.public_id in told.sentence
    assert queued() == ["failed"] * hanging.FAILED_JOBS_MAX
