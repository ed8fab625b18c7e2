"""A child that is killed while it hears a file: the file is heard all the same."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from pennywhistle.apps.media import hearing, work
from pennywhistle.apps.media.tests import mishearing
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.machine.sandbox import prepare, process

pytestmark = pytest.mark.usefixtures("decodes_anew")


def kill_children(count: int) -> threading.Thread:
    """Kill that many children of the template, one after the other, as soon as each is there."""
    template = process._template
    assert template is not None
    children = Path(f"/proc/{template.pid}/task/{template.pid}/children")

    def kill() -> None:
        killed: set[int] = set()
        deadline = time.monotonic() + 60
        while len(killed) < count and time.monotonic() < deadline:
            for child in map(int, children.read_text(encoding="ascii").split()):
                if child not in killed:
                    os.kill(child, signal.SIGKILL)
                    killed.add(child)
            time.sleep(0.001)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_a_child_that_is_killed_is_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stored = work.store_master(write_audio(tmp_path / "a.flac", seconds=2, pitch_hz=311))
    prepare(hearing.hear)

    killing = kill_children(1)
    heard = work.hear(stored.sha256)
    killing.join()

    assert heard.examination.duration_ms == 2_000
    assert "once more" in caplog.text


def test_a_file_whose_children_all_die_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = work.store_master(write_audio(tmp_path / "a.flac", seconds=2, pitch_hz=313))
    prepare(mishearing.wait_to_be_killed)
    monkeypatch.setattr(hearing, "hear", mishearing.wait_to_be_killed)

    killing = kill_children(2)
    with pytest.raises(work.FileRefusedError) as refused:
        work.hear(stored.sha256)
    killing.join()

    assert refused.value.code == "decoder-failed"
