"""The client asks VIES as it is documented, and bears one that is down, slow, or far too long."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from pennywhistle.apps.taxes.register import RegisterUnavailableError, Vies
from pennywhistle.machine.outgoing.posting import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.enable_socket
BOUNDS = Bounds(seconds_max=0.5, may_be_private=True)


@contextmanager
def a_vies(answer: Callable[[dict[str, str]], bytes]) -> Iterator[tuple[str, list[object]]]:
    """A server on this machine that answers as told, and what it was asked."""
    asked: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers["Content-Type"], body))
            content = answer(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            del args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/rest-api/check-vat-number", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def right(body: dict[str, str]) -> bytes:
    return json.dumps({**body, "valid": True, "requestIdentifier": "WAPI1"}).encode()


def test_it_is_asked_with_the_sellers_own_number() -> None:
    with a_vies(right) as (url, asked):
        answer = Vies(url, requester="ATU57194903", bounds=BOUNDS).ask(number="DE136695976")

    assert answer.is_valid
    assert answer.document["requestIdentifier"] == "WAPI1"
    assert asked == [
        (
            "/rest-api/check-vat-number",
            "application/json",
            {
                "countryCode": "DE",
                "vatNumber": "136695976",
                "requesterMemberStateCode": "AT",
                "requesterNumber": "U57194903",
            },
        )
    ]


def slow(body: dict[str, str]) -> bytes:
    time.sleep(1)
    return right(body)


@pytest.mark.parametrize("answer", [slow, lambda _: b"x" * 200_000], ids=["slow", "too long"])
def test_one_that_does_not_answer_properly_is_no_answer(
    answer: Callable[[dict[str, str]], bytes],
) -> None:
    with (
        a_vies(answer) as (url, _),
        pytest.raises(RegisterUnavailableError),
    ):
        Vies(url, bounds=BOUNDS).ask(number="DE136695976")


def test_one_that_is_down_is_no_answer() -> None:
    with pytest.raises(RegisterUnavailableError):
        Vies("http://127.0.0.1:9/", bounds=BOUNDS).ask(number="DE136695976")


def test_it_is_not_asked_at_private_addresses() -> None:
    with pytest.raises(RegisterUnavailableError, match="not https"):
        Vies("http://127.0.0.1:9/").ask(number="DE136695976")
