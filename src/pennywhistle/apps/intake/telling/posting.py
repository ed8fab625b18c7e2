"""Sends one request to an address that was looked at; follows nothing, reads only a status."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.telling.addresses import AddressRefusedError, target_of
from pennywhistle.apps.intake.telling.limits import CALL_SECONDS_MAX, STEP_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pennywhistle.apps.intake.telling.addresses import Target

_REDIRECTS = range(300, 400)
_GOOD = range(200, 300)
_TROUBLES = (
    (TimeoutError, "no answer in time"),
    (ssl.SSLError, "its certificate or TLS is not right"),
    (ConnectionRefusedError, "nothing listens there"),
    (http.client.HTTPException, "its answer is no HTTP"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The status that came back; None where none did. `trouble` is empty if it was taken."""

    status: int | None
    trouble: str = ""


class _Connection(http.client.HTTPConnection):
    """Connects to the address that was looked at, whatever the name resolves to by now."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=STEP_SECONDS_MAX)
        # The Host header leaves out the port that goes without saying.
        self.default_port = 443 if target.is_tls else 80
        self._target = target

    def connect(self) -> None:
        """Open the connection; the certificate is that of the name, not of the address."""
        self.sock = socket.create_connection((self._target.ip, self._target.port), self.timeout)
        if self._target.is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post the body. Never raises for anything that is there, or is not, at the other end."""
    try:
        target = target_of(url)
    except AddressRefusedError as error:
        return Answer(None, f"the address is not called: {error.code}")
    connection = _Connection(target)
    try:
        with _ended_in_time(connection):
            connection.request("POST", target.path, body, dict(headers))
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(None, _trouble(error))
    finally:
        connection.close()
    if status in _REDIRECTS:
        return Answer(status, "it answers with a redirect, which is not followed")
    return Answer(status, "" if status in _GOOD else f"it answers {status}")


@contextmanager
def _ended_in_time(connection: _Connection) -> Iterator[None]:
    """Cut the connection after a while: timeouts bound each step, not how many steps there are."""

    def cut() -> None:
        if isinstance(connection.sock, socket.socket):
            # Past TLS, which another thread is in the middle of.
            try:
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
            except OSError:
                return

    timer = threading.Timer(CALL_SECONDS_MAX, cut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _trouble(error: Exception) -> str:
    found = (words for kind, words in _TROUBLES if isinstance(error, kind))
    return next(found, "the connection broke")
