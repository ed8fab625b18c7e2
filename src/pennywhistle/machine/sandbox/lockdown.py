"""Takes every right from the current process: Landlock, resource limits, privileges, namespaces."""

import ctypes
import os
import resource
import signal
from pathlib import Path

from pennywhistle.machine.sandbox.limits import Limits
from pennywhistle.machine.sandbox.syscalls import filter_system_calls

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_CAPABILITY_VERSION_3 = 0x20080522
# landlock(7): the numbers are the same on every architecture.
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_ASK_VERSION = 1
# How many filesystem rights each version of the interface knows; handled and never granted.
_FILESYSTEM_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK_SINCE, _NETWORK_RIGHTS = 4, 0b11  # TCP bind and connect
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract sockets, signals
_NOBODY = 65534

_libc = ctypes.CDLL(None, use_errno=True)


class LockdownError(Exception):
    """This process could not be locked, so it must not touch hostile bytes."""


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("filesystem", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


def landlock_version() -> int:
    """The kernel's Landlock interface version; 0 where there is none."""
    answer = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_ASK_VERSION)
    return max(int(answer), 0)


def leave_network() -> bool:
    """Move this process and its later children to an empty network namespace, where permitted."""
    return any(
        _libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    )


def lock(limits: Limits, *, file_bytes_max: int) -> None:
    """Leave this process its open file descriptors, its memory and a bounded time, nothing else.

    Args:
        limits: what it may use.
        file_bytes_max: size to which an open file may be written; pipes do not count.

    Raises:
        LockdownError: the kernel refused a step that it should know.
    """
    _drop_privileges()
    _set_resource_limits(limits, file_bytes_max=file_bytes_max)
    # Set after the change of user, which clears it.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise LockdownError("PR_SET_NO_NEW_PRIVS was refused.")
    if landlock_version() > 0:
        _deny_files_and_network()
    filter_system_calls(_libc)


def _drop_privileges() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    # The user namespace of `leave_network` came with capabilities of its own.
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _libc.capset(header, (ctypes.c_uint32 * 6)())


def _set_resource_limits(limits: Limits, *, file_bytes_max: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    address_space = pages * resource.getpagesize() + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    # The soft limit sends SIGXCPU, which tells it from a crash; the hard one kills.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes_max, file_bytes_max))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files_max, limits.open_files_max))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _deny_files_and_network() -> None:
    version = landlock_version()
    rights = (1 << _FILESYSTEM_RIGHTS.get(version, max(_FILESYSTEM_RIGHTS.values()))) - 1
    network = _NETWORK_RIGHTS if version >= _NETWORK_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    # An older kernel knows a shorter structure and accepts the longer one if the rest is zero.
    ruleset = _Ruleset(rights, network, scopes)
    size = ctypes.sizeof(ruleset)
    descriptor = _libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    if descriptor < 0:
        raise LockdownError(f"Landlock refused the rules: {os.strerror(ctypes.get_errno())}.")
    restricted = _libc.syscall(_LANDLOCK_RESTRICT_SELF, descriptor, 0)
    os.close(descriptor)
    if restricted != 0:
        raise LockdownError(f"Landlock refused to start: {os.strerror(ctypes.get_errno())}.")
