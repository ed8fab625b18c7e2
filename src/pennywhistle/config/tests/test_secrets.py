"""A demo makes its secret once, whoever comes first."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pennywhistle.config.secrets import demo_secret, demo_secret_file

PROCESSES = 8
ASK = (
    "import pathlib, sys; from pennywhistle.config.secrets import demo_secret;"
    "print('ready', flush=True); sys.stdin.read();"
    "print(demo_secret(pathlib.Path(sys.argv[1]), mode='demo'))"
)


def test_it_is_long_kept_and_for_its_owner_alone(tmp_path: Path) -> None:
    made = demo_secret(tmp_path, mode="demo")

    assert len(made) >= 50
    assert demo_secret(tmp_path, mode="demo") == made
    file = demo_secret_file(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_tests_leave_nothing_behind(tmp_path: Path) -> None:
    assert demo_secret(tmp_path, mode="test") != demo_secret(tmp_path, mode="test")
    assert list(tmp_path.iterdir()) == []


def test_threads_that_come_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(32) as pool:
        asked = [pool.submit(demo_secret, tmp_path, mode="demo") for _ in range(200)]

    assert {len(each.result()) for each in asked} == {86}
    assert len({each.result() for each in asked}) == 1


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, str(tmp_path)]
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(PROCESSES)
    ]
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in started:  # one after the other in a microsecond or two
        assert each.stdin is not None
        each.stdin.close()
        each.stdin = None

    told = {each.communicate(timeout=60)[0].strip() for each in started}

    assert len(told) == 1
    assert len(told.pop()) == 86
