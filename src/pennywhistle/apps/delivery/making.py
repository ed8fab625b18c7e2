"""Encodings under way: joined by whoever wants the same, in their turn, kept whoever leaves.

Each process has a line of its own for what somebody waits for and one for what is made in the
background. The places are the machine's: a process takes one for as long as it encodes. What
another process makes already is not made again but followed there (`watching`).
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.delivery.errors import BusyError, NoRoomError, StorageAwayError
from pennywhistle.apps.delivery.growing import Making
from pennywhistle.apps.delivery.limits import (
    BACKGROUND_ENCODERS_MAX,
    ENCODERS_MAX,
    FAILURE_REMEMBERED_S,
    WAITING_MAX,
    WAITING_OF_ONE_MAX,
)
from pennywhistle.apps.delivery.line import Line
from pennywhistle.apps.delivery.pace import Pace, retry_after_s, wait_s
from pennywhistle.apps.delivery.places import Places, try_to_make
from pennywhistle.apps.delivery.watching import Watch
from pennywhistle.machine.storage import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from pennywhistle.apps.delivery.kept import Kept

__all__ = ["Ask", "Making", "end_s", "first_byte_s", "join"]

logger = logging.getLogger(__name__)
_DISK_FULL_SQLSTATE = "53100"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is known of a making beforehand; all of it optional.

    Attributes:
        person: who asks; people take turns.
        kind: makings of one kind take about as long for each second of `length_s`.
        length_s: how long it plays.
        shows_late: nothing of it can be read before it is made.
        growing_at: the file that it is written to, where another process can follow it.
        look: whether it was made meanwhile, by another process.
    """

    person: Hashable = None
    kind: str = ""
    length_s: float = 0.0
    shows_late: bool = False
    growing_at: Path | None = None
    look: Callable[[], Kept | None] | None = None


@dataclass(slots=True, eq=False)
class _Job:
    """A making, and how to go about it."""

    making: Making
    make: Callable[[Making], Kept]
    ask: Ask
    crew: _Crew
    began_at: float | None = None

    @property
    def expected_s(self) -> float:
        return _pace.expect_s(self.ask.kind, length_s=self.ask.length_s)

    @property
    def left_s(self) -> float:
        """How long it will still take."""
        gone_s = 0.0 if self.began_at is None else time.monotonic() - self.began_at
        # What takes longer than expected is not expected to end at once.
        return max(self.expected_s - gone_s, self.expected_s / 10)


@dataclass(eq=False)
class _Crew:
    """The threads that make what waits in one line; as many as there are places."""

    name: str
    places: Places
    line: Line[_Job] = field(default_factory=Line)
    running: set[_Job] = field(default_factory=set)
    thread_count: int = 0

    def work(self) -> None:
        """Make one thing after the other, until nothing waits."""
        while self._take_turn():
            pass

    def _take_turn(self) -> bool:
        with self.places.take():
            with _lock:
                job = self.line.take()
                if job is None:
                    self.thread_count -= 1
                    return False
                job.began_at = time.monotonic()
                self.running.add(job)
            try:
                _run(job)
            finally:
                with _lock:
                    self.running.discard(job)
        return True


_lock = threading.RLock()
_pace = Pace()
_under_way: dict[str, _Job] = {}
_front = _Crew("front", Places("front", ENCODERS_MAX))
_back = _Crew("back", Places("back", BACKGROUND_ENCODERS_MAX))
_watch = Watch()


def join(
    key: str, make: Callable[[Making], Kept], *, in_background: bool, ask: Ask | None = None
) -> Making:
    """The making under this key: the one under way on this machine, else a new one in the line.

    Args:
        key: of the rendition.
        make: makes and keeps it, in a thread with a database connection of its own. It tells the
            making of the file as soon as there is something to follow.
        in_background: wait behind others of its kind rather than take a place from someone waiting.
        ask: who asks, and what is known of it.

    Raises:
        BusyError: too much waits, of this person or of all; it was not put into the line.
    """
    with _lock:
        _forget_old_failures()
        job = _under_way.get(key)
        if job is None:
            crew = _back if in_background else _front
            job = _Job(Making(key), make, ask or Ask(), crew)
            _check_room(job)
            _under_way[key] = job
            _enter(job)
        elif not in_background and job.crew is _back and _back.line.leave(job):
            # An album's track for which somebody waits now.
            job.crew = _front
            _line_up(job)
        return job.making


