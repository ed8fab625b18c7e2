"""Webhooks go to public addresses only, whatever a name says and however an address is written."""

from __future__ import annotations

import socket

import pytest

from pennywhistle.apps.intake.telling.addresses import AddressRefusedError, target_of


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """A name server that knows what the test says; addresses are what they are."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def answered(host: str, port: int, **options: object) -> list[tuple[object, ...]]:
        found = known.get(host)
        if found is None:
            flags = socket.AI_NUMERICHOST
            return real(host, port, type=socket.SOCK_STREAM, flags=flags)
        return [(None, None, None, "", (ip, port)) for ip in found]

    monkeypatch.setattr(socket, "getaddrinfo", answered)
    return known


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",  # noqa: S104 (a host that somebody names)
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::a00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fc00::1]",
        "[fe80::1]",
        "[ff02::1]",
    ],
)
def test_no_private_address_is_called(names, host: str) -> None:
    with pytest.raises(AddressRefusedError) as refused:
        target_of(f"https://{host}/hook")

    assert refused.value.code == "private"


def test_a_name_of_which_one_address_is_private_is_not_called(names) -> None:
    names["mixed.example"] = ["93.184.216.34", "10.0.0.1"]
    names["scoped.example"] = ["fe80::1%eth0"]

    for host in names:
        with pytest.raises(AddressRefusedError, match="private"):
            target_of(f"https://{host}/")


def test_what_is_called_is_the_address_that_was_looked_at(names) -> None:
    names["label.example"] = ["93.184.216.34"]

    target = target_of("https://label.example/hook?a=b")

    assert (target.host, target.port, target.ip) == ("label.example", 443, "93.184.216.34")
    assert target.path == "/hook?a=b"
    assert target.is_tls


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://label.example/", "scheme"),
        ("ftp://label.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("label.example", "scheme"),
        ("https://user:word@label.example/", "form"),
        ("https://label.example@10.0.0.1/", "form"),
        ("https:///hook", "form"),
        ("https://label.example:99999/", "form"),
        ("https://label.example/#part", "form"),
        ("https://label.example/a b", "form"),
        ("https://label.example/\r\nHost: other", "form"),
        ("https://label.example\\@10.0.0.1/", "form"),
        ("https://läbel.example/", "form"),
        ("https://label.example/" + "x" * 500, "form"),
        ("https://nowhere.example/", "unknown-host"),
        ("https://a..b/", "unknown-host"),
    ],
)
def test_what_is_no_https_address_is_refused(names, url: str, code: str) -> None:
    names["label.example"] = ["93.184.216.34"]

    with pytest.raises(AddressRefusedError) as refused:
        target_of(url)

    assert refused.value.code == code


def test_the_machine_itself_is_called_only_where_that_is_set(names, settings) -> None:
    settings.HOOKS_TO_LOOPBACK = True

    assert target_of("http://127.0.0.1/hook").ip == "127.0.0.1"
    with pytest.raises(AddressRefusedError, match="scheme"):
        target_of("http://10.0.0.1/")
    with pytest.raises(AddressRefusedError, match="private"):
        target_of("https://10.0.0.1/")
