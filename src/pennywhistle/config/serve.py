"""Starting the whole store on one machine: database, web and what works behind it; stopping it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils.timezone import now
from rich.console import Console
from rich.panel import Panel

from pennywhistle.apps.proof.log import have_keys
from pennywhistle.apps.proof.signing import create_keys
from pennywhistle.config.may_sign import environment_of
from pennywhistle.config.static_files import collect
from pennywhistle.interfaces.console.seed import DEMO_PASSWORD, OPERATOR, SOCIETY, seed
from pennywhistle.machine.postgres.tables import bring_up_to_date
from pennywhistle.machine.queues import URGENT

if TYPE_CHECKING:
    from collections.abc import Callable

console = Console()
READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 15
RESTART_PAUSE_S_MAX = 30
# Of each web process.
CONNECTIONS_MAX = 4096
# Beyond connections: files that are read or made, and the database.
_OPEN_FILES = 4 * CONNECTIONS_MAX
_PR_SET_PDEATHSIG = 1
_SUPERVISOR_ALIVE_S = 0.5


def serve() -> None:
    """Start the store on this machine; Ctrl-C stops it. Its database runs already."""
    data = Path(settings.DATA)
    began = time.monotonic()
    _allow_open_files()
    _prepare(data)
    connections.close_all()
    Supervisor(data / "logs").run(_web(), others(), on_ready=lambda: _welcome(began))
    console.print("[dim]Stopped. Everything is kept.[/]")


def _allow_open_files() -> None:
    """As many as the connections need, where the machine lets us; children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _prepare(data: Path) -> None:
    """Everything that must be there before the first visitor: tables, files, keys, music."""
    for folder in ("tmp", "mail", "logs"):
        (data / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    bring_up_to_date()
    call_command("createcachetable", verbosity=0)
    collect()
    if settings.MODE == "demo":
        if not have_keys():
            create_keys(now=now())
        if settings.SAMPLE:
            seed(console=console)


def web_command(*, host: str, port: int, workers: int) -> list[str]:
    """The web server, and how much it may take on."""
    return [
        *(sys.executable, "-m", "granian", "pennywhistle.config.wsgi:application"),
        *("--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--workers-kill-timeout", "10"),
        *("--blocking-threads", str(settings.WEB_THREADS), "--no-access-log"),
        # This counts connections, idle ones too: with few of them nobody else gets in.
        *("--backpressure", str(CONNECTIONS_MAX), "--http1-buffer-size", "65536"),
        # While it looks for the version of HTTP, it waits for the first byte for ever.
        *("--http", "1", "--http1-header-read-timeout", "10000", "--respawn-failed-workers"),
    ]


def _web() -> Child:
    workers = settings.WEB_WORKERS
    return Child("web", web_command(host=settings.HOST, port=settings.PORT, workers=workers))


def others() -> list[Child]:
    """What works behind the doors. The second worker is there for what must not wait."""
    program = [sys.executable, "-m", "pennywhistle"]
    urgent = Child("urgent", [*program, "worker", "--queues", URGENT])
    names = ("worker", "sequencer", "keeper", "searcher")
    return [urgent, *(Child(name, [*program, name]) for name in names)]


def _welcome(began: float) -> None:
    lines = [f"[bold]{settings.ORIGIN}[/]", "", f"Ready in {time.monotonic() - began:.1f} s."]
    if settings.MODE == "demo":
        lines += ["", "This is a demo: the money is play money."]
    if settings.MODE == "demo" and settings.SAMPLE:
        lines += [
            f"Buyer      buyer@demo.example      {DEMO_PASSWORD}",
            f"Supplier   label@demo.example      {DEMO_PASSWORD}",
            f"Operator   {OPERATOR}   {DEMO_PASSWORD}",
            f"Society    {SOCIETY}   {DEMO_PASSWORD}",
        ]
    lines += ["", "Ctrl-C stops it; everything is kept."]
    console.print(Panel("\n".join(lines), title=settings.STORE_TITLE, expand=False))


@dataclass
class Child:
    """One process of the store, and how often it had to be started again."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    restart_at: float = 0.0
    pause_s: float = 1.0
    log: IO[bytes] | None = field(default=None, repr=False)


@dataclass
class Supervisor:
    """Runs the store's processes: starts them, starts again what dies, stops them in order."""

    logs: Path
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, web: Child, others: list[Child], *, on_ready: Callable[[], None]) -> None:
        """Run until a signal says stop. The doors open first; the others start behind them."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())
        try:
            self._start(web)
            if self._wait_until_ready():
                on_ready()
            for child in others:
                self._start(child)
            while not self.stopping.wait(_SUPERVISOR_ALIVE_S):
                for child in (web, *others):
                    self._watch(child)
        finally:
            self._stop([web, *others])

    def _start(self, child: Child) -> None:
        # A session of its own, so that Ctrl-C in the terminal reaches the supervisor only.
        if child.log is not None:
            child.log.close()
        child.log = (self.logs / f"{child.name}.log").open("ab")
        child.process = subprocess.Popen(  # noqa: S603 (our own program)
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=child.log,
            stderr=subprocess.STDOUT,
            # Only the sequencer learns where the log's signing keys lie.
            env=environment_of(child.name, os.environ),
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 (one thread; the call is async-safe)
        )

    def _watch(self, child: Child) -> None:
        if child.process is not None and child.process.poll() is None:
            return
        if child.process is not None:
            console.print(
                f"[yellow]{child.name} ended with {child.process.returncode}; it starts again in"
                f" {child.pause_s:.0f} s. See {self.logs / child.name}.log.[/]"
            )
            child.process = None
            child.restart_at = time.monotonic() + child.pause_s
            child.pause_s = min(child.pause_s * 2, RESTART_PAUSE_S_MAX)
        elif time.monotonic() >= child.restart_at:
            self._start(child)

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + READY_TIMEOUT_S
        # By the store's own name: in production it answers to no other.
        question = urllib.request.Request(
            f"http://{settings.HOST}:{settings.PORT}/livez",
            headers={"Host": urlsplit(settings.ORIGIN).netloc},
        )
        while time.monotonic() < deadline and not self.stopping.is_set():
            try:
                with urllib.request.urlopen(question, timeout=2):  # noqa: S310 (our own)
                    return True
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                self.stopping.wait(0.1)
        if not self.stopping.is_set():
            console.print(f"[red]The web server does not answer. See {self.logs / 'web.log'}.[/]")
        return False

    def _stop(self, children: list[Child]) -> None:
        running = [child.process for child in children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for child in children:
            if child.log is not None:
                child.log.close()


def _die_with_parent() -> None:
    """Should the supervisor be killed, its children end too (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
