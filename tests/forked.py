"""A process of its own that may be killed: a copy of this one, which need not load the store."""

from __future__ import annotations

import os
import signal
import traceback
import warnings
from typing import TYPE_CHECKING, NoReturn

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable


def in_a_process(do: Callable[[], object]) -> int:
    """Do something in a copy of this process, with a connection of its own.

    Answers how it ended: 0, 1 after an error, which is printed, or the signal's number below zero.
    What the copy patches stays with it. Not while other threads are at work.
    """
    with warnings.catch_warnings():
        # Later Pythons warn of threads that merely wait.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _be_the_child(do)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die(*_: object, **__: object) -> NoReturn:
    """Be gone at once, as after `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody outlives this")


def _be_the_child(do: Callable[[], object]) -> NoReturn:
    try:
        # The parent's connection is left as it is, not closed: the server would end its session.
        parents = connections["default"]
        del connections["default"]
        do()
        assert parents is not connections["default"]
        os._exit(0)
    except BaseException:  # noqa: BLE001 (the parent sees the code)
        traceback.print_exc()
        os._exit(1)
