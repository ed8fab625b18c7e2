"""The commands that keep the fingerprint index."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from builders import NOON
from copies_music import heard, label, sound_of
from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.interfaces.clock.copies import mend_fingerprints, verify_fingerprints
from pennywhistle.interfaces.console.fingerprints import app

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def index(settings, tmp_path: Path) -> Path:
    settings.FINGERPRINTS = tmp_path / "fingerprints"
    contents = [heard(sound_of(style)) for style in ("folk", "chip")]
    compare_delivered(supplier_id=label("First").pk, sha256s=contents, now=NOON)
    return tmp_path / "fingerprints"


def run(command: str) -> Result:
    return CliRunner().invoke(app, [command], env={"COLUMNS": "220"})


def test_the_status_says_how_many_are_in_and_whether_that_is_all(index: Path) -> None:
    assert "2 of 2 recordings are in the index." in run("status").output
    (index / "complete").unlink()

    told = run("status")

    assert told.exit_code == 1
    assert "deliveries wait" in told.output


def test_a_damaged_index_is_told_and_mended_by_the_clock(index: Path) -> None:
    assert "The index is whole." in run("verify").output
    log = next(index.glob("log-*"))
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)

    told = run("verify")

    assert told.exit_code == 1
    assert "damaged: log-" in told.output
    mend_fingerprints(0)
    assert run("verify").exit_code == 0
    verify_fingerprints(0)
    assert run("status").exit_code == 0


def test_a_log_that_was_cut_off_is_told_by_what_is_missing(index: Path) -> None:
    log = next(index.glob("log-*"))
    log.write_bytes(log.read_bytes()[:40])

    assert "2 recordings were missing" in run("verify").output
    mend_fingerprints(0)
    assert run("verify").exit_code == 0


def test_it_is_made_again_and_merged_on_demand(index: Path) -> None:
    for file in index.iterdir():
        file.unlink()

    assert "2 recordings are in" in run("rebuild").output
    assert "There was nothing to merge." in run("merge").output
    assert "2 of 2" in run("status").output
