"""Doing the same thing in many threads at once, each with a connection of its own."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from django.db import connection, connections

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

T = TypeVar("T")


def at_once(count: int, do: Callable[[int], T]) -> list[T | Exception]:
    """Call `do` with 0, 1, 2 … in so many threads that start together; errors are answers."""
    ready = threading.Barrier(count)

    def run(number: int) -> T | Exception:
        try:
            connections["default"].ensure_connection()
            ready.wait(timeout=60)
            return do(number)
        except Exception as error:  # noqa: BLE001 (whatever it is, the test looks at it)
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def overtaken(
    monkeypatch: pytest.MonkeyPatch,
    paused: tuple[object, str],
    first: Callable[[], object],
    second: Callable[[], object],
) -> None:
    """Do the second while the first stands still after `paused` (module, function), uncommitted.

    The first goes on once the second waits for a lock of the database, or is done. Raises what
    either raises.
    """
    there, go = threading.Event(), threading.Event()
    module, name = paused
    real = getattr(module, name)

    def pausing(*args: object, **more: object) -> object:
        answer = real(*args, **more)
        there.set()
        assert go.wait(timeout=60)
        return answer

    def run(do: Callable[[], object]) -> None:
        try:
            do()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, pausing)
            one = pool.submit(run, first)
            assert there.wait(timeout=60)
        other = pool.submit(run, second)
        until = time.monotonic() + 60
        while not other.done() and not _somebody_waits() and time.monotonic() < until:
            time.sleep(0.02)
        go.set()
        one.result(timeout=60)
        other.result(timeout=60)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
