"""Posts to an address and reads a short answer; follows nothing, and ends in time.

The name is resolved here, all that it resolves to must be public, and the call goes to the address
that was looked at: a name cannot lead elsewhere a moment later.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_DISGUISES = tuple(
    ipaddress.IPv6Network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
_PIECE_BYTES = 8_192


class NotReachedError(Exception):
    """There is no answer that could be read; the sentence says why."""

    code = "not-reached"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one call may take, and whether it may go to private addresses, also by http."""

    seconds_max: float = 5.0
    answer_bytes_max: int = 65_536
    may_be_private: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    host: str
    port: int
    path: str
    is_tls: bool
    ip: str


class _Connection(http.client.HTTPConnection):
    def __init__(self, target: _Target, seconds_max: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds_max)
        self.default_port = 443 if target.is_tls else 80
        self._target = target

    def connect(self) -> None:
        """Connect to the address that was looked at; the certificate is that of the name."""
        self.sock = socket.create_connection((self._target.ip, self._target.port), self.timeout)
        if self._target.is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)


def post(
    url: str, body: bytes, *, bounds: Bounds, content_type: str = "text/plain"
) -> tuple[int, bytes]:
    """Post the body; answers status and content, whatever the status is.

    Raises:
        NotReachedError: the address is refused, or no whole answer came in time.
    """
    target = _target_of(url, may_be_private=bounds.may_be_private)
    connection = _Connection(target, bounds.seconds_max)
    # Timeouts bound each step; this bounds them all together.
    timer = threading.Timer(bounds.seconds_max, _cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", target.path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, _read(answer, bounds, time.monotonic())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotReachedError(f"no answer from {target.host}: {type(error).__name__}") from error
    finally:
        timer.cancel()
        connection.close()


def _read(answer: http.client.HTTPResponse, bounds: Bounds, began_s: float) -> bytes:
    content = b""
    while piece := answer.read1(_PIECE_BYTES):
        content += piece
        if len(content) > bounds.answer_bytes_max:
            raise NotReachedError("its answer is too large")
        if time.monotonic() - began_s > bounds.seconds_max:
            raise NotReachedError("its answer takes too long")
    return content


def _cut(connection: _Connection) -> None:
    if isinstance(connection.sock, socket.socket):
        try:
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
        except OSError:
            return


def _target_of(url: str, *, may_be_private: bool) -> _Target:
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        raise NotReachedError("its address is not one") from error
    is_tls = split.scheme == "https"
    if not split.hostname or "@" in split.netloc or split.scheme not in {"https", "http"}:
        raise NotReachedError("its address is not one")
    if not is_tls and not may_be_private:
        raise NotReachedError("its address is not https")
    port = port or (443 if is_tls else 80)
    ips = _resolved(split.hostname, port)
    if not may_be_private and not all(_is_public(ip) for ip in ips):
        raise NotReachedError("its address is a private one")
    return _Target(split.hostname, port, split.path or "/", is_tls, str(ips[0]))


def _resolved(host: str, port: int) -> list[_Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReachedError(f"nobody knows where {host} is") from error
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def _is_public(ip: _Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return _is_public(ip.ipv4_mapped)
        if any(ip in disguise for disguise in _DISGUISES):
            return False
    return ip.is_global and not ip.is_multicast
