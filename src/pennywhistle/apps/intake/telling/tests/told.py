"""Messages, notices and a supplier's own program, for tests of telling."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

from builders import NOON
from pennywhistle.apps.intake.models import Message, Notice
from pennywhistle.apps.parties.actions import ensure_party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.apps.parties.models import Party


def a_label(name: str = "Copper Yard") -> Party:
    return ensure_party(name=name)


def a_message(supplier: Party, **fields) -> Message:
    """A message that is in force since noon, unless told otherwise."""
    number = Message.objects.count() + 1
    wanted = {
        "supplier": supplier,
        "source_name": f"{number}.xml",
        "sha256": f"{number:064x}",
        "kind": Message.Kind.NEW_RELEASE,
        "sender_dpid": "PADPIDA2026010101N",
        "message_id": f"M{number}",
        "created_at": NOON,
        "received_at": NOON,
        "state": Message.State.APPLIED,
        "finished_at": NOON,
        **fields,
    }
    return Message.objects.create(**wanted)


def a_notice(supplier: Party, **fields) -> Notice:
    """An alert of noon, unless told otherwise."""
    wanted = {
        "supplier": supplier,
        "level": Notice.Level.ALERT,
        "code": "omitted-territory",
        "sentence": "The message leaves out FR, where the release was sold.",
        "cure": "Name FR in a deal, or end the deal there.",
        "created_at": NOON,
        **fields,
    }
    return Notice.objects.create(**wanted)


@dataclass
class Program:
    """What a supplier runs: it takes down what it is told, and answers as it is set."""

    url: str = ""
    status: int = 204
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def a_program(status: int = 204, location: str = "") -> Iterator[Program]:
    """A program that listens on this machine, on a port that is free."""
    program = Program(status=status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            program.heard.append((dict(self.headers), body))
            self.send_response(program.status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    program.url = f"http://127.0.0.1:{server.server_port}/hook?for=me"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield program
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
