"""A process that is killed while it adds to the index loses nothing that was acknowledged."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pennywhistle.engines.fingerprint import Fingerprint, Index
from pennywhistle.engines.fingerprint.limits import log_tracks_max, segments_merged

pytestmark = pytest.mark.drill

Made = Callable[..., Fingerprint]
FULL = segments_merged * log_tracks_max
# Says every number after `add` has returned; with a count it kills itself before that many changes
# of names in the folder.
CHILD = """
import os, signal, sys
from pathlib import Path
from pennywhistle.engines.fingerprint import Fingerprint, Index

folder, first, last, killed_before = Path(sys.argv[1]), *map(int, sys.argv[2:5])
fingerprint = Fingerprint.from_bytes(bytes.fromhex(sys.argv[5]))
left = [killed_before]

def watch(event, arguments):
    if event in ("os.rename", "os.remove") or (event == "open" and arguments[1] in ("wb", "w+b")):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

with Index(folder) as index:
    if killed_before:
        sys.addaudithook(watch)
    for number in range(first, last):
        index.add(number, fingerprint)
        print(number, flush=True)
"""


def child(folder: Path, first: int, last: int, killed_before: int, made: Fingerprint) -> list[str]:
    numbers = map(str, (first, last, killed_before))
    return [sys.executable, "-c", CHILD, str(folder), *numbers, made.to_bytes().hex()]


@pytest.fixture(scope="module")
def nearly_full(tmp_path_factory: pytest.TempPathFactory, any_fingerprint: Made) -> Path:
    """One track more, and the log becomes the eighth segment, and the eight become one."""
    folder = tmp_path_factory.mktemp("nearly-full")
    fingerprint = any_fingerprint(1, peak_count=8)
    with Index(folder) as index:
        index.add_many((number, fingerprint) for number in range(FULL - 2))
        index.add(FULL, any_fingerprint(2))
    return folder


def test_killed_at_any_step_of_writing_and_merging_segments(
    nearly_full: Path, tmp_path: Path, any_fingerprint: Made
) -> None:
    killed = 0
    for step in range(1, 40):
        folder = tmp_path / str(step)
        shutil.copytree(nearly_full, folder)
        command = child(folder, FULL + 1, FULL + 2, step, any_fingerprint(3))
        ended = subprocess.run(command, capture_output=True, check=False)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        killed += 1

        with Index(folder) as index:
            index.verify()
            # The one that was killed wrote it to the log, but had not said so.
            assert len(index) == FULL
            for number in (0, log_tracks_max, FULL - 3, FULL, FULL + 1):
                assert number in index
            assert index.lookup(any_fingerprint(2))[0].track_id == FULL
            assert not list(folder.glob("*.new"))
        shutil.rmtree(folder)
    else:
        pytest.fail("It never came to an end.")

    assert killed >= 10
    with Index(folder) as index:
        assert len(list(folder.glob("segment-*"))) == 1
        assert len(index) == FULL


def test_killed_at_any_time_while_adding(tmp_path: Path, any_fingerprint: Made) -> None:
    said = 0
    for wait_s in (0.05, 0.11, 0.23):
        command = child(tmp_path, said, said + 100_000, 0, any_fingerprint(1))
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = int(process.stdout.readline()) + 1
            time.sleep(wait_s)
            process.kill()
            numbers = [int(line) for line in process.stdout if line.endswith("\n")]
        said = numbers[-1] + 1 if numbers else said

        with Index(tmp_path) as index:
            assert all(number in index for number in range(said))
            assert len(index) in {said, said + 1}
