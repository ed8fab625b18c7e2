"""A store as `pull` sees it: a list of files, and their bytes from any place on."""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

_PIECE_BYTES = 256 * 1024
_LIST_BYTES_MAX = 64 * 1024 * 1024
_PAGES_MAX = 100_000
_PATIENCE_S = 120
_ASKED_MAX = 30
_WAIT_S_MAX = 120
_PARTIAL, _BAD_RANGE, _UNAVAILABLE = 206, 416, 503
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TAG = re.compile(r"[!#-~]{1,200}")
# The names by which a machine calls itself: what is sent there leaves it not.
_OWN_HOSTS = {"localhost", "127.0.0.1", "::1"}


class PullError(Exception):
    """The store cannot be asked, or says something that no store says."""

    code = "pull"


class CutOffError(PullError):
    """The connection broke before the end; what came so far is kept."""

    code = "cut-off"


class TooFarError(PullError):
    """The store's file ends before the place from which it is asked for."""

    code = "too-far"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the store lists it; `sha256` is empty while the store has not made it."""

    path: tuple[str, ...]
    url: str
    etag: str
    sha256: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """Bytes on their way, and from where on they are."""

    begins_at: int
    pieces: Iterator[bytes]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to the store that was named, and to nobody whom it names."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401
        return None


class Remote:
    """A store, by its address and a token. Any number of threads may ask."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise PullError("The address is https://….")
        if parts.scheme == "http" and parts.hostname not in _OWN_HOSTS:
            raise PullError("Over http:// anybody on the way could read the token; use https://.")
        if not token.isascii() or not token.isprintable():
            raise PullError("That is no token.")
        self._base = f"{parts.scheme}://{parts.netloc}/"
        self._token = token
        self._opener = urllib.request.build_opener(_NoRedirects)

    def files(self, form: str) -> Iterator[RemoteFile]:
        """All files of the shelf in one form (a recipe's name; empty: the account's usual one)."""
        url = f"sync/shelf?{urlencode({'format': form})}"
        for _ in range(_PAGES_MAX):
            page = self._page(url)
            try:
                yield from [_file(each) for each in page["files"]]
                url = page["next"]
            except (KeyError, TypeError, ValueError) as error:
                raise PullError("The list of files is not one.") from error
            if not url:
                return

    @contextmanager
    def open(self, file: RemoteFile, *, start: int) -> Iterator[Opened]:
        """The bytes of a file from `start` on, if it still is what was listed; else all of it.

        Raises CutOffError, also while reading, and PullError.
        """
        # What is resumed must be the same file: else the store sends it whole (RFC 9110, 13.1.5).
        again = {"Range": f"bytes={start}-", "If-Range": f'"{file.etag}"'} if start else {}
        with self._ask(file.url, headers=again) as response:
            if response.status == _PARTIAL:
                begins_at = start
                if not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                    raise PullError("The store sent another part than the one asked for.")
            else:
                begins_at = 0
            yield Opened(begins_at, _pieces(response))

    def sha256_of(self, file: RemoteFile) -> str:
        """Hexadecimal, of a file that was fetched once; empty if the store does not say.

        Raises PullError, also if it is not the version any more that was listed.
        """
        with self._ask(file.url, method="HEAD") as response:
            if response.headers.get("ETag", "").strip('"') != file.etag:
                raise PullError("It has changed since it was listed; pull again.")
            written = response.headers.get("Repr-Digest", "")
        if not (written.startswith("sha-256=:") and written.endswith(":")):
            return ""
        try:
            return base64.b64decode(written[9:-1], validate=True).hex()
        except binascii.Error:
            return ""

    def _page(self, url: str) -> dict[str, Any]:
        with self._ask(url) as response:
            data = response.read(_LIST_BYTES_MAX + 1)
        try:
            page = json.loads(data) if len(data) <= _LIST_BYTES_MAX else None
        except ValueError:
            page = None
        if not isinstance(page, dict):
            raise PullError("The list of files is not one.")
        return page

    def _ask(
        self, url: str, *, method: str = "GET", headers: dict[str, str] | None = None
    ) -> HTTPResponse:
        """An answer; waits where the store says that others come first."""
        where = urljoin(self._base, url)
        if not where.startswith(self._base):
            raise PullError("The store names a file that is somewhere else.")
        written = {"Authorization": f"Bearer {self._token}", "User-Agent": "pennywhistle pull"}
        request = urllib.request.Request(  # noqa: S310 (the scheme was looked at)
            where, headers=written | (headers or {}), method=method
        )
        for _ in range(_ASKED_MAX):
            try:
                response: HTTPResponse = self._opener.open(request, timeout=_PATIENCE_S)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == _BAD_RANGE:
                    raise TooFarError("The store's file is shorter than asked for.") from None
                if error.code != _UNAVAILABLE:
                    raise PullError(_refusal(error.code)) from None
                time.sleep(_wait_s(error.headers.get("Retry-After", "")))
            except (OSError, http.client.HTTPException) as error:
                raise CutOffError(f"The store cannot be reached: {error}") from error
            else:
                return response
        raise CutOffError("The store is busy.")


def _refusal(status: int) -> str:
    return {
        401: "The token opens nothing; make one on your account's page.",
        404: "It is not there, or not in this format.",
    }.get(status, f"The store answered {status}.")


def _wait_s(written: str) -> float:
    asked = int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 5  # noqa: PLR2004
    return min(max(asked, 1), _WAIT_S_MAX)


def _pieces(response: HTTPResponse) -> Iterator[bytes]:
    """All that was announced; a connection that ends before is no end of the file."""
    missing = response.length
    try:
        while piece := response.read(_PIECE_BYTES):
            missing = None if missing is None else missing - len(piece)
            yield piece
    except (OSError, http.client.HTTPException) as error:
        raise CutOffError(f"The connection broke: {error}") from error
    if missing:
        raise CutOffError("The connection broke before the end of the file.")


def _file(each: dict[str, Any]) -> RemoteFile:
    """Raises KeyError, TypeError or ValueError for what is none."""
    path, url, etag, sha256 = each["path"], each["url"], each["etag"], each["sha256"] or ""
    size_bytes = each["size_bytes"]
    texts = [*path, url, etag, sha256]
    if not path or not all(isinstance(text, str) for text in texts):
        raise TypeError
    if not _TAG.fullmatch(etag) or (sha256 and not _SHA256.fullmatch(sha256)):
        raise ValueError
    return RemoteFile(tuple(path), url, etag, sha256, size_bytes and int(size_bytes))
