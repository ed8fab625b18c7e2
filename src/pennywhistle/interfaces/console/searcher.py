"""The searcher: keeps this machine's search index true to the database; and commands for it."""

from __future__ import annotations

import logging
import signal
import threading

import typer
from django.db import DatabaseError, connection
from django.utils.timezone import now
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pennywhistle.apps.discovery.actions import rebuild_index
from pennywhistle.apps.discovery.searching.building import IndexBeingBuiltError
from pennywhistle.apps.discovery.searching.checking import compare
from pennywhistle.apps.discovery.searching.chosen import is_in_database, places
from pennywhistle.apps.discovery.searching.popularity import count_buyers
from pennywhistle.apps.discovery.searching.upkeep import Upkeep
from pennywhistle.engines.search import IndexNotThereError
from pennywhistle.engines.search.folder import IndexBusyError
from pennywhistle.machine.locks import FileLock

logger = logging.getLogger(__name__)
console = Console()

ROUND_S = 0.3
RETRY_S = 5.0
_LOCK = "following"

app = typer.Typer(no_args_is_help=True, help="The search index.")


def searcher() -> None:
    """Keep the search index true to the database, until stopped; one on each web machine."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    places().root.mkdir(parents=True, exist_ok=True, mode=0o700)
    while not stopping.is_set():
        lock = FileLock.try_take(places().root / _LOCK)
        if lock is None:
            logger.warning("Another searcher keeps the index of this machine.")
            stopping.wait(RETRY_S)
            continue
        with lock:
            keep_index(stopping)


def keep_index(stopping: threading.Event) -> None:
    """Round after round, until stopped; whatever goes wrong is tried again."""
    upkeep = Upkeep()
    while not stopping.is_set():
        try:
            upkeep.round(now=now())
            stopping.wait(ROUND_S)
        except (IndexBeingBuiltError, IndexBusyError) as error:
            logger.warning("%s", error)
            upkeep.let_go()
            stopping.wait(RETRY_S)
        except (DatabaseError, IndexNotThereError, OSError, ValueError):
            # The index waits where it stands; the shop searches it meanwhile.
            logger.exception("The search index waits.")
            upkeep.let_go()
            connection.close()
            stopping.wait(RETRY_S)
    upkeep.let_go()


@app.callback()
def search() -> None:
    """The search index."""


@app.command("rebuild")
def rebuild() -> None:
    """Build the index again from the database, while the shop searches the old one."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    count_buyers()
    try:
        with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as drawn:
            task = drawn.add_task("Building", total=None)
            count = rebuild_index(
                now=now(),
                progress=lambda done, total: drawn.update(task, completed=done, total=total),
            )
    except IndexBeingBuiltError as error:
        console.print(str(error))
        raise typer.Exit(1) from error
    where = "the database" if is_in_database() else str(places().root)
    console.print(f"{count:,} releases are in {where}.", highlight=False, soft_wrap=True)


@app.command("check")
def check() -> None:
    """Compare every document of the index with the database."""
    try:
        found = compare(now=now())
    except IndexNotThereError as error:
        console.print(f"{error} `pennywhistle searcher` builds one.", highlight=False)
        raise typer.Exit(1) from error
    console.print(f"{found.documents:,} documents should be there.", highlight=False)
    if not found:
        console.print("The index holds them, and nothing else.")
        return
    console.print(
        f"{found.missing:,} are missing, {found.stale:,} are out of date, and {found.extra:,} "
        f"should not be there; among them: {', '.join(found.examples)}.",
        highlight=False,
    )
    raise typer.Exit(1)
