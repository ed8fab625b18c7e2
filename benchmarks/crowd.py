"""Whether visitors are still served while others hold a thousand connections and take nothing.

The store's own web server, as `pennywhistle serve` starts it with one worker and nothing in front,
is asked by a crowd, one after the other:

* `idle`: connections that ask for nothing;
* `small`: readers of a byte a second of a file that everybody may have (900 KB);
* `large`: the same of a file of 30 MB, by buyers who own it, each over many connections;
* `ranges`: 10,000 parts of that file, as many requests as there is time for, and 10,000 in one.

Meanwhile a visitor opens the home page five times a second: `visitor_ms_*`. `…_refused` is how
many of the crowd were told to come again, `…_ended_s` when the server had let go of the last of
them (of what it sent they read on for hours), `peak_mb` the most that its process ever held. It
ends with an error if a visitor was refused, or if the server holds a connection of the crowd after
200 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import resource
import secrets
import socket
import statistics
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from download import FILE_BYTES, keep, peak_mb, web
from store import a_bench_store, report

sys.path.append(str(Path(__file__).parent.parent / "tests"))

CROWD = 1_000
BUYERS = 20
RANGES = 10_000
SMALL_BYTES = 900_000
BLOCK_BYTES = 100_000
# Those that had no place at first may take one when the first ones lose theirs.
ENDED_S_MAX = 200
VISITS_EVERY_S = 0.2
OPEN_FILES = 8_192
# Of the visitor, and of the one who waits for the crowd's end.
VISITOR_LINES_MAX = 2
ESTABLISHED = "01"


def main() -> None:
    """Fill a store, let the crowd in, print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--crowd", type=int, default=CROWD)
    asked = options.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, hard), hard))
    os.environ["PENNYWHISTLE_SECRET_KEY"] = secrets.token_urlsafe(64)
    with a_bench_store():
        shop = Shop()
        with web() as (port, worker):
            figures = alone(port)
            figures |= crowded("idle", port, [""] * asked.crowd)
            figures |= crowded("small", port, [request(shop.small)] * asked.crowd)
            large = [request(path, cookie) for path, cookie in shop.large]
            figures |= crowded("large", port, large * (asked.crowd // len(large)))
            figures |= ranges(port, shop)
            figures["peak_mb"] = peak_mb(worker)
            figures["after_ms"] = 1000 * visit(port)
    report("crowd", figures)
    if figures["visitors_refused"] or figures["slowest_to_end_s"] > ENDED_S_MAX:
        sys.exit("Visitors were refused, or connections were held for too long.")


def request(path: str, cookie: str = "", **headers: str) -> str:
    """The head of a request."""
    named = {"Host": "localhost", "Cookie": cookie, **headers}
    lines = [f"{name}: {value}" for name, value in named.items() if value]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""])


