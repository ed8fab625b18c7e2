"""With nginx in front the file that is named comes from nginx, to its owner only."""

import getpass
import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIServer, make_server

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import Client

from pennywhistle.apps.media.folders import RENDITIONS
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("nginx") is None, reason="the nginx program is not here"),
]
# As docs/running/storage.md has it.
CONFIGURATION = """
user {user}; worker_processes 1; daemon off; pid {root}/pid; error_log stderr crit;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi; uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
  server {{
    listen unix:{root}/nginx.socket;
    location / {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header Host $host; }}
    location /_files/ {{
      internal;
      alias {data}/;
      etag off;
      add_header ETag $upstream_http_etag;
    }}
  }}
}}
"""


class UnixConnection(http.client.HTTPConnection):
    """HTTP through a socket of the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[WSGIServer]:
    """The store, answering in a thread."""
    monkeypatch.setattr(settings, "FILES_SENT_BY", "nginx")
    with make_server("127.0.0.1", 0, get_wsgi_application()) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def nginx(store: WSGIServer, tmp_path: Path) -> Iterator[Path]:
    """The socket of an nginx in front of it."""
    data = RENDITIONS.root.parent
    text = CONFIGURATION.format(
        root=tmp_path, port=store.server_port, data=data, user=getpass.getuser()
    )
    (tmp_path / "nginx.conf").write_text(text)
    command = ["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    with subprocess.Popen(command) as process:
        place = tmp_path / "nginx.socket"
        deadline = time.monotonic() + 10
        while not place.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield place
        process.terminate()


@pytest.fixture
def shop() -> SoundingShop:
    return a_sounding_shop()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    content: bytes


def ask(nginx: Path, path: str, **headers: str) -> Answer:
    connection = UnixConnection(nginx)
    with closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def test_nginx_sends_what_the_store_names(shop: SoundingShop, nginx: Path) -> None:
    client = Client()
    client.force_login(shop.buyer)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    address = f"/download/{shop.sell_track(1).pk}/opus-64"
    made = client.get(address)
    whole, etag = made.getvalue(), made["ETag"]
    assert "X-Accel-Redirect" not in made

    kept = ask(nginx, address, Cookie=cookie)
    part = ask(nginx, address, Cookie=cookie, Range="bytes=10-19")
    resumed = ask(nginx, address, Cookie=cookie, Range="bytes=10-", If_Range=etag)
    known = ask(nginx, address, Cookie=cookie, If_None_Match=etag)

    assert (kept.status, kept.content) == (200, whole)
    assert (kept.headers["ETag"], kept.headers["Content-Type"]) == (etag, "audio/ogg")
    assert kept.headers["Content-Disposition"] == 'attachment; filename="01 Track 1.opus"'
    assert kept.headers["Cache-Control"] == "private, no-store"
    assert (part.status, part.content) == (206, whole[10:20])
    assert (resumed.status, resumed.content) == (206, whole[10:])
    assert known.status == 304


def test_nobody_gets_past_the_store(shop: SoundingShop, nginx: Path) -> None:
    client = Client()
    client.force_login(shop.buyer)
    address = f"/download/{shop.sell_track(1).pk}/opus-64"
    client.get(address).getvalue()
    named = client.get(address)["X-Accel-Redirect"]

    assert ask(nginx, address).status == 302
    assert ask(nginx, named).status == 404
    assert ask(nginx, "/_files/secrets/log_key").status == 404
