"""An answer that fails on its way does not end like a whole one: tried with the server itself."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from pennywhistle.interfaces.common import cutting
from pennywhistle.interfaces.common.cutting import HELD_BYTES, cut_off_if_it_fails
from pennywhistle.machine.connections import Passed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pennywhistle.machine.connections import Ends

# The path says how many bytes come; `fails`, that an error comes behind them; `sized`, that their
# number was announced (a thousand more, if it fails).
APPLICATION = '''
"""Answers that end well, or do not."""
from pennywhistle.interfaces.common.cutting import cut_off_if_it_fails

def pieces(size, fails):
    for start in range(0, size, 100_003):
        yield b"x" * min(100_003, size - start)
    if fails:
        raise RuntimeError("on purpose")

def application(environ, start_response):
    size, words = int(environ["PATH_INFO"].strip("/")), environ["QUERY_STRING"].split("-")
    content, headers = pieces(size, "fails" in words), [("Content-Type", "text/plain")]
    if "sized" in words:
        headers.append(("Content-Length", str(size + 1_000 * ("fails" in words))))
    else:
        content = cut_off_if_it_fails(content)
    start_response("200 OK", headers)
    return content
'''


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the server listens that the store runs in."""
    folder: Path = tmp_path_factory.mktemp("failing")
    (folder / "failing.py").write_text(APPLICATION)
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    words = ["failing:application", "--interface", "wsgi", "--port", str(number)]
    words += ["--working-dir", str(folder), "--blocking-threads", "16", "--no-log"]
    with subprocess.Popen([sys.executable, "-m", "granian", *words]) as server:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", number)):
                break
            time.sleep(0.05)
        yield number
        server.terminate()


def fetch(port: int, path: str) -> tuple[bool, int]:
    """Whether it ended like a whole answer, and how much came."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path)
        count = 0
        try:
            response = connection.getresponse()
            while piece := response.read(1):
                count += len(piece) + len(response.read1(60_000))
        except (http.client.IncompleteRead, ConnectionResetError):
            return False, count
        return response.length in {None, 0}, count


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's /proc")
@pytest.mark.parametrize(
    ("path", "ends_well", "size_bytes"),
    [
        ("/300000", True, 300_000),
        ("/10", True, 10),
        ("/0", True, 0),
        ("/300000?fails", False, 300_000),
        ("/90?fails", False, 90),
        ("/300000?sized", True, 300_000),
        ("/300000?sized-fails", False, 300_000),
    ],
)
def test_only_what_is_whole_ends_like_a_whole_answer(
    port: int, path: str, *, ends_well: bool, size_bytes: int
) -> None:
    whole, came = fetch(port, path)

    assert whole == ends_well
    # All that was made before the failure, but for a few bytes that were not needed for seeking.
    # Of an announced length the server drops what it has not written yet.
    is_dropped = path.endswith("?sized-fails")
    assert (0 if is_dropped else size_bytes - HELD_BYTES) <= came <= size_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's /proc")
def test_among_many_answers_those_that_fail_are_cut_off(port: int) -> None:
    paths = [f"/400000{'?fails' if number % 2 else ''}" for number in range(12)]

    with ThreadPoolExecutor(len(paths)) as pool:
        found = [whole for whole, _ in pool.map(lambda path: fetch(port, path), paths)]

    assert found == ["fails" not in path for path in paths]


def test_what_is_held_back_comes_in_the_end() -> None:
    pieces = [b"", b"a" * 7, b"b" * 300, b"", b"c"]

    assert b"".join(cut_off_if_it_fails(iter(pieces))) == b"".join(pieces)
    assert list(cut_off_if_it_fails(iter([]))) == []


def test_what_was_raised_is_raised_where_no_connection_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cutting, "incoming", dict)

    def failing() -> Iterator[bytes]:
        yield b"x" * 200
        raise RuntimeError("on purpose")

    sent = cut_off_if_it_fails(failing())

    assert next(sent) == b"x" * (200 - HELD_BYTES)
    with pytest.raises(RuntimeError, match="on purpose"):
        list(sent)


@pytest.mark.parametrize(("alike", "cut_off"), [(1, 1), (2, 0)])
def test_nobody_is_cut_off_on_suspicion(
    monkeypatch: pytest.MonkeyPatch, alike: int, cut_off: int
) -> None:
    written, cut = 0, []
    here = ("192.0.2.9", 443)

    def incoming() -> dict[Ends, Passed]:
        passed = Passed(taken_bytes=written, waiting_bytes=0)
        return {(here, ("192.0.2.1", number)): passed for number in range(alike)}

    monkeypatch.setattr(cutting, "incoming", incoming)
    monkeypatch.setattr(cutting, "cut", lambda ends: cut.append(ends) or True)

    def failing() -> Iterator[bytes]:
        yield b"x" * 200
        raise RuntimeError("on purpose")

    with suppress(RuntimeError):
        for piece in cut_off_if_it_fails(failing()):
            written += len(piece)

    assert len(cut) == cut_off
