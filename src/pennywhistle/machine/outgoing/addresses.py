"""To which addresses a request may go: public ones only, unless whoever asks says otherwise.

Others may name the address, and so could name one inside the operator's network, directly or by a
name that resolves to one, today or later (rebinding). So the name is resolved here, all that it
resolves to must be public, and the call goes to the address that was looked at.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# IPv6 prefixes that lead to IPv4 addresses inside them: NAT64 (RFC 6052, 8215), 6to4, Teredo.
_DISGUISES = tuple(
    ipaddress.IPv6Network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
url_chars_max = 2_000


class AddressRefusedError(ValueError):
    """Nothing may go there; `code` says why: form, scheme, unknown-host or private."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes: the host as it is named, and the address that it is at."""

    host: str
    port: int
    path: str
    is_tls: bool
    ip: str


def target_of(url: str, *, may_be_loopback: bool = False, may_be_private: bool = False) -> Target:
    """Resolve an address. Raises `AddressRefusedError`; asks the name server.

    `may_be_loopback`: the machine itself may be called, by http too; `may_be_private`: any.
    """
    host, port, path, is_tls = _parts(url)
    ips = _resolved(host, port)
    is_loopback = may_be_loopback and all(ip.is_loopback for ip in ips)
    if not (is_loopback or may_be_private):
        if not is_tls:
            raise AddressRefusedError("scheme")
        if not all(_is_public(ip) for ip in ips):
            raise AddressRefusedError("private")
    return Target(host, port, path, is_tls, str(ips[0]))


def _parts(url: str) -> tuple[str, int, str, bool]:
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not is_plain or len(url) > url_chars_max:
        raise AddressRefusedError("form")
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise AddressRefusedError("form") from None
    if split.scheme not in {"https", "http"}:
        raise AddressRefusedError("scheme")
    if not split.hostname or "@" in split.netloc or "#" in url:
        raise AddressRefusedError("form")
    is_tls = split.scheme == "https"
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return split.hostname, port or (443 if is_tls else 80), path, is_tls


def _resolved(host: str, port: int) -> list[_Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefusedError("unknown-host") from None
    # An address of one interface alone (fe80::1%eth0) is nobody's public one.
    ips = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not ips:
        raise AddressRefusedError("unknown-host")
    return ips


def _is_public(ip: _Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return _is_public(ip.ipv4_mapped)
        if any(ip in disguise for disguise in _DISGUISES):
            return False
    return ip.is_global and not ip.is_multicast
