"""The warm template: imports once, then forks a locked child per task within milliseconds.

It never reads hostile bytes and never talks to its children: they write to pipes of the parent's.
"""

import codecs
import contextlib
import json
import os
import selectors
import signal
import socket
import sys
from typing import Any

from pennywhistle.machine.sandbox.limits import Limits
from pennywhistle.machine.sandbox.lockdown import leave_network
from pennywhistle.machine.sandbox.worker import Descriptors, find_function, run

request_bytes_max = 16 << 10
_encodings = (
    "ascii",
    "idna",
    "latin-1",
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
)
descriptors_per_task = 5  # the four of `Descriptors` and the task's own socket


class Template:
    """One loop over the control socket, the tasks' sockets and the ends of children."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._tasks: dict[int, socket.socket] = {}  # by process id
        self._warmed: set[Any] = set()  # names of modules, and what they warm up with

    def serve(self) -> None:
        """Work until the parent closes the control socket, then take every child along."""
        wake_up_read, wake_up_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_up_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._control, selectors.EVENT_READ, "control")
        self._selector.register(wake_up_read, selectors.EVENT_READ, "child")
        while True:
            for key, _ in self._selector.select():
                if key.data == "control":
                    if not self._accept():
                        return self._kill_all()
                elif key.data == "child":
                    with contextlib.suppress(BlockingIOError):
                        os.read(wake_up_read, 4096)
                else:
                    self._kill(key.data)
            self._bury()

    def _accept(self) -> bool:
        message, fds, _, _ = socket.recv_fds(self._control, request_bytes_max, descriptors_per_task)
        if not message:
            return False
        *task_fds, socket_fd = fds
        task = socket.socket(fileno=socket_fd)
        request = json.loads(message)
        try:
            self._fork(request, Descriptors(*task_fds), task)
        except Exception as error:  # noqa: BLE001 - an import may raise anything; the caller hears
            _report(task, {"unavailable": f"{type(error).__name__}: {error}"[:1000]})
        finally:
            for descriptor in task_fds:
                os.close(descriptor)
        return True

    def _fork(self, request: dict[str, Any], descriptors: Descriptors, task: socket.socket) -> None:
        function = find_function(request["module"], request["function"])
        self._warm_up(request["module"])
        limits = Limits(**request["limits"])
        child = os.fork()
        if child == 0:
            run(descriptors, limits=limits, function=function, seekable=request["seekable"])
        self._tasks[child] = task
        self._selector.register(task, selectors.EVENT_READ, child)

    def _warm_up(self, module_name: str) -> None:
        """Before a module's first task, call every `warm_up()` once: its own and what it uses.

        Libraries load more when first used, and a locked child can load nothing.
        """
        if module_name in self._warmed:
            return
        found = [vars(module).get("warm_up") for module in [*sys.modules.values()]]
        for warm_up in dict.fromkeys(filter(callable, found)):
            if warm_up not in self._warmed:
                warm_up()
                self._warmed.add(warm_up)
        self._warmed.add(module_name)

    def _kill(self, child: int) -> None:
        """The parent closed the task's socket: it no longer wants the answer."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        if child in self._tasks:
            self._selector.unregister(self._tasks[child])

    def _kill_all(self) -> None:
        for child in self._tasks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def _bury(self) -> None:
        """Report every child that has ended to the one who waits for it."""
        while self._tasks:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            task = self._tasks.pop(child)
            with contextlib.suppress(KeyError):
                self._selector.unregister(task)
            _report(task, {"ended": os.waitstatus_to_exitcode(status)})


def _report(task: socket.socket, status: dict[str, Any]) -> None:
    with task, contextlib.suppress(OSError):
        task.send(json.dumps(status).encode())


def main(control_fd: int) -> None:
    """Start the template on an inherited control socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for encoding in _encodings:  # looked up in files that a locked child cannot open
        codecs.lookup(encoding)
    leave_network()
    Template(socket.socket(fileno=control_fd)).serve()
