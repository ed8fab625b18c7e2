"""`pull` brings a shelf to a folder: whole, checked, once, and over nobody's files."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pennywhistle.interfaces.console import pull as pull_module
from pennywhistle.interfaces.console import pull_remote
from pennywhistle.interfaces.console.pull import pull

TOKEN = "pwt_secret"


class FakeStore:
    """A store of a few files that can misbehave; `asked` is what came in."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {
            "Artist - Album/01 One.mp3": b"one" * 100_000,
            "Artist - Album/02 Two.mp3": b"two" * 100_000,
        }
        self.knows_sums = True
        self.cuts_at: list[int] = []
        self.refusals: list[int] = []
        self.lies = False
        self.asked: list[tuple[str, str, str]] = []
        self.tokens: set[str | None] = set()
        self.elsewhere = ""
        self.made_on = ""

    def listed(self) -> dict[str, object]:
        return {
            "format": "mp3-v0",
            "next": None,
            "files": [
                {
                    "path": path.split("/"),
                    "url": f"{self.elsewhere}/file/{number}",
                    "etag": tag(content) + self.made_on,
                    "size_bytes": len(content) if self.knows_sums else None,
                    "sha256": hashlib.sha256(content).hexdigest() if self.knows_sums else None,
                }
                for number, (path, content) in enumerate(self.files.items())
            ],
        }


def tag(content: bytes) -> str:
    return hashlib.sha256(b"tag" + content).hexdigest()[:20]


class Handler(BaseHTTPRequestHandler):
    """Answers as the store does."""

    store: FakeStore

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        store = self.store
        store.tokens.add(self.headers["Authorization"])
        store.asked.append((self.command, self.path, self.headers["Range"] or ""))
        if self.path.startswith("/sync/shelf"):
            self._send(200, json.dumps(store.listed()).encode(), {})
        elif store.refusals and self.command == "GET":
            self._send(store.refusals.pop(), b"", {"Retry-After": "1", "Location": "/elsewhere"})
        else:
            content = list(store.files.values())[int(self.path.rpartition("/")[2])]
            self._file(content)

    def _file(self, content: bytes) -> None:
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = {
            "ETag": f'"{tag(content)}{self.store.made_on}"',
            "Repr-Digest": f"sha-256=:{digest}:",
        }
        start, status = 0, 200
        if self.headers["Range"] and self.headers["If-Range"] == headers["ETag"]:
            start, status = int(self.headers["Range"][6:-1]), 206
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        if start >= len(content):
            self._send(416, b"", {})
            return
        sent = bytes(len(content)) if self.store.lies else content
        self._send(status, sent[start:], headers)

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            is_file = "/file/" in self.path and status < 300
            cut = self.store.cuts_at.pop() if is_file and self.store.cuts_at else None
            self.wfile.write(content[:cut])


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    monkeypatch.setattr(pull_module, "_PAUSE_S", 0)
    monkeypatch.setattr(pull_remote.time, "sleep", lambda _: None)
    return FakeStore()


@pytest.fixture
def address(store: FakeStore) -> Iterator[str]:
    handler = type("Bound", (Handler,), {"store": store})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def brought(address: str, folder: Path, *more: str) -> Result:
    app = typer.Typer()
    app.command()(pull)
    return CliRunner().invoke(app, [address, str(folder), "--token", TOKEN, *more])


def music(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*.mp3")
        if file.is_file()
    }


def fetched(store: FakeStore) -> list[tuple[str, str, str]]:
    return [each for each in store.asked if each[0] == "GET" and "/file/" in each[1]]


@pytest.mark.parametrize("knows_sums", [True, False])
def test_everything_is_brought_once(
    store: FakeStore, address: str, tmp_path: Path, *, knows_sums: bool
) -> None:
    store.knows_sums = knows_sums

    first = brought(address, tmp_path, "--format", "mp3-v0")
    store.files["Artist - Album/03 Three.mp3"] = b"three"
    second = brought(address, tmp_path)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "2 new" in first.output
    assert "1 new" in second.output
    assert music(tmp_path) == store.files
    assert len(fetched(store)) == 3
    assert store.asked[0][1] == "/sync/shelf?format=mp3-v0"
    assert store.tokens == {f"Bearer {TOKEN}"}
    assert not (tmp_path / ".pennywhistle-parts").exists()


def test_what_was_made_anew_with_the_same_bytes_is_there_already(
    store: FakeStore, address: str, tmp_path: Path
) -> None:
    brought(address, tmp_path)
    store.made_on = "-other"

    again = brought(address, tmp_path)

    assert "2 there already" in again.output
    assert len(fetched(store)) == 2


def test_what_was_cut_off_goes_on_where_it_was(
    store: FakeStore, address: str, tmp_path: Path
) -> None:
    del store.files["Artist - Album/02 Two.mp3"]
    store.cuts_at = [50_000, 100_000]

    result = brought(address, tmp_path)

    assert result.exit_code == 0
    assert music(tmp_path) == store.files
    assert [each[2] for each in fetched(store)] == ["", "bytes=100000-", "bytes=150000-"]


