"""kill -9 while deliveries are taken, worked off and acknowledged: everything happens once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from drops import (
    DOLLARS,
    a_batch,
    a_mailbox,
    a_message,
    a_supplier,
    a_takedown,
    acknowledged,
    later,
    put,
    sounds,
    work_off,
)
from ern_messages import GTIN, ISRCS
from ern_terms import SENDER
from pennywhistle.apps.catalog.models import Recording, Release, Track
from pennywhistle.apps.intake.models import Arrival, Delivery, Mailbox, Message, Notice, Parcel
from pennywhistle.apps.intake.ways.actions import look_into
from pennywhistle.apps.rights.models import Grant
from threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

OTHER_SENDER = "PADPIDA2026010102L"
KILLS = 12
# What a worker does, over and over, in a process of its own.
WORKER = """
import sys, django
django.setup()
from drops import later, work_off
from pennywhistle.apps.intake.ways.actions import look_into
print("ready", flush=True)
while True:
    look_into(mailbox_id=int(sys.argv[1]), now=later())
    work_off()
"""


def delivered(root: Path, studio: Path, *, sender: str, number: str) -> None:
    """A month of one supplier: releases with sound, updates, a batch that takes down, bad ones."""

    def own(document: bytes) -> bytes:
        text = document.decode().replace(SENDER, sender).replace(ISRCS[0], f"DEA1B26{number}001")
        text = text.replace(ISRCS[1], f"DEA1B26{number}002")
        text = text.replace("<MessageId>", f"<MessageId>{number}-")
        return text.replace(GTIN, f"40063813{number}").encode()

    files = sounds(studio)
    names = [f"N_{number}{index}_2026020110000000{index}" for index in range(6)]
    put(root / names[0], {"a.xml": own(a_message("M1", minute=1)), **files})
    put(root / names[1], {"a.xml": own(a_message("M2", minute=5, deals=(DOLLARS, DOLLARS)))})
    put(root / names[2], {"a.xml": own(a_message("M3", minute=3))})
    put(root / names[3], {"a.xml": b"no message at all"})
    put(root / names[4], {"a.xml": own(a_message("M1", minute=1)), **files})
    put(root / names[5], {"a.xml": own(a_message("M1", minute=1)), "b.xml": b"two"})
    a_batch(
        root,
        {
            "down/down.xml": own(a_takedown("T1", minute=30)),
            "up/up.xml": own(a_message("M9", minute=31)),
        },
    )


def picture(mailbox: Mailbox, root: Path) -> dict[str, Any]:
    """What there is of one supplier, in a form that can be compared with another's."""
    supplier = mailbox.supplier
    messages = Message.objects.filter(supplier=supplier)
    releases = Release.objects.filter(supplier=supplier)
    return {
        "parcels": sorted(
            (parcel.state, parcel.is_batch) for parcel in Parcel.objects.filter(mailbox=mailbox)
        ),
        "messages": sorted((each.message_id[5:], each.kind, each.state) for each in messages),
        "arrivals": sorted(
            Arrival.objects.filter(parcel__mailbox=mailbox).values_list(
                "path", "status", "own_status", "parcel__is_batch"
            )
        ),
        "acknowledged": len(acknowledged(root)),
        "deliveries": Delivery.objects.filter(supplier=supplier).count(),
        "releases": releases.count(),
        "tracks": Track.objects.filter(release__in=releases).count(),
        "recordings": Recording.objects.filter(supplier=supplier).count(),
        "grants": Grant.objects.filter(release__in=releases).count(),
        "open": Grant.objects.open().filter(release__in=releases).count(),
        "notices": sorted(Notice.objects.filter(supplier=supplier).values_list("code", flat=True)),
    }


def how_far(mailbox: Mailbox, root: Path) -> tuple[int, int, int, int]:
    """Where a worker was when it was killed."""
    parcels = Parcel.objects.filter(mailbox=mailbox)
    finished = Message.objects.filter(supplier=mailbox.supplier, finished_at__isnull=False)
    decided = parcels.filter(done_at__isnull=False)
    return parcels.count(), finished.count(), decided.count(), len(acknowledged(root))


def until_done(mailbox: Mailbox) -> None:
    for _ in range(4):
        look_into(mailbox_id=mailbox.pk, now=later())
        work_off()


def environment() -> dict[str, str]:
    """What a process of the store needs to work on the tests' database and folders."""
    database = connection.settings_dict
    options = f"host={database['HOST']}" if database["HOST"] else ""
    address = f"postgresql://{database['USER']}@/{database['NAME']}?{options}"
    found = Path(__file__).resolve()
    root = next(above for above in found.parents if (above / "pyproject.toml").is_file())
    return os.environ | {
        "DATABASE_URL": address,
        "PENNYWHISTLE_MODE": "test",
        "PENNYWHISTLE_DATA": str(settings.DATA),
        "DJANGO_SETTINGS_MODULE": "pennywhistle.config.settings_test",
        "PYTHONPATH": os.pathsep.join([str(root / "tests"), str(root / "src")]),
    }


def killed_worker(mailbox: Mailbox, after_s: float) -> None:
    """Let a worker work for so long, and kill it as nobody can prevent."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(mailbox.pk)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert worker.stdout is not None
    said = worker.stdout.readline()
    time.sleep(after_s)
    is_alive = worker.poll() is None
    worker.kill()
    _, errors = worker.communicate(timeout=60)
    assert said == b"ready\n", errors.decode()
    assert is_alive, errors.decode()


@pytest.mark.drill
def test_killed_a_dozen_times_is_as_if_nothing_had_happened(tmp_path: Path) -> None:
    calm_root, drill_root = tmp_path / "calm", tmp_path / "drill"
    delivered(calm_root, tmp_path / "studio", sender=SENDER, number="0001")
    delivered(drill_root, tmp_path / "studio", sender=OTHER_SENDER, number="0002")
    calm = a_mailbox(calm_root)
    until_done(calm)
    drilled = a_mailbox(drill_root, supplier=a_supplier("Tin Yard", OTHER_SENDER))

    seen = set()
    for kill in range(KILLS):
        # Soon at first, whatever the machine's speed; later when there is more behind it.
        killed_worker(drilled, 0.01 * 1.5**kill)
        seen.add(how_far(drilled, drill_root))
    until_done(drilled)

    # It did hit the worker in the middle.
    assert len(seen) >= 3
    assert picture(drilled, drill_root) == picture(calm, calm_root)
    assert Message.objects.filter(supplier=drilled.supplier).count() > 4


def test_many_workers_at_once_take_everything_once(tmp_path: Path) -> None:
    calm_root, busy_root = tmp_path / "calm", tmp_path / "busy"
    delivered(calm_root, tmp_path / "studio", sender=SENDER, number="0001")
    delivered(busy_root, tmp_path / "studio", sender=OTHER_SENDER, number="0002")
    calm = a_mailbox(calm_root)
    until_done(calm)
    busy = a_mailbox(busy_root, supplier=a_supplier("Tin Yard", OTHER_SENDER))

    def work(_: int) -> None:
        for _ in range(3):
            look_into(mailbox_id=busy.pk, now=later())
            work_off()

    answers = at_once(4, work)
    until_done(busy)

    assert answers == [None] * 4
    assert picture(busy, busy_root) == picture(calm, calm_root)
