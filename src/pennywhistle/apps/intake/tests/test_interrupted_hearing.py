"""Decoders that crash and workers that are killed: each file heard once, nothing half published."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from builders import NOON, a_store
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake import previews, work
from pennywhistle.apps.intake.actions import publish_delivery
from pennywhistle.apps.intake.models import Delivery, DeliveryFile
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.intake.tests.conftest import TERMS
from pennywhistle.apps.media import hearing
from pennywhistle.apps.media import work as media
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Hearing, Master, Rendition
from pennywhistle.apps.media.tests import mishearing
from pennywhistle.apps.media.tests.audio_files import write_album, write_audio
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.machine.storage import Stored

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = """
import sys, django
django.setup()
from pennywhistle.apps.intake.work import check_delivery
print("ready", flush=True)
check_delivery(delivery_id=int(sys.argv[1]))
"""


def opened(folder: Path) -> Delivery:
    """A delivery whose files are stored and wait to be heard."""
    a_store()
    return work.open_delivery(
        supplier_id=ensure_party(name="North Label").pk,
        source_name=folder.name,
        taken=work.take(work.walk(folder)),
        supplement=Supplement(),
        now=NOON,
    )


def count_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The content that was decoded, in order."""
    heard: list[str] = []
    hear = media.hear

    def counted(sha256: str) -> media.Heard:
        heard.append(sha256)
        return hear(sha256)

    monkeypatch.setattr(media, "hear", counted)
    return heard


def test_a_file_that_crashes_the_decoder_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_album(tmp_path / "Box" / "Good", ("North",)).parent
    bad = write_album(folder / "Bad", ("South",)) / "02 Fatal.flac"
    write_audio(bad, title="Fatal", track="2", comment=mishearing.FATAL.decode())
    delivery = opened(folder)
    monkeypatch.setattr(hearing, "hear", mishearing.hear_or_crash)

    work.check_delivery(delivery_id=delivery.pk)

    codes = dict(delivery.files.filter(kind="audio").values_list("path", "refusal_code"))
    assert codes == {
        "Bad/01 South.flac": "",
        "Bad/02 Fatal.flac": "decoder-failed",
        "Good/01 North.flac": "",
    }
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.NEEDS_ANSWER


@override_settings(MASTER_SECONDS_MAX=9)
def test_silence_a_hundred_times_is_stopped_at_the_limit_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence = write_audio(tmp_path / "silence.flac", seconds=20, pitch_hz=0)
    folder = tmp_path / "Album"
    folder.mkdir()
    for number in range(100):
        (folder / f"{number:02d}.flac").write_bytes(silence.read_bytes())
    heard = count_calls(monkeypatch)
    delivery = opened(folder)

    work.check_delivery(delivery_id=delivery.pk)

    assert len(heard) == 1
    assert set(delivery.files.values_list("state", "refusal_code")) == {
        (DeliveryFile.State.REFUSED, "too-long")
    }
    assert not Hearing.objects.exists()
    assert not MASTERS.has(heard[0])


def test_what_one_supplier_delivered_is_not_decoded_again_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_album(tmp_path / "Album")
    heard = count_calls(monkeypatch)
    work.check_delivery(delivery_id=opened(folder).pk)
    again = work.open_delivery(
        supplier_id=ensure_party(name="South Label").pk,
        source_name="Album",
        taken=work.take(work.walk(folder)),
        supplement=Supplement(),
        now=NOON,
    )

    work.check_delivery(delivery_id=again.pk)

    assert len(heard) == 2
    examinations = {str(file.examination) for file in again.files.filter(kind="audio")}
    assert len(examinations) == 2
    assert Hearing.objects.count() == 2


def test_it_is_said_which_files_are_being_heard(tmp_path: Path) -> None:
    delivery = opened(write_album(tmp_path / "Album", ("North", "South", "East")))
    delivery.files.filter(path="03 East.flac").update(heard_since=NOON)
    told: list[tuple[str, ...]] = []

    def hear(_step: str, _done: int, _total: int, /, *paths: str) -> None:
        told.append(paths)

    work.check_delivery(delivery_id=delivery.pk, progress=hear)

    assert told[0] == (), "what a worker left that died is not being heard"
    assert {path for paths in told for path in paths} == {
        "01 North.flac",
        "02 South.flac",
        "03 East.flac",
    }
    assert max(map(len, told)) <= media.AT_ONCE
    assert not delivery.files.filter(heard_since__isnull=False).exists()


def test_a_preview_that_cannot_be_made_keeps_no_other_from_being_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = opened(write_album(tmp_path / "Album", ("North", "South", "East")))
    work.check_delivery(delivery_id=delivery.pk)
    publish_delivery(delivery_id=delivery.pk, terms=TERMS, now=NOON)
    broken = Master.objects.order_by("id").first()
    assert broken is not None
    make = media.make_preview

    def make_or_fail(sha256: str, *, start_ms: int) -> Stored:
        if sha256 == broken.sha256:
            raise media.FileRefusedError("decoder-failed", "The decoder failed at this file.")
        return make(sha256, start_ms=start_ms)

    with monkeypatch.context() as patch:
        patch.setattr(media, "make_preview", make_or_fail)
        with pytest.raises(media.FileRefusedError):
            previews.make_previews(delivery_id=delivery.pk, now=NOON)
    made = Rendition.objects.filter(recording__isnull=False)
    assert made.exclude(recording=broken.recording_id).count() == 2
    assert not made.filter(recording=broken.recording_id).exists()

    previews.make_previews(delivery_id=delivery.pk, now=NOON)

    assert made.count() == 3


def environment() -> dict[str, str]:
    """What a process of the store needs to work on the tests' database and folders."""
    database = connection.settings_dict
    options = f"host={database['HOST']}" if database["HOST"] else ""
    return os.environ | {
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?{options}",
        "PENNYWHISTLE_MODE": "test",
        "PENNYWHISTLE_DATA": str(settings.DATA),
        "DJANGO_SETTINGS_MODULE": "pennywhistle.config.settings_test",
    }


def test_a_worker_that_is_killed_leaves_what_it_heard_and_nothing_else(tmp_path: Path) -> None:
    delivery = opened(write_album(tmp_path / "Album", ("North", "South", "East", "West")))
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(delivery.pk)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + 60
        while not Hearing.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.002)
    finally:
        worker.kill()
        worker.communicate(timeout=60)
    kept = Hearing.objects.count()
    delivery.refresh_from_db()
    assert 0 < kept <= 4
    assert (delivery.state, delivery.report) == (Delivery.State.CHECKING, None)
    assert not Release.objects.exists()
    instants = dict(Hearing.objects.values_list("sha256", "heard_at"))

    work.check_delivery(delivery_id=delivery.pk)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.files_checked) == (Delivery.State.READY, 4)
    again = dict(Hearing.objects.values_list("sha256", "heard_at"))
    assert len(again) == 4
    assert {sha256: again[sha256] for sha256 in instants} == instants, "heard twice"