def test_a_part_left_by_a_crash_is_used_by_the_next_run(
    store: FakeStore, address: str, tmp_path: Path
) -> None:
    del store.files["Artist - Album/02 Two.mp3"]
    store.cuts_at = [10_000] * 6
    failed = brought(address, tmp_path)
    store.cuts_at = []

    result = brought(address, tmp_path)

    assert (failed.exit_code, result.exit_code) == (1, 0)
    assert fetched(store)[-1][2] == "bytes=60000-"
    assert music(tmp_path) == store.files


def test_a_part_that_is_too_long_is_fetched_anew(
    store: FakeStore, address: str, tmp_path: Path
) -> None:
    del store.files["Artist - Album/02 Two.mp3"]
    store.knows_sums = False
    store.cuts_at = [10_000] * 6
    brought(address, tmp_path)
    (part,) = (tmp_path / ".pennywhistle-parts").iterdir()
    part.write_bytes(bytes(400_000))

    assert brought(address, tmp_path).exit_code == 0
    assert music(tmp_path) == store.files


def test_a_part_of_an_older_version_is_not_gone_on_with(
    store: FakeStore, address: str, tmp_path: Path
) -> None:
    name = "Artist - Album/01 One.mp3"
    store.cuts_at = [10_000] * 12
    brought(address, tmp_path)
    store.cuts_at = []
    store.files[name] = b"new tags" * 50_000

    assert brought(address, tmp_path).exit_code == 0
    assert music(tmp_path) == store.files


def test_other_bytes_than_promised_are_not_kept(
    store: FakeStore, address: str, tmp_path: Path
) -> None:
    store.lies = True

    result = brought(address, tmp_path)

    assert result.exit_code == 1
    assert "SHA-256 differs" in result.output
    assert music(tmp_path) == {}


def test_a_busy_store_is_waited_for(store: FakeStore, address: str, tmp_path: Path) -> None:
    store.refusals = [503, 503, 503]

    assert brought(address, tmp_path).exit_code == 0
    assert music(tmp_path) == store.files


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_file_that_fails_is_told_and_the_others_come(
    store: FakeStore, address: str, tmp_path: Path, status: int
) -> None:
    store.refusals = [status]

    result = brought(address, tmp_path)

    assert result.exit_code == 1
    assert "1 failed" in result.output
    assert len(music(tmp_path)) == 1
    assert not any(each[1] == "/elsewhere" for each in store.asked)


def test_new_tags_replace_what_was_brought_but_nothing_of_ones_own(
    store: FakeStore, address: str, tmp_path: Path
) -> None:
    one, two = store.files
    brought(address, tmp_path)
    (tmp_path / two).write_bytes(b"my own edit")
    same = brought(address, tmp_path)
    store.files = {one: b"one, new tags", two: b"two, new tags", "Artist - Album/03.mp3": b"3"}
    (tmp_path / "Artist - Album/03.mp3").write_bytes(b"mine")

    changed = brought(address, tmp_path)

    assert "2 there already" in same.output
    assert changed.exit_code == 0
    assert music(tmp_path) == {
        one: b"one, new tags",
        two: b"my own edit",
        "Artist - Album/03.mp3": b"mine",
    }
    assert "2 left as they are" in " ".join(changed.output.split())


def test_without_its_notes_it_knows_files_by_their_content(
    store: FakeStore, address: str, tmp_path: Path
) -> None:
    brought(address, tmp_path)
    (tmp_path / ".pennywhistle-pull.json").write_text("nonsense")

    result = brought(address, tmp_path)

    assert "2 there already" in result.output
    assert len(fetched(store)) == 2


@pytest.mark.parametrize(
    "path",
    ["../out.mp3", "/etc/x.mp3", "a/../../x.mp3", "a//x.mp3", "a\\b.mp3", "CON.mp3", "a/.x.mp3"],
)
def test_no_name_leads_out_of_the_folder(
    store: FakeStore, address: str, tmp_path: Path, path: str
) -> None:
    store.files = {path: b"evil"}
    folder = tmp_path / "music"

    result = brought(address, folder)

    assert result.exit_code == 1
    assert music(tmp_path) == {}


def test_no_link_leads_out_of_the_folder(store: FakeStore, address: str, tmp_path: Path) -> None:
    folder, outside = tmp_path / "music", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "Artist - Album").symlink_to(outside)

    assert brought(address, folder).exit_code == 1
    assert list(outside.iterdir()) == []


def test_the_token_goes_to_the_store_alone(store: FakeStore, address: str, tmp_path: Path) -> None:
    store.elsewhere = "http://localhost:1"

    result = brought(address, tmp_path)

    assert result.exit_code == 1
    assert "somewhere else" in result.output
    for bad in ("http://records.example", "ftp://records.example", "records.example"):
        assert brought(bad, tmp_path).exit_code == 2
