"""The `pennywhistle` command: finds its database, loads the commands, runs one."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import django
import typer
from rich.console import Console

from pennywhistle.config.env import PREFIX, Env, SettingsError
from pennywhistle.config.fresh import forget_demo
from pennywhistle.config.may_sign import SIGNING_COMMANDS, forbid_signing
from pennywhistle.interfaces.console.audit import audit, mirror
from pennywhistle.interfaces.console.pull import pull
from pennywhistle.interfaces.console.restore import restore
from pennywhistle.interfaces.console.verify import verify
from pennywhistle.interfaces.console.watch import watch
from pennywhistle.interfaces.console.witness import app as witness
from pennywhistle.machine.postgres import Cluster, ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Need neither settings nor a database: a stranger runs them on a machine of their own.
OFFLINE = {"verify", "pull", "witness", "audit", "watch"}
OFFLINE_PARTS = {("log", "mirror"), ("database", "restore")}
# May make a store where there is none yet.
FOUNDING = {"serve", "demo", "migrate"}
_NOT_OURS = (
    "PENNYWHISTLE_FRESH starts over a demo with its own database; DATABASE_URL names another one."
    " Nothing was deleted."
)
console = Console(stderr=True)


def main() -> None:
    """Run one command; an expected failure is told in a sentence, without a traceback."""
    asked = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if asked not in SIGNING_COMMANDS:
        forbid_signing(os.environ)
    try:
        if asked in OFFLINE or tuple(sys.argv[1:3]) in OFFLINE_PARTS:
            _offline()()
        elif asked.startswith("-") or "--help" in sys.argv:
            _forget_settings()
            _commands()()
        else:
            with _database(asked):
                _commands()()
    except (SettingsError, ClusterError) as error:
        console.print(f"[bold red]{error.code}[/] {error}", highlight=False)
        sys.exit(2)


def _offline() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    _add_offline(app)
    log = typer.Typer(no_args_is_help=True)
    log.command("mirror")(mirror)
    log.callback()(_about)
    app.add_typer(log, name="log")
    database = typer.Typer(no_args_is_help=True)
    database.command("restore")(restore)
    database.callback()(_about)
    app.add_typer(database, name="database")
    app.callback()(_about)
    return app


def _add_offline(app: typer.Typer) -> None:
    app.command("verify")(verify)
    app.command("audit")(audit)
    app.command("watch")(watch)
    app.command("pull")(pull)
    app.add_typer(witness, name="witness")


def _about() -> None:
    """A record store that proves that everyone who made the music was paid."""


def _forget_settings() -> None:
    """For help alone: it is most wanted where the settings are missing or wrong."""
    for name in [each for each in os.environ if each.startswith(PREFIX)]:
        del os.environ[name]
    os.environ["PENNYWHISTLE_MODE"] = "test"


def _commands() -> typer.Typer:
    """All commands. Loaded only now: their modules need Django, which needs its settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pennywhistle.config.settings")
    django.setup()
    app: typer.Typer = import_module("pennywhistle.interfaces.console.commands").app
    _add_offline(app)
    app.command("serve")(import_module("pennywhistle.config.serve").serve)
    return app


@contextmanager
def _database(asked: str) -> Iterator[None]:
    """The store's database for one command: the one named, the running one, or one for now.

    It is found before the settings are read, so that a folder which is not a store's (an
    unmounted volume) is refused before anything is written into it.
    """
    env = Env(os.environ)
    # Only `serve`: the processes that it starts inherit the word, and must not act on it again.
    starts_over = asked == "serve" and env.switch("FRESH", default=False)
    if os.environ.get("DATABASE_URL"):
        if starts_over:
            raise SettingsError(_NOT_OURS)
        yield
        return
    data = env.path("DATA", default=Path("data"))
    if starts_over:
        forget_demo(data, mode=env.text("MODE"))
    copies = env.text("DATABASE_COPY")
    cluster = Cluster(
        data,
        must_exist=asked not in FOUNDING,
        copies=Path(copies) if copies else None,
        report=console.print,
    )
    was_running = asked not in FOUNDING and cluster.is_running()
    if not was_running:
        cluster.start()
    os.environ["DATABASE_URL"] = cluster.url()
    try:
        yield
    finally:
        if not was_running:
            cluster.stop()
