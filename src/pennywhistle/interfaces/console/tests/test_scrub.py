"""The command names what is damaged, by title, and its exit code says whether anything is lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from builders import NOON, a_shelf, a_store
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Master, StoredMaster
from pennywhistle.apps.media.volumes import mark
from pennywhistle.apps.rights.models import Stop
from pennywhistle.interfaces.clock.masters import copy_what_came, scrub_masters
from pennywhistle.interfaces.console import scrub
from pennywhistle.interfaces.office.waiting import everything_waiting

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture
def sha256() -> str:
    """A track's master."""
    a_store()
    track = a_shelf(track_count=1).tracks[0]
    stored = MASTERS.put([os.urandom(5_000)])
    Master.objects.create(
        recording_id=track.recording_id,
        sha256=stored.sha256,
        file_size_bytes=stored.size_bytes,
        container="flac",
        codec="flac",
        is_lossless=True,
        sample_rate_hz=44_100,
        bits_per_sample=16,
        channel_count=2,
        sample_count=1,
        peaks=b"",
        delivered_at=NOON,
    )
    StoredMaster.objects.create(sha256=stored.sha256, file_size_bytes=stored.size_bytes)
    return stored.sha256


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(scrub.scrub_masters)
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def flip_a_bit(sha256: str) -> None:
    content = bytearray(MASTERS.path(sha256).read_bytes())
    content[2_000] ^= 1
    MASTERS.path(sha256).write_bytes(content)


@pytest.mark.usefixtures("sha256")
def test_sound_masters_are_counted() -> None:
    result = run("--all")

    assert result.exit_code == 0, result.output
    assert "Read: 1 master" in result.output
    assert "PENNYWHISTLE_MASTERS_COPY" in result.output


def test_a_loss_is_named_stopped_and_waits_in_the_office(sha256: str) -> None:
    flip_a_bit(sha256)

    result = run()

    assert result.exit_code == 1
    assert sha256 in result.output
    assert Stop.objects.open().count() == 1
    damaged = "Tracks whose master is damaged"
    (waiting,) = (each for each in everything_waiting(now=NOON) if each.title == damaged)
    assert (waiting.count, len(waiting.details)) == (1, 1)
    assert run().exit_code == 1


def test_the_copy_mends_it(sha256: str, tmp_path: Path, settings: Any) -> None:
    settings.MASTERS_COPY = str(tmp_path)
    assert run("--copy").exit_code == scrub.LOST_EXIT_CODE
    assert "Copied: 1 master" in run("--new-copy", "--copy").output
    flip_a_bit(sha256)

    result = run("--all")

    assert result.exit_code == 0
    assert "Restored: 1. Lost: 0" in result.output
    assert sha256 in result.output


def test_the_clock_does_all_of_it(sha256: str, tmp_path: Path, settings: Any) -> None:
    settings.MASTERS_COPY = str(tmp_path)
    mark(tmp_path)
    copy_what_came(timestamp=0)
    flip_a_bit(sha256)

    scrub_masters(timestamp=0)

    assert StoredMaster.objects.get().restored_at is not None
    MASTERS.remove(sha256)
    (tmp_path / sha256[:2] / sha256).unlink()
    scrub_masters(timestamp=0)
    assert Stop.objects.open().count() == 1


def test_a_second_storage_that_is_away_holds_nothing_up(
    sha256: str, tmp_path: Path, settings: Any
) -> None:
    (tmp_path / "file").write_text("no folder")
    settings.MASTERS_COPY = str(tmp_path / "file")

    copy_what_came(timestamp=0)
    scrub_masters(timestamp=0)

    row = StoredMaster.objects.get(sha256=sha256)
    assert (row.copied_at, row.damage) == (None, "")
    assert row.scrubbed_at is not None
