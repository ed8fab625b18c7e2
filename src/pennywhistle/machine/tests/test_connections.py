"""Connections are counted as the kernel counts them, and cut; slow readers lose theirs."""

from __future__ import annotations

import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pennywhistle.machine.connections import Ends, Passed, cut, incoming
from pennywhistle.machine.slow_readers import (
    PATIENCE_OF_MANY_S,
    PATIENCE_S,
    TAKEN_BYTES_MIN,
    SlowReaders,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

STALLED_MAX = 13
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's /proc")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection that came in, and its reader's end."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as reader,
    ):
        ours, _ = server.accept()
        with ours:
            yield ours, reader


def ends_of(ours: socket.socket) -> Ends:
    return ours.getsockname(), ours.getpeername()


@needs_linux
def test_what_is_written_is_counted_and_what_is_taken(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, reader = pair
    # Of both ends only the one that came in is ours to cut.
    assert ends_of(ours) in incoming()
    assert ends_of(reader) not in incoming()
    before = incoming()[ends_of(ours)]

    ours.sendall(b"x" * 1_000)
    reader.recv(1_000, socket.MSG_WAITALL)
    deadline = time.monotonic() + 10
    while incoming()[ends_of(ours)].waiting_bytes and time.monotonic() < deadline:
        time.sleep(0.01)

    after = incoming()[ends_of(ours)]
    assert after.written_bytes - before.written_bytes == 1_000
    assert after.waiting_bytes == 0


@needs_linux
def test_what_is_cut_ends_with_a_reset_and_is_gone(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, reader = pair
    ends = ends_of(ours)

    assert cut(ends)

    with pytest.raises(ConnectionResetError):
        reader.recv(1)
    assert ends not in incoming()
    assert not cut((("127.0.0.1", 0), ("127.0.0.1", 0)))


HERE = ("127.0.0.1", 0)


class Line:
    """Connections as a test says they are."""

    def __init__(self) -> None:
        self.there: dict[Ends, Passed] = {}
        self.cut: list[Ends] = []
        self.readers = SlowReaders(STALLED_MAX, lambda: self.there, self._cut)

    def _cut(self, ends: Ends) -> bool:
        self.cut.append(ends)
        return True

    def look(self, at_s: float, *, taken: int, waiting: int, count: int = 1) -> list[Ends]:
        self.there = {
            (HERE, ("192.0.2.1", number)): Passed(taken, waiting) for number in range(count)
        }
        self.cut = []
        self.readers.look(at_s)
        return self.cut


def test_who_takes_nothing_of_what_waits_is_cut_off_after_a_while() -> None:
    line = Line()

    assert not line.look(0, taken=5, waiting=9_000)
    assert not line.look(PATIENCE_S - 1, taken=TAKEN_BYTES_MIN, waiting=9_000)
    assert len(line.look(PATIENCE_S, taken=TAKEN_BYTES_MIN, waiting=9_000)) == 1


def test_who_reads_steadily_or_has_nothing_to_read_stays() -> None:
    steady, idle, paused = Line(), Line(), Line()
    for number in range(10):
        at_s = number * PATIENCE_S / 2
        assert not steady.look(at_s, taken=number * TAKEN_BYTES_MIN, waiting=9_000)
        assert not idle.look(at_s, taken=5, waiting=0)
        assert not paused.look(at_s, taken=5, waiting=9_000 * (number % 2))


def test_a_port_that_is_used_again_does_not_inherit_what_was_taken() -> None:
    line = Line()
    line.look(0, taken=5_000, waiting=9_000)

    assert not line.look(PATIENCE_S, taken=0, waiting=9_000)
    assert not line.look(2 * PATIENCE_S - 1, taken=10_000, waiting=9_000)
    assert len(line.look(2 * PATIENCE_S, taken=10_000, waiting=9_000)) == 1


def test_many_at_once_are_given_less_time() -> None:
    few, many = Line(), Line()
    few.look(0, taken=0, waiting=1, count=STALLED_MAX)
    many.look(0, taken=0, waiting=1, count=STALLED_MAX + 1)

    assert not few.look(PATIENCE_OF_MANY_S, taken=0, waiting=1, count=STALLED_MAX)
    cut_off = many.look(PATIENCE_OF_MANY_S, taken=0, waiting=1, count=STALLED_MAX + 1)
    assert len(cut_off) == STALLED_MAX + 1
