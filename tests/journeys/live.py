"""A whole store, started and stopped by its own command as an operator does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

START_TIMEOUT_S = 180
PASSWORD = "whistle-while-you-work"


@dataclass(frozen=True)
class LiveStore:
    """A running store: its address, its folder, and its commands."""

    url: str
    data: Path
    environment: dict[str, str]

    def run(self, *words: str, timeout_s: int = 300) -> str:
        """Run one of the store's commands beside it; answers what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "pennywhistle", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout


def start_store(
    data: Path, *, port: int, timeout_s: int = START_TIMEOUT_S, **settings: str
) -> tuple[LiveStore, subprocess.Popen]:
    """Start a store as `make demo` does and wait until it answers."""
    environment = {
        **{name: value for name, value in os.environ.items() if not _is_a_setting(name)},
        "PENNYWHISTLE_MODE": "demo",
        "PENNYWHISTLE_DATA": str(data),
        "PENNYWHISTLE_PORT": str(port),
        "PENNYWHISTLE_PAGE_INTERVAL_S": "3",
        **settings,
    }
    log = (data.parent / f"{data.name}.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "pennywhistle", "serve"],
        env=environment,
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
    )
    log.close()
    store = LiveStore(f"http://localhost:{port}", data, environment)
    try:
        _wait_until_it_answers(store, process, timeout_s)
    except BaseException:
        stop_store(process)
        raise
    return store, process


def stop_store(process: subprocess.Popen) -> int:
    """Stop it as Ctrl-C does; answers its exit code."""
    process.send_signal(signal.SIGINT)
    return process.wait(60)


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_a_setting(name: str) -> bool:
    return name.startswith("PENNYWHISTLE_") or name in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}


def _wait_until_it_answers(store: LiveStore, process: subprocess.Popen, timeout_s: int) -> None:
    log = store.data.parent / f"{store.data.name}.log"
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the store ended: {log.read_text()[-3000:]}"
        try:
            with urllib.request.urlopen(f"{store.url}/livez", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"the store does not answer: {log.read_text()[-3000:]}")