@dataclass
class Visits:
    """A visitor who opens the home page again and again."""

    port: int
    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    _leave: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin."""
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._leave.set()
        if self._thread is not None:
            self._thread.join()

    def _go_on(self) -> None:
        while not self._leave.wait(VISITS_EVERY_S):
            try:
                self.seconds.append(visit(self.port))
            except (OSError, http.client.HTTPException, ValueError):
                self.refused += 1

    def figures(self, name: str) -> dict[str, float]:
        """How long pages took, in milliseconds."""
        if not self.seconds:
            sys.exit(f"No visitor was served ({name}).")
        last = sorted(self.seconds)[round(0.99 * (len(self.seconds) - 1))]
        return {
            f"visitor_ms_p50_{name}": 1000 * statistics.median(self.seconds),
            f"visitor_ms_p99_{name}": 1000 * last,
            f"visits_{name}": len(self.seconds),
        }


def visit(port: int) -> float:
    """Seconds that the home page takes. Raises ValueError if there is none."""
    began = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        line.request("GET", "/", headers={"Host": "localhost"})
        answer = line.getresponse()
        answer.read()
    finally:
        line.close()
    if answer.status != http.HTTPStatus.OK:
        raise ValueError(answer.status)
    return time.perf_counter() - began


def alone(port: int) -> dict[str, float]:
    """A visitor by himself."""
    with Visits(port) as visits:
        time.sleep(5)
    return {**visits.figures("alone"), "visitors_refused": visits.refused, "slowest_to_end_s": 0}


_worst: dict[str, float] = {"visitors_refused": 0, "slowest_to_end_s": 0}


def crowded(name: str, port: int, requests: list[str]) -> dict[str, float]:
    """The visitor again, while all these are asked and read a byte a second."""
    began = time.perf_counter()
    with Visits(port) as visits:
        refused, ended = asyncio.run(crowd(port, requests))
    took = time.perf_counter() - began if ended else float(2 * ENDED_S_MAX)
    _worst["visitors_refused"] += visits.refused
    _worst["slowest_to_end_s"] = max(_worst["slowest_to_end_s"], took)
    told = {f"{name}_refused": refused, f"{name}_ended_s": took}
    return {**visits.figures(name), **told, **_worst}


async def crowd(port: int, requests: list[str]) -> tuple[int, bool]:
    """How many were told to come again, and whether the server let go of all in time."""
    readers = [SlowReader(port, each) for each in requests]
    tasks = [asyncio.create_task(each.read()) for each in readers]
    deadline = time.monotonic() + ENDED_S_MAX
    held = len(readers)
    while time.monotonic() < deadline and held > VISITOR_LINES_MAX:
        await asyncio.sleep(1)
        has_asked = all(each.has_asked for each in readers)
        held = connections_held(port) if has_asked else len(readers)
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return sum(each.was_refused for each in readers), held <= VISITOR_LINES_MAX


@dataclass
class SlowReader:
    """Takes a byte a second of an answer, for ever: of what was sent there is always some left."""

    port: int
    head: str
    has_asked: bool = False
    was_refused: bool = False

    async def read(self) -> None:
        """Ask, and read."""
        loop, status = asyncio.get_running_loop(), b"HTTP/1.1 503"
        with socket.socket() as line, suppress(ConnectionError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            line.settimeout(0)
            try:
                await loop.sock_connect(line, ("127.0.0.1", self.port))
                await loop.sock_sendall(line, self.head.encode())
            finally:
                self.has_asked = True
            self.was_refused = await loop.sock_recv(line, len(status)) == status
            pause = asyncio.Event()
            while not self.was_refused and await loop.sock_recv(line, 1):
                with suppress(TimeoutError):
                    await asyncio.wait_for(pause.wait(), 1)


def connections_held(port: int) -> int:
    """What the server holds open, as the kernel tells it (proc(5), /proc/net/tcp)."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    words = [line.split() for line in lines]
    return sum(each[1].endswith(f":{port:04X}") and each[3] == ESTABLISHED for each in words)


def ranges(port: int, shop: Shop) -> dict[str, float]:
    """Parts of a large file, as fast as they come over one connection, and too many at once."""
    began, statuses = time.perf_counter(), set()
    path, cookie = shop.large[0]
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with Visits(port) as visits:
        for number in range(RANGES):
            start = number * 1_000
            part = f"bytes={start}-{start + 99}"
            line.request("GET", path, headers={"Cookie": cookie, "Range": part})
            answer = line.getresponse()
            statuses.add((answer.status, len(answer.read())))
        took = time.perf_counter() - began
    many = "bytes=" + ",".join(f"{start}-{start}" for start in range(RANGES))
    odd = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    odd.request("GET", path, headers={"Cookie": cookie, "Range": many})
    status = odd.getresponse().status
    assert statuses == {(206, 100)}, statuses
    assert status in {200, 431}, status
    _worst["visitors_refused"] += visits.refused
    told = {"ranges_per_s": RANGES / took, "status_of_10000_ranges": status}
    return {**visits.figures("ranges"), **told, **_worst}


class Shop:
    """Buyers of one track, and a preview; random bytes in their places, since nobody listens."""

    def __init__(self) -> None:
        from django.core.management import call_command
        from django.test import Client

        from builders import a_buyer
        from pennywhistle.apps.delivery.queries import track_files
        from pennywhistle.apps.media.actions import keep_preview
        from pennywhistle.apps.media.folders import RENDITIONS
        from pennywhistle.config.static_files import collect
        from pennywhistle.engines.audio import Recipe
        from sounding_shop import SoundingShop, a_sounding_shop

        call_command("createcachetable", verbosity=0)
        collect()
        shop = a_sounding_shop()
        track = shop.shelf.tracks[0]
        file = track_files([track], recipe=Recipe.parse("opus-64"))[0]
        block = os.urandom(BLOCK_BYTES)
        keep(file.wanted, RENDITIONS.put(block for _ in range(FILE_BYTES // BLOCK_BYTES)))
        small = RENDITIONS.put(block for _ in range(SMALL_BYTES // BLOCK_BYTES))
        keep_preview(recording_id=track.recording_id, stored=small, now=datetime.now(UTC))
        self.small = f"/preview/{track.public_id}"
        self.large: list[tuple[str, str]] = []
        for number in range(BUYERS):
            buyer = a_buyer(f"buyer{number}@example.org")
            owned = SoundingShop(shop.shelf, buyer).sell_track(1)
            client = Client()
            client.force_login(buyer)
            cookie = f"sessionid={client.cookies['sessionid'].value}"
            self.large.append((f"/download/{owned.pk}/opus-64", cookie))


if __name__ == "__main__":
    main()