def first_byte_s(making: Making) -> float:
    """How long until there is something to read, as far as can be told; 0 if it is there."""
    with _lock:
        job = _under_way.get(making.key)
        if job is None or making.has_ended or making.written_bytes > 0:
            return 0.0
        late_s = job.left_s if job.ask.shows_late else 0.0
        if job.began_at is not None:
            return late_s
        return _wait_s(job) + late_s


def end_s(making: Making) -> float:
    """How long until it is made, as far as can be told."""
    with _lock:
        job = _under_way.get(making.key)
        if job is None or making.has_ended:
            return 0.0
        return job.left_s if job.began_at is not None else _wait_s(job) + job.expected_s


def _wait_s(job: _Job | None, crew: _Crew | None = None) -> float:
    """How long until it is this job's turn; of None, until all that waits has had its own."""
    crew = job.crew if job is not None else crew or _front
    ahead_s = []
    for each in crew.line.in_turn():
        if each is job:
            break
        ahead_s.append(each.expected_s)
    running_s = [each.left_s for each in crew.running]
    # Other processes have their share of the places: ours is what we hold once something waits.
    is_full = crew.places.is_full
    width = max(1, len(running_s)) if is_full else crew.places.count
    return wait_s(ahead_s=ahead_s, running_s=running_s, width=width)


def _check_room(job: _Job) -> None:
    line = job.crew.line
    if len(line) >= WAITING_MAX or line.count_of(job.ask.person) >= WAITING_OF_ONE_MAX:
        raise BusyError(retry_after_s(_wait_s(None, job.crew)))


def _enter(job: _Job) -> None:
    """Follow it if another process makes it; else get into the line."""
    if not _watch.is_made_elsewhere(job.making.key):
        _line_up(job)
        return
    job.began_at = time.monotonic()
    _watch.follow(job.making, growing_at=job.ask.growing_at, on_end=lambda: _made_elsewhere(job))


def _line_up(job: _Job) -> None:
    crew, job.began_at = job.crew, None
    crew.line.add(job, person=job.ask.person)
    if crew.thread_count < min(crew.places.count, len(crew.line) + len(crew.running)):
        crew.thread_count += 1
        threading.Thread(target=crew.work, name=f"make {crew.name}", daemon=True).start()


def _made_elsewhere(job: _Job) -> None:
    """The other process ended: with the file, or without, and then it is made here."""
    kept = None
    with suppress(Exception):
        # Whatever it was, making it will tell.
        kept = job.ask.look() if job.ask.look is not None else None
    connection.close()
    with _lock:
        if kept is None:
            _line_up(job)
            return
        _under_way.pop(job.making.key, None)
    job.making.end(kept, None)


def _run(job: _Job) -> None:
    kept, failure = None, None
    began_at = time.monotonic()
    try:
        with try_to_make(job.making.key) as is_ours:
            if not is_ours:
                with _lock:
                    _enter(job)
                return
            kept = job.make(job.making)
    except Exception as error:  # whatever it was, the readers must not wait for ever
        logger.exception("Rendition %s was not made.", job.making.key)
        failure = _failure_of(error)
    connection.close()
    with _lock:
        if failure is None:
            took_s = time.monotonic() - began_at
            _pace.note(job.ask.kind, length_s=job.ask.length_s, took_s=took_s)
            _under_way.pop(job.making.key, None)
    job.making.end(kept, failure)


def _failure_of(error: Exception) -> Exception:
    """The same in the words of whoever waits, where it will pass by itself."""
    if isinstance(error, UnreachableError):
        return StorageAwayError("The storage cannot be reached.")
    return NoRoomError("The disk is full.") if _is_no_room(error) else error


def _is_no_room(error: BaseException) -> bool:
    """Whether the disk was full: ours, the sandbox's (by its message) or the database's."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    if getattr(error.__cause__, "sqlstate", "") == _DISK_FULL_SQLSTATE:
        return True
    return "No space left on device" in str(error)


def _forget_old_failures() -> None:
    since = time.monotonic() - FAILURE_REMEMBERED_S
    for key in [key for key, job in _under_way.items() if job.making.failed_before(since)]:
        del _under_way[key]
