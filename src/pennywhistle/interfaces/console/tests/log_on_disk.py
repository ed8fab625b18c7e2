"""The small store's log as files on a disk, and a server that hands them out, or worse."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.merkle import leaf_hash
from pennywhistle.engines.tlog.policy import Policy, PolicyLog, format_policy
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, Shop
from pennywhistle.engines.tlog.tiles import bundles_to_write, tiles_to_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

POLICY_TEXT = format_policy(Policy(logs=(PolicyLog(KEY.verifier),)))


def shop_of(*sales: int) -> Shop:
    """A store with a page after so many sales each."""
    shop = Shop()
    for count in sales:
        for _ in range(count):
            shop.sell()
        shop.close()
    return shop


def publish(shop: Shop, folder: Path) -> None:
    """Write all of a log, its checkpoint last, and its policy beside it."""
    hashes = [leaf_hash(data) for data in shop.records]
    empty: dict[str, bytes] = {}
    nothing = empty.__getitem__
    files = [
        *bundles_to_write(old_size=0, new_records=shop.records, read=nothing),
        *tiles_to_write(old_size=0, new_hashes=hashes, read=nothing),
        ("tlog-policy", POLICY_TEXT.encode()),
        ("checkpoint", shop.checkpoint()),
    ]
    for name, data in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


class LogServer(ThreadingHTTPServer):
    """Hands out a folder; `behave` may answer a path otherwise, and `asked` is what came in."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.behave: Callable[[_Handler, str], bool] = lambda _handler, _path: False
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        """Where its log is."""
        return f"http://127.0.0.1:{self.server_port}/log"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LogServer

    def do_GET(self) -> None:
        path = self.path.removeprefix("/log/").removeprefix("/.well-known/")
        self.server.asked.append(path)
        if self.server.behave(self, path):
            return
        file = self.server.folder / path
        if file.is_file():
            self.answer(200, file.read_bytes())
        else:
            self.answer(404, b"")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def drip(self) -> None:
        """Begin to answer, and never come to the end."""
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        try:
            for _ in range(4_000):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, *_args: object) -> None:
        return


@contextmanager
def served(folder: Path) -> Iterator[LogServer]:
    """A server for as long as the block runs."""
    server = LogServer(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
