"""Starts the template process when it is first needed, and again when it has died."""

import atexit
import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence

from pennywhistle.machine.sandbox.errors import SandboxUnavailableError
from pennywhistle.machine.sandbox.lockdown import landlock_version

logger = logging.getLogger(__name__)

require_landlock = False

# -I leaves out what the environment and the working folder would add; the path comes as arguments.
_bootstrap = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from pennywhistle.machine.sandbox import template; template.main(int(sys.argv[1]))"
)
# Threads of a library would not survive the fork, and each would reserve address space.
_environment = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "LC_ALL": "C.UTF-8",
}

_lock = threading.Lock()
_control: socket.socket | None = None
_template: subprocess.Popen[bytes] | None = None
_warned = False


def send(message: bytes, descriptors: Sequence[int]) -> None:
    """Hand a task to the template; a template that has died meanwhile is replaced once.

    Raises:
        SandboxUnavailableError: it cannot be started, or Landlock is required and missing.
    """
    _check_landlock()
    with _lock:
        for last_try in (False, True):
            control = _control if _control is not None else _start()
            try:
                socket.send_fds(control, [message], descriptors)
            except (BrokenPipeError, ConnectionResetError) as error:
                _stop()
                if last_try:
                    raise SandboxUnavailableError("The template process does not start.") from error
            else:
                return


def _start() -> socket.socket:
    global _control, _template  # noqa: PLW0603 - one template per process, guarded by the lock
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    arguments = [sys.executable, "-I", "-c", _bootstrap, str(theirs.fileno())]
    arguments += [os.path.abspath(path) for path in sys.path]  # noqa: PTH100 - "" is this folder
    with theirs:
        try:
            _template = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the parent, which then closes the socket
            )
        except OSError as error:
            ours.close()
            raise SandboxUnavailableError(f"The template does not start: {error}") from error
    _control = ours
    return ours


def _stop() -> None:
    """Close the control socket, upon which the template kills its children and ends."""
    global _control, _template  # noqa: PLW0603 - as above
    if _control is not None:
        _control.close()
    if _template is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            _template.wait(timeout=5)
    _control = _template = None


def _forget_after_fork() -> None:
    """In a child of ours: the template belongs to the parent, and so does its lock's state."""
    global _control, _template, _lock  # noqa: PLW0603 - as above
    if _control is not None:
        _control.close()
    if _template is not None:
        _template.returncode = 0  # not our child: nothing to wait for
    _control = _template = None
    _lock = threading.Lock()


def _check_landlock() -> None:
    global _warned  # noqa: PLW0603 - warned once per process
    if landlock_version() > 0:
        return
    if require_landlock:
        raise SandboxUnavailableError(
            "This kernel has no Landlock, which the settings require: use Linux 5.13 or later with "
            "landlock among its security modules, or do without."
        )
    if not _warned:
        _warned = True
        logger.warning("This kernel has no Landlock: files are decoded behind weaker walls.")


atexit.register(_stop)
os.register_at_fork(after_in_child=_forget_after_fork)
