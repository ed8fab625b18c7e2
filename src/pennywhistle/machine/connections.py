"""Connections that came in at this process: how much of what waits for them they took; their end.

A web server that opens them gives its applications no hold on them. They are files of the process
all the same, and the kernel counts what passes (Linux: proc(5), tcp(7), `struct tcp_info`).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import stat
import struct
import termios
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

# Address and port of this side and of the other.
Ends: TypeAlias = tuple[tuple[str, int], tuple[str, int]]

_HANDLES = Path("/proc/self/fd")
_INFO_BYTES = 128
_ACKED_AT = 120  # tcpi_bytes_acked, since Linux 4.1
_READ_AGAIN_MAX = 8
# A `sockaddr` of AF_UNSPEC: connecting to it ends a connection with a reset (connect(2)).
_NOWHERE = bytes(16)


@dataclass(frozen=True, slots=True)
class Passed:
    """Bytes that left through a connection since it began."""

    taken_bytes: int
    waiting_bytes: int

    @property
    def written_bytes(self) -> int:
        """Taken by the other side, or waiting for it in the kernel."""
        return self.taken_bytes + self.waiting_bytes


def incoming() -> dict[Ends, Passed]:
    """Connections to the ports at which this process listens; none where the kernel is no Linux."""
    listening: set[int] = set()
    found: dict[Ends, Passed] = {}
    for handle in _handles():
        with suppress(OSError), _opened(handle) as opened:
            if opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                listening.add(opened.getsockname()[1])
            elif (ends := _ends(opened)) is not None:
                found[ends] = _passed(opened)
    return {ends: passed for ends, passed in found.items() if ends[0][1] in listening}


def cut(ends: Ends) -> bool:
    """End a connection with a reset, so that no reader takes what came for all; whether it did."""
    for handle in _handles():
        with suppress(OSError), _opened(handle) as opened:
            if _ends(opened) == ends:
                connect = ctypes.CDLL(None, use_errno=True).connect
                return bool(connect(opened.fileno(), _NOWHERE, len(_NOWHERE)) == 0)
    return False


def _handles() -> list[int]:
    try:
        return [int(each.name) for each in _HANDLES.iterdir()]
    except OSError:
        return []


@contextmanager
def _opened(handle: int) -> Iterator[socket.socket]:
    """A second handle to a socket, since the first may be closed meanwhile. Raises OSError."""
    if not stat.S_ISSOCK(os.fstat(handle).st_mode):
        raise OSError("It is no socket.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=os.dup(handle)) as opened:
        yield opened


def _ends(opened: socket.socket) -> Ends | None:
    """None for what is no connection of the internet. Raises OSError for what is not connected."""
    here, there = opened.getsockname(), opened.getpeername()
    if not isinstance(here, tuple) or not isinstance(there, tuple):
        return None
    return (here[0], here[1]), (there[0], there[1])


def _passed(opened: socket.socket) -> Passed:
    """Both numbers as of one moment, unless it is very busy."""
    taken_bytes, waiting_bytes = _taken(opened), 0
    for _ in range(_READ_AGAIN_MAX):
        before = taken_bytes
        (waiting_bytes,) = struct.unpack("i", fcntl.ioctl(opened, termios.TIOCOUTQ, bytes(4)))
        taken_bytes = _taken(opened)
        if taken_bytes == before:
            break
    return Passed(taken_bytes, waiting_bytes)


def _taken(opened: socket.socket) -> int:
    info = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    return int(struct.unpack_from("=Q", info, _ACKED_AT)[0])
