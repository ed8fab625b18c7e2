"""Faults at chosen points: a process is killed, a connection cut, a provider silent, a turn taken.

A point lies before and after each round trip to the database (a statement, a commit), each request
to a provider and each file of the log. What a killed process had not committed is rolled back by
the database itself, whose session ends with its connection.
"""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection, connections
from psycopg.pq import TransactionStatus

from pennywhistle.apps.orders import writing
from pennywhistle.apps.payments.provider import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ended_s_max = 30
_mean_point = 9


class Killed(BaseException):
    """The process is no more; nothing of the program may catch this."""


class Kind(StrEnum):
    """What goes wrong."""

    KILLED = "killed"
    CUT_OFF = "cut off"
    SILENT = "not answered"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True)
class Plan:
    """What goes wrong, at which point; where it cannot, at the next point where it can."""

    kind: Kind
    at: int

    @classmethod
    def drawn(cls, dice: random.Random) -> Plan | None:
        """A fault, or none; early points more often than late ones."""
        kinds = [None, Kind.KILLED, Kind.CUT_OFF, Kind.SILENT, Kind.OVERTAKEN]
        (kind,) = dice.choices(kinds, weights=[40, 40, 6, 6, 8])
        at = 1 + int(dice.expovariate(1 / _mean_point))
        if kind is Kind.SILENT:
            at = 1 + at % 2
        return None if kind is None else cls(kind, at)


class Faults:
    """At most one fault at a time, which strikes the thread that made this."""

    def __init__(self, gone: Callable[[int], bool]) -> None:
        """`gone` says, on another connection, whether a session of this number has ended."""
        self._victim = threading.get_ident()
        self._gone = gone
        self._plan: Plan | None = None
        self._between: Callable[[], None] | None = None
        self._points = 0
        self._is_dead = False
        self.struck: Plan | None = None

    def arm(self, plan: Plan | None, *, between: Callable[[], None]) -> None:
        """Let the plan's fault strike; `between` is what somebody else does in between."""
        self._plan, self._between, self._points, self.struck = plan, between, 0, None

    def disarm(self) -> None:
        """Let everything go well, and the dead be buried: the next statement connects anew."""
        self._plan = None
        if self.struck is None or self.struck.kind in {Kind.SILENT, Kind.OVERTAKEN}:
            return
        self._is_dead = False
        if connection.connection is not None:
            connection.connection.close()
        del connections["default"]
        if self.struck.kind is Kind.KILLED:
            # What the process kept in mind is gone with it.
            writing._written_verdicts.clear()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Look at every round trip of every connection."""
        real = psycopg.Connection.wait

        def wait(session, *args, **more):
            self._at_statement(session)
            answer = real(session, *args, **more)
            self._at_statement(session)
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(psycopg.Connection, "wait", wait)
            yield

    def _at_statement(self, session: psycopg.Connection) -> None:
        plan = self._reached()
        if plan is None or plan.kind is Kind.SILENT:
            return
        if plan.kind is Kind.OVERTAKEN:
            # Only where nothing is locked: nobody waits for who stands still.
            if session.info.transaction_status is TransactionStatus.IDLE:
                self._strike(plan)
                assert self._between is not None
                self._between()
            return
        self._strike(plan)
        self._cut()
        if plan.kind is Kind.KILLED:
            self._is_dead = True
            raise Killed
        raise psycopg.OperationalError("The connection was cut off.")

    def at_request(self) -> None:
        """Before and after a provider is asked."""
        plan = self._reached()
        if plan is None or plan.kind in {Kind.CUT_OFF, Kind.OVERTAKEN}:
            return
        self._strike(plan)
        if plan.kind is Kind.SILENT:
            raise ProviderError("The provider does not answer.")
        self._die()

    def at_file(self) -> None:
        """Before and after a file is written."""
        plan = self._reached()
        if plan is not None and plan.kind is Kind.KILLED:
            self._strike(plan)
            self._die()

    def _reached(self) -> Plan | None:
        """The fault that is to strike here, if one is."""
        if threading.get_ident() != self._victim:
            return None
        if self._is_dead:
            raise Killed
        if self._plan is None:
            return None
        self._points += 1
        return self._plan if self._points >= self._plan.at else None

    def _strike(self, plan: Plan) -> None:
        self._plan, self.struck = None, plan

    def _die(self) -> None:
        self._cut()
        self._is_dead = True
        raise Killed

    def _cut(self) -> None:
        """End the session and wait until the database has noticed, and let go of its locks."""
        session = connection.connection
        if session is None or session.closed:
            return
        number = session.info.backend_pid
        session.close()
        until = time.monotonic() + ended_s_max
        while not self._gone(number):
            assert time.monotonic() < until, f"session {number} does not end"
            time.sleep(0.002)


class SeededChance:
    """What the program takes from the system's source of chance, out of a seed instead.

    Ids and secrets are then the same each time; and so is whatever is put in their order.
    """

    def __init__(self, seed: int) -> None:
        self._source = random.Random(f"chance {seed}")  # noqa: S311 (to be foreseen)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let `os.urandom`, and with it `secrets` and `uuid`, draw from here."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("os.urandom", self._source.randbytes)
            patch.setattr("random._urandom", self._source.randbytes)
            yield
