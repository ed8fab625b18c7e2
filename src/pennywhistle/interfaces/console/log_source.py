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
from pennywhistle.machine.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHECKPOINT = "checkpoint"
POLICY = "tlog-policy"
WELL_KNOWN_POLICY = "/.well-known/tlog-policy"
SECONDS_MAX = 60.0
ATTEMPTS = 3
PAUSE_S = 2.0
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

    def close(self) -> None:
        """Nothing is held open."""


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
        self._connection: http.client.HTTPConnection | None = None

    def read(self, path: str) -> bytes:
        """A file of the log."""
        return self._get(f"{self._base}/{path}", bytes_max(path))

    def policy(self) -> bytes:
        """The policy at its place on the log's host."""
        return self._get(WELL_KNOWN_POLICY, policy_size_bytes_max)

    def _get(self, path: str, size_max: int) -> bytes:
        trouble = ""
        for attempt in range(ATTEMPTS):
            try:
                return self._get_once(path, size_max)
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
        timer = threading.Timer(self._seconds_max, _cut, [connection])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class CopyingSource:
    """A log that is copied into a folder as it is read; what lies there is not fetched again.

    The checkpoint is not kept: whoever has checked it writes it last.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        """Take where the log is, and where its mirror shall lie."""
        self._source, self._here, self._folder = source, FolderSource(folder), Folder(folder)
        self._fetched: list[Path] = []

    def read(self, path: str) -> bytes:
        """A file of the log; tiles and entry bundles never change, so that a copy is as good."""
        if path == CHECKPOINT:
            return self._source.read(path)
        try:
            return self._here.read(path)
        except FileNotFoundError:
            data = self._source.read(path)
            self._folder.write(path, data)
            self._fetched.append(self._folder.root / path)
            return data

    def policy(self) -> bytes:
        """The policy, kept beside the copy."""
        data = self._source.policy()
        self._folder.write(POLICY, data)
        return data

    def close(self) -> None:
        """Let the log's connection go."""
        self._source.close()

    def forget_fetched(self) -> None:
        """Remove what was copied since this began: it turned out not to be the log."""
        for path in self._fetched:
            path.unlink(missing_ok=True)

    def keep_checkpoint(self, note: bytes) -> None:
        """Make a head the mirror's: all that it needs is there."""
        self._folder.write(CHECKPOINT, note)


def _content(answer: http.client.HTTPResponse, size_max: int, path: str) -> bytes:
    content = bytearray()
    while piece := answer.read1(_PIECE_BYTES):
        content += piece
        if len(content) > size_max:
            raise SourceError(f"{path} is larger than a log's file can be.")
    if answer.length:
        raise http.client.HTTPException("the connection broke before the end")
    return bytes(content)


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if isinstance(connection.sock, socket.socket):
            # Of a TLS connection too: the socket's own, which waits for nobody.
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
