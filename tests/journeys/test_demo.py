"""The two commands, for real: a demo fills itself, stops, comes back, and survives being killed."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from live import LiveStore, free_port, start_store, stop_store
from prepared_store import prepare_store

from pennywhistle.interfaces.console.sample import CATALOG
from pennywhistle.kernel.territories import Territories

pytestmark = [pytest.mark.journey, pytest.mark.drill]
Start = Callable[..., tuple[LiveStore, subprocess.Popen]]
SEED_TIMEOUT_S, PART_TIMEOUT_S = 900, 60
WORDS = ("--currency", "USD", "--share", "10%", "--home-country", "US")


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts stores, and leaves none running, however the test ends."""
    running = []

    def started(*words: object, **settings: object) -> tuple[LiveStore, subprocess.Popen]:
        store, process = start_store(*words, **settings)
        running.append(process)
        return store, process

    yield started
    for process in running:
        if process.poll() is None:
            stop_store(process)


def read(store: LiveStore, path: str) -> str:
    """A page's HTML."""
    with urllib.request.urlopen(store.url + path, timeout=30) as answer:
        return str(answer.read().decode())


def sold_at_home() -> list[tuple[str, bool]]:
    """The sample's titles, and whether they are sold where the store is at home."""
    return [
        (release.title, "US" in Territories.parse(where.included, excluded=where.excluded))
        for label in CATALOG
        for release in label.releases
        for where in [release.territories]
    ]


def test_a_demo_fills_itself_and_comes_back_with_its_data(tmp_path: Path, start: Start) -> None:
    titles = [title for title, is_sold in sold_at_home() if is_sold]
    elsewhere = [title for title, is_sold in sold_at_home() if not is_sold]
    data = tmp_path / "data"
    store, process = start(data, port=free_port(), timeout_s=SEED_TIMEOUT_S)
    shelf = read(store, "/new")
    assert stop_store(process) == 0
    assert [title for title in titles if title not in shelf] == []
    assert [title for title in elsewhere if title in shelf] == []

    began = time.monotonic()
    again, process = start(data, port=free_port())
    print(f"started again in {time.monotonic() - began:.1f} s")
    shelf = read(again, "/new")
    assert stop_store(process) == 0

    assert [title for title in titles if title not in shelf] == []


def test_two_stores_run_side_by_side(tmp_path: Path, start: Start) -> None:
    running = []
    # The first begins with nothing, the second is another one already.
    prepare_store(tmp_path / "Second")
    for name in ("First Records", "Second Records"):
        store, process = start(
            tmp_path / name.split()[0], port=free_port(), PENNYWHISTLE_SAMPLE="no"
        )
        store.run("setup", "--name", name, *WORDS)
        running.append((name, store, process))

    for name, store, _ in running:
        assert name in read(store, "/about")
    assert [stop_store(process) for _, _, process in running] == [0, 0]


def test_a_part_that_dies_is_started_again(tmp_path: Path, start: Start) -> None:
    prepare_store(tmp_path / "data")
    _, process = start(tmp_path / "data", port=free_port(), PENNYWHISTLE_SAMPLE="no")
    first = wait_for_part(process.pid, "sequencer")
    first.kill()
    first.wait(10)

    second = wait_for_part(process.pid, "sequencer")

    assert second.pid != first.pid
    assert stop_store(process) == 0


def test_a_store_that_is_killed_comes_back(tmp_path: Path, start: Start) -> None:
    data = tmp_path / "data"
    prepare_store(data)
    store, process = start(data, port=free_port(), PENNYWHISTLE_SAMPLE="no")
    store.run("setup", "--name", "Unbreakable Records", *WORDS)
    database = next(
        each
        for each in psutil.process_iter(["name", "open_files"])
        if each.info["name"] == "postgres" and _lives_in(each, data)
    )
    process.kill()
    process.wait()
    database.kill()

    store, process = start(data, port=free_port(), PENNYWHISTLE_SAMPLE="no")
    about = read(store, "/about")

    assert stop_store(process) == 0
    assert "Unbreakable Records" in about


def test_a_demo_starts_over_when_asked_but_never_while_it_runs(
    tmp_path: Path, start: Start
) -> None:
    data = tmp_path / "data"
    prepare_store(data)
    store, process = start(data, port=free_port(), PENNYWHISTLE_SAMPLE="no")
    secret = (data / "secrets" / "secret_key").read_text()
    refused = subprocess.run(
        [sys.executable, "-m", "pennywhistle", "serve"],
        env=store.environment | {"PENNYWHISTLE_FRESH": "yes"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert stop_store(process) == 0
    kept = (data / "secrets" / "secret_key").read_text()

    _, process = start(data, port=free_port(), PENNYWHISTLE_SAMPLE="no", PENNYWHISTLE_FRESH="yes")
    assert stop_store(process) == 0

    assert (refused.returncode, "store-in-use" in refused.stderr) == (2, True)
    assert kept == secret
    assert (data / "secrets" / "secret_key").read_text() != secret


def wait_for_part(supervisor: int, name: str) -> psutil.Process:
    """One of the store's living processes, by its command; it may take a moment to come."""
    deadline = time.monotonic() + PART_TIMEOUT_S
    while time.monotonic() < deadline:
        for child in psutil.Process(supervisor).children():
            if child.status() != psutil.STATUS_ZOMBIE and name in child.cmdline():
                return child
        time.sleep(0.1)
    raise AssertionError(f"no {name} came up")


def _lives_in(process: psutil.Process, data: Path) -> bool:
    """Whether this is the postmaster of that folder: its pid stands there."""
    pid_file = data / "postgres" / "postmaster.pid"
    return pid_file.exists() and pid_file.read_text().split()[0] == str(process.pid)
