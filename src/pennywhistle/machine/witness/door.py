"""A witness's door: `POST /add-checkpoint` of C2SP tlog-witness, over plain HTTP behind a proxy.

The standard library's server: one process, so that one lock guards a log's row, and a bounded
number of threads, each with a deadline, so that slow callers keep nobody else out for long.
"""

from __future__ import annotations

import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from pennywhistle.engines.tlog.checkpoint import CheckpointInvalidError
from pennywhistle.engines.tlog.witness import (
    TEXT_MIME_TYPE,
    WitnessRefusedError,
    check_growth,
    next_seen,
    open_head,
    parse_request,
    request_size_bytes_max,
)
from pennywhistle.machine.witness.folder import WitnessFolderError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pennywhistle.machine.witness.folder import WitnessFolder

logger = logging.getLogger(__name__)
CONNECTIONS_MAX = 64
STEP_SECONDS_MAX = 10
# Of one connection, however many requests it makes: one that trickles bytes is cut off.
CONNECTION_SECONDS_MAX = 60


class Witness:
    """Answers requests; a log's row is read, checked and kept under one lock."""

    def __init__(self, folder: WitnessFolder, *, clock: Callable[[], float] = time.time) -> None:
        """Take an open folder, and what tells the time."""
        self._folder = folder
        self._clock = clock
        self._locks = {origin: threading.Lock() for origin in folder.logs}

    def add_checkpoint(self, body: bytes) -> str:
        """Cosignature lines for a head that continues what was cosigned last.

        Raises:
            WitnessRefusedError: with the status that tlog-witness gives it.
            WitnessFolderError, OSError: its row cannot be read or kept; nothing was signed.
        """
        request = parse_request(body)
        head, text = open_head(request, logs=self._folder.logs)
        with self._locks[head.origin]:
            seen = self._folder.seen(head.origin)
            check_growth(seen, request, head)
            kept = next_seen(seen, head, now_s=int(self._clock()))
            # Kept before anybody can know of the signature: killed in between, it has promised
            # nothing, and tells the size it kept to whoever asks again.
            self._folder.keep(head.origin, kept)
        return "".join(key.line_at(text, time_s=kept.time_s) for key in self._folder.keys)


class WitnessServer(ThreadingHTTPServer):
    """Listens on one address for one witness."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        """Take the address to listen on (port 0: any) and the witness."""
        self.witness = witness
        self._places = threading.BoundedSemaphore(CONNECTIONS_MAX)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 (stdlib)
        """Wait for a place, then answer in a thread of its own."""
        if not self._places.acquire(timeout=STEP_SECONDS_MAX):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer, and free the place whatever happened."""
        timer = threading.Timer(CONNECTION_SECONDS_MAX, _cut, [request])
        timer.daemon = True
        timer.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            timer.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002
        """A caller that went away is not worth a traceback."""
        logger.info("A connection ended early.")


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(2)
    except OSError:
        return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "pennywhistle-witness"
    sys_version = ""
    timeout = STEP_SECONDS_MAX
    server: WitnessServer

    def do_POST(self) -> None:
        """Answer /add-checkpoint, and nothing else."""
        length = self._length()
        if self.path != "/add-checkpoint":
            self._refuse(404, "There is /add-checkpoint and nothing else.")
        elif length is None:
            self._refuse(411, "Say how long the request is, by Content-Length.")
        elif length > request_size_bytes_max:
            self._refuse(413, "The request is too large.")
        else:
            self._cosign(self.rfile.read(length), length)

    def do_GET(self) -> None:
        """Only posts are answered."""
        self._refuse(405, "Post to /add-checkpoint.")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (stdlib)
        logger.info(format, *args)

    def _cosign(self, body: bytes, length: int) -> None:
        if len(body) != length:
            self.close_connection = True
            return
        try:
            lines = self.server.witness.add_checkpoint(body)
        except WitnessRefusedError as refusal:
            self._answer(refusal.status, refusal.body, refusal.content_type)
        except CheckpointInvalidError as error:
            self._answer(400, f"{error}\n")
        except (WitnessFolderError, OSError):
            logger.exception("Nothing was signed.")
            self._answer(500, "The witness cannot keep its state. Nothing was signed.\n")
        else:
            self._answer(200, lines)

    def _length(self) -> int | None:
        text = self.headers.get("Content-Length", "")
        return (
            int(text) if text.isascii() and text.isdigit() and len(text) < len("1" * 10) else None
        )

    def _refuse(self, status: int, sentence: str) -> None:
        # The body was not read, so what comes next on this connection is not a request.
        self.close_connection = True
        self._answer(status, f"{sentence}\n")

    def _answer(self, status: int, text: str, content_type: str = TEXT_MIME_TYPE) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
