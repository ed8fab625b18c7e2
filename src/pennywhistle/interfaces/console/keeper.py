"""The keeper: makes what is sellable where follow the register within a second or two."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Annotated

import typer
from django.db import DatabaseError, connection
from django.utils.timezone import now
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from pennywhistle.apps.rights import work

logger = logging.getLogger(__name__)

ROUND_S = 0.5
RETRY_S = 5.0
# So many between two looks at whether to stop, and at what changed meanwhile.
releases_per_round = 400


def keeper() -> None:
    """Keep what is sellable where true to the register, until stopped."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            while not stopping.is_set():
                done = work.refresh_availability(now=now(), releases_max=releases_per_round)
                if not done.is_waiting:
                    stopping.wait(ROUND_S)
        except DatabaseError:
            logger.exception("Availability waits; checkout clears every sale by itself.")
            connection.close()
            stopping.wait(RETRY_S)


def availability(
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Look at every release, not only at what changed.")
    ] = False,
) -> None:
    """Bring what is sellable where up to date now, and say how far it is."""
    if rebuild:
        work.mark_all_due(now=now())
    catch_up(console=Console())


def catch_up(*, console: Console) -> None:
    """Look at every release that waits, with a bar that says how many there are left."""
    # Taking the changes first says how many releases they reach.
    while work.refresh_availability(now=now(), releases_max=0).changes:
        pass
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, console=console) as bars:
        waiting = work.releases_due(now=now())
        bar = bars.add_task("Clearing the shelves", total=waiting)
        while waiting:
            done = work.refresh_availability(now=now(), releases_max=releases_per_round)
            if not done.releases:
                break
            bars.advance(bar, done.releases)
