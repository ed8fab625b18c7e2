"""Posts to an address and reads a short answer; follows nothing, and ends in time."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.machine.outgoing.addresses import AddressRefusedError, Target, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PIECE_BYTES = 8_192
_REFUSED = {
    "form": "its address is not one",
    "scheme": "its address is not https",
    "unknown-host": "nobody knows where it is",
    "private": "its address is a private one",
}


class NotReachedError(Exception):
    """There is no answer that could be read; the sentence says why, its cause what happened."""

    code = "not-reached"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one call may take, all in all and in one step, and where it may go.

    `answer_bytes_max` 0: only the status is read. `may_be_loopback`, `may_be_private`: as in
    `addresses.target_of`.
    """

    seconds_max: float = 5.0
    answer_bytes_max: int = 65_536
    may_be_private: bool = False
    may_be_loopback: bool = False
    step_seconds_max: float | None = None


class _Connection(http.client.HTTPConnection):
    """Connects to the address that was looked at, whatever the name resolves to by now."""

    def __init__(self, target: Target, seconds_max: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds_max)
        # The Host header leaves out the port that goes without saying.
        self.default_port = 443 if target.is_tls else 80
        self._target = target

    def connect(self) -> None:
        """Open the connection; the certificate is that of the name, not of the address."""
        self.sock = socket.create_connection((self._target.ip, self._target.port), self.timeout)
        if self._target.is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)


def post(
    url: str,
    body: bytes,
    *,
    bounds: Bounds,
    content_type: str = "text/plain",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """Post the body; answers status and content, whatever the status is.

    Raises:
        NotReachedError: the address is refused, or no whole answer came in time.
    """
    try:
        target = target_of(
            url, may_be_loopback=bounds.may_be_loopback, may_be_private=bounds.may_be_private
        )
    except AddressRefusedError as error:
        raise NotReachedError(_REFUSED[error.code]) from error
    said = {"Content-Type": content_type, **(headers or {})}
    connection = _Connection(target, bounds.step_seconds_max or bounds.seconds_max)
    try:
        with _ended_in_time(connection, bounds.seconds_max):
            connection.request("POST", target.path, body, said)
            answer = connection.getresponse()
            return answer.status, _read(answer, bounds, time.monotonic())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotReachedError(f"no answer from {target.host}: {type(error).__name__}") from error
    finally:
        connection.close()


def _read(answer: http.client.HTTPResponse, bounds: Bounds, began_s: float) -> bytes:
    content = b""
    while bounds.answer_bytes_max and (piece := answer.read1(_PIECE_BYTES)):
        content += piece
        if len(content) > bounds.answer_bytes_max:
            raise NotReachedError("its answer is too large")
        if time.monotonic() - began_s > bounds.seconds_max:
            raise NotReachedError("its answer takes too long")
    return content


@contextmanager
def _ended_in_time(connection: _Connection, seconds_max: float) -> Iterator[None]:
    """Cut the connection after a while: timeouts bound each step, not how many steps there are."""

    def cut() -> None:
        if isinstance(connection.sock, socket.socket):
            # Past TLS, which another thread is in the middle of.
            try:
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
            except OSError:
                return

    timer = threading.Timer(seconds_max, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
