"""A published log as an auditor reads it: from a mirror's folder, or over HTTP from whoever."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from pennywhistle.engines.tlog.note import note_size_bytes_max
from pennywhistle.engines.tlog.policy import policy_size_bytes_max
from pennywhistle.engines.tlog.tiles import record_bytes_max, tile_width

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHECKPOINT = "checkpoint"
POLICY = "tlog-policy"
WELL_KNOWN_POLICY = "/.well-known/tlog-policy"
# Of each file.
SECONDS_MAX = 60.0
# Of all of them together, in one run; the next one goes on where it ended.
RUN_SECONDS_MAX = 6 * 3_600.0
RUN_BYTES_MAX = 64 * 1024**3
ATTEMPTS = 3
PAUSE_S = 2.0
_CUT_AGAIN_S = 1.0
_PIECE_BYTES = 64 * 1024
_TILE_BYTES = tile_width * 32
_BUNDLE_BYTES_MAX = tile_width * (record_bytes_max + 2)
_OK, _MISSING, _GONE, _AGAIN = 200, 404, 410, 500


class SourceError(Exception):
    """The log cannot be read from there; the sentence says why. Asked again it may."""

    code = "log-not-read"


class Source(Protocol):
    """Where a log's files come from, by their path below its address."""

    def read(self, path: str) -> bytes:
        """A file; FileNotFoundError where there is none, SourceError where nothing is known."""
        ...

    def policy(self) -> bytes:
        """The policy that the log's own store publishes; FileNotFoundError where there is none."""
        ...

    def renew(self) -> bool:
        """Read past copies from here on; tells whether anything read so far was a copy."""
        ...

    def close(self) -> None:
        """Let go of whatever it holds open."""
        ...


def bytes_max(path: str) -> int:
    """What a file of the log has at most: a larger one is read no further."""
    if path.startswith("tile/entries/"):
        return _BUNDLE_BYTES_MAX
    if path.startswith("tile/"):
        return _TILE_BYTES
    return policy_size_bytes_max if path.endswith(POLICY) else note_size_bytes_max


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A mirror of a log on a disk."""

    root: Path

    def read(self, path: str) -> bytes:
        """A file of the mirror."""
        try:
            with (self.root / path).open("rb") as file:
                data = file.read(bytes_max(path) + 1)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise FileNotFoundError(path) from error
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
        if len(data) > bytes_max(path):
            raise SourceError(f"{path} is larger than a log's file can be.")
        return data

    def policy(self) -> bytes:
        """The policy as it was when the mirror was made."""
        return self.read(POLICY)

    def renew(self) -> bool:
        """There is nothing behind it."""
        return False

    def close(self) -> None:
        """Nothing is held open."""


class PinnedSource:
    """A log as it was at one moment: everything that is read of it is read under one head.

    Whoever reads a log twice, for itself and for statements, could else be shown two.
    """

    def __init__(self, source: Source) -> None:
        """Take the log."""
        self._source = source
        self._checkpoint: bytes | None = None

    def read(self, path: str) -> bytes:
        """A file of the log; its head is asked for once."""
        if path != CHECKPOINT:
            return self._source.read(path)
        if self._checkpoint is None:
            self._checkpoint = self._source.read(path)
        return self._checkpoint

    def policy(self) -> bytes:
        """The log's own."""
        return self._source.policy()

    def renew(self) -> bool:
        """As the log's."""
        return self._source.renew()

    def close(self) -> None:
        """Let the log go."""
        self._source.close()


class WebSource:
    """A log at an address. Redirects are not followed; each file is bounded in size and time."""

    def __init__(self, address: str) -> None:
        """Take `https://store.example/log`; also http, for a signed log needs no secrecy."""
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError as error:
            raise SourceError(f"{address} is not an address.") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise SourceError("A log's address is like https://store.example/log, or a folder.")
        self._is_tls, self._host, self._port = parts.scheme == "https", parts.hostname, port
        self._base = parts.path.rstrip("/")
        self._seconds_max = SECONDS_MAX
        self._ends_s, self._bytes_left = time.monotonic() + RUN_SECONDS_MAX, RUN_BYTES_MAX
        self._connection: http.client.HTTPConnection | None = None

    def read(self, path: str) -> bytes:
        """A file of the log."""
        return self._get(f"{self._base}/{path}", bytes_max(path))

    def policy(self) -> bytes:
        """The policy at its place on the log's host."""
        return self._get(WELL_KNOWN_POLICY, policy_size_bytes_max)

    def renew(self) -> bool:
        """What it reads is never a copy of ours."""
        return False

    def _get(self, path: str, size_max: int) -> bytes:
        if time.monotonic() > self._ends_s or self._bytes_left < 0:
            raise SourceError(
                f"{self._host} gave more than one run takes; what was read is kept: run it again."
            )
        trouble = ""
        for attempt in range(ATTEMPTS):
            try:
                return self._get_once(path, size_max)
            except SourceError:
                # Whatever else it was about to send is not the answer to the next question.
                self.close()
                raise
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, FileNotFoundError):
                    raise
                self.close()
                trouble = str(error) or type(error).__name__
            if attempt + 1 < ATTEMPTS:
                time.sleep(PAUSE_S)
        raise SourceError(f"{self._host} does not give {path}: {trouble}.")

    def _get_once(self, path: str, size_max: int) -> bytes:
        connection = self._connected()
        with self._cut_when_late(connection):
            connection.request("GET", path, headers={"User-Agent": "pennywhistle audit"})
            answer = connection.getresponse()
            content = _content(answer, size_max, path)
        self._bytes_left -= len(content)
        if answer.will_close:
            self.close()
        if answer.status in {_MISSING, _GONE}:
            raise FileNotFoundError(path)
        if answer.status >= _AGAIN:
            raise http.client.HTTPException(f"it answers {answer.status}")
        if answer.status != _OK:
            raise SourceError(f"{self._host} answers {answer.status} for {path}, not the file.")
        return content

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            timeout = self._seconds_max
            self._connection = (
                http.client.HTTPSConnection(
                    self._host, self._port, timeout=timeout, context=ssl.create_default_context()
                )
                if self._is_tls
                else http.client.HTTPConnection(self._host, self._port, timeout=timeout)
            )
        return self._connection

    @contextmanager
    def _cut_when_late(self, connection: http.client.HTTPConnection) -> Iterator[None]:
        """A timeout bounds each step; this bounds them together, so that no drip holds us up."""
        is_done = threading.Event()
        cutter = threading.Thread(
            target=_cut_after, args=(connection, self._seconds_max, is_done), daemon=True
        )
        cutter.start()
        try:
            yield
        finally:
            is_done.set()

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _content(answer: http.client.HTTPResponse, size_max: int, path: str) -> bytes:
    content = bytearray()
    while piece := answer.read1(_PIECE_BYTES):
        content += piece
        if len(content) > size_max:
            raise SourceError(f"{path} is larger than a log's file can be.")
    if answer.length:
        raise http.client.HTTPException("the connection broke before the end")
    # Only then does the connection take the next question.
    answer.close()
    return bytes(content)


def _cut_after(
    connection: http.client.HTTPConnection, seconds: float, is_done: threading.Event
) -> None:
    """Cut it when its time is over, and again, should it only connect then."""
    while not is_done.wait(seconds):
        seconds = _CUT_AGAIN_S
        with suppress(OSError):
            if isinstance(connection.sock, socket.socket):
                # Of a TLS connection too: the socket's own, which waits for nobody.
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
