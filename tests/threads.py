"""Doing the same thing in many threads at once, each with a connection of its own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable

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
