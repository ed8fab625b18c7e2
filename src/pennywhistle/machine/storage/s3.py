"""A prefix of an S3 bucket, thin over obstore: list, read, write. Credentials come from outside."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import S3Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from obstore import GetResult

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")
_CHUNK_BYTES = 5 << 20
# What a reader who takes a part holds in memory.
_PIECE_BYTES = 256 << 10
_CONNECT = timedelta(seconds=10)
# Between two pieces, not for the whole: a master takes as long as it takes.
_READ = timedelta(seconds=60)
# Short: who looks again every minute need not wait.
_RETRY = timedelta(seconds=20)
_SENTENCE_CHARS_MAX = 300


class AddressError(ValueError):
    """It is no address of the form s3://bucket/prefix."""

    code = "s3-address"


class UnreachableError(Exception):
    """The bucket cannot be reached, or does not let us in."""

    code = "s3-unreachable"


class OtherContentError(Exception):
    """The object is not the one that was listed."""

    code = "s3-other-content"


@dataclass(frozen=True, slots=True)
class Key:
    """An object below a prefix."""

    path: str
    size_bytes: int
    e_tag: str
    changed_at: datetime


class Prefix:
    """Objects below a prefix.

    The environment gives credentials, region and endpoint (AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT), or the machine's role does. A plain http
    endpoint is one on the operator's own network; the requests are signed there too.

    Raises AddressError, and UnreachableError where the environment makes no sense.

    `patience` is for how long a failed request is tried again.
    """

    def __init__(self, address: str, *, patience: timedelta = _RETRY) -> None:
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise AddressError(f"{address!r} is not of the form s3://bucket/prefix.")
        self.bucket, self.prefix = found["bucket"], (found["prefix"] or "").strip("/")
        with _told():
            self._store = S3Store(
                self.bucket,
                prefix=self.prefix or None,
                client_options={
                    "connect_timeout": _CONNECT,
                    "read_timeout": _READ,
                    "timeout": timedelta(days=1),
                    "allow_http": True,
                },
                retry_config={"max_retries": 3, "retry_timeout": patience},
            )

    def folders(self) -> list[str]:
        """The first steps of all keys that have several."""
        with _told():
            listed = obstore.list_with_delimiter(self._store)
            return [prefix.rstrip("/") for prefix in listed["common_prefixes"]]

    def keys(self, folder: str) -> Iterator[Key]:
        """The objects of a folder, or all of them (""); paths are relative to it."""
        start = f"{folder}/" if folder else ""
        with _told():
            for page in obstore.list(self._store, prefix=start or None):
                for item in page:
                    yield Key(
                        item["path"].removeprefix(start),
                        item["size"],
                        item["e_tag"] or "",
                        item["last_modified"],
                    )

    def read(self, path: str, *, e_tag: str = "") -> Iterator[bytes]:
        """An object's content in pieces; with `e_tag` of this content only.

        Raises UnreachableError, and OtherContentError if it changed or went.
        """
        with _told():
            try:
                found = obstore.get(self._store, path, options={"if_match": e_tag} if e_tag else {})
            except (FileNotFoundError, PreconditionError) as error:
                raise OtherContentError(path) from error
            for piece in found.stream(_CHUNK_BYTES):
                yield bytes(piece)

    def write(self, path: str, data: bytes) -> None:
        """Put an object, whole or not at all."""
        with _told():
            obstore.put(self._store, path, data)

    def write_file(self, path: str, file: Path) -> None:
        """Put a file's content, whole or not at all; a large one goes in parts."""
        with _told():
            obstore.put(self._store, path, file)

    def size_bytes(self, path: str) -> int | None:
        """An object's size; None if there is none."""
        with _told():
            try:
                return obstore.head(self._store, path)["size"]
            except FileNotFoundError:
                return None

    def read_part(self, path: str, start: int, end: int) -> Iterator[bytes] | None:
        """The bytes from `start` up to `end`, exclusive, asked for now; None without the object."""
        with _told():
            try:
                found = obstore.get(self._store, path, options={"range": (start, end)})
            except FileNotFoundError:
                return None
        return _pieces(found)

    def remove(self, path: str) -> None:
        """Remove an object; its absence is no error."""
        with _told(), suppress(FileNotFoundError):
            obstore.delete(self._store, path)


def _pieces(found: GetResult) -> Iterator[bytes]:
    with _told():
        for piece in found.stream(_PIECE_BYTES):
            yield bytes(piece)


@contextmanager
def _told() -> Iterator[None]:
    """One line of what obstore tells; the rest is for those who write S3 clients."""
    try:
        yield
    except (BaseError, OSError) as error:
        first = str(error).strip().partition("\n")[0][:_SENTENCE_CHARS_MAX]
        raise UnreachableError(first or type(error).__name__) from error
