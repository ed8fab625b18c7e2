"""The keeper: makes what is sellable where follow the register within a second or two.

When there is nothing of that to do, it announces published terms that changed, and statements of
months that have ended, in the public log.
"""

from __future__ import annotations

import logging
import signal
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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

from pennywhistle.apps.proof.log import have_keys, the_log
from pennywhistle.apps.rights import work
from pennywhistle.apps.rights.queries import StoreNotSetUpError
from pennywhistle.apps.statements.issuing import StatementsRound
from pennywhistle.apps.statements.terms import TermsRound

logger = logging.getLogger(__name__)

ROUND_S = 0.5
RETRY_S = 5.0
# Between two rounds of the shelves that look for terms to announce.
REST = timedelta(minutes=1)
# So many between two looks at whether to stop, and at what changed meanwhile.
releases_per_round = 400


def keeper() -> None:
    """Keep what is sellable where true to the register, until stopped."""
    stopping = threading.Event()
    announcing = Announcing()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            while not stopping.is_set():
                done = work.refresh_availability(now=now(), releases_max=releases_per_round)
                if not done.is_waiting:
                    announcing.step(at=now())
                    stopping.wait(ROUND_S)
        except DatabaseError:
            logger.exception("Availability waits; checkout clears every sale by itself.")
            connection.close()
            stopping.wait(RETRY_S)


@dataclass
class Announcing:
    """Goes round the shelves and the payees, and rests once it has been everywhere."""

    shelves: TermsRound = field(default_factory=TermsRound)
    statements: StatementsRound = field(default_factory=StatementsRound)
    rests_until: datetime | None = None

    def step(self, *, at: datetime) -> None:
        """Look at a few releases more; without keys, or before the set-up, there is no log."""
        if (self.rests_until is not None and at < self.rests_until) or not have_keys():
            return
        try:
            is_round = self.shelves.step(log=the_log(), now=at)
        except StoreNotSetUpError:
            is_round = True
        is_round = self.statements.step(now=at) and is_round
        self.rests_until = at + REST if is_round else None


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
