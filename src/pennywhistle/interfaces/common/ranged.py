"""Answers with a file, a part of it or several parts, after RFC 9110, sections 13 and 14."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from pennywhistle.interfaces.common.cutting import cut_off_if_it_fails

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

# More parts than this are nobody's player: the whole is sent, which section 14.2 permits.
PART_COUNT_MAX = 16
RANGE_CHARS_MAX = 1_000
_RANGES = re.compile(r"bytes=(.*)", re.IGNORECASE | re.ASCII)
_RANGE = re.compile(r"([0-9]*)-([0-9]*)", re.ASCII)


class RangedSource(Protocol):
    """A file of known size. The same `etag` (text without quotes) means the same bytes."""

    @property
    def size_bytes(self) -> int: ...
    @property
    def etag(self) -> str: ...
    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, exclusive, in pieces of bounded size."""
        ...


@runtime_checkable
class UnendedSource(Protocol):
    """A file that is being made, and of which nobody knows how large it becomes."""

    @property
    def etag(self) -> str: ...
    def follow(self) -> Iterator[bytes]:
        """All bytes, as they are made."""
        ...

    def reach(self, start: int, end: int) -> Iterator[bytes] | None:
        """The bytes from `start` up to `end`, exclusive, once there are so many; else None."""
        ...

    def finished(self) -> RangedSource:
        """Wait until it is made."""
        ...


@runtime_checkable
class GrowingSource(Protocol):
    """A file that is still to be made; its `etag` is known all the same, its size perhaps."""

    @property
    def etag(self) -> str: ...
    @property
    def foretold_bytes(self) -> int | None: ...
    def begin(self) -> RangedSource | UnendedSource:
        """Have it made, and wait for the first bytes, so that a failure shows early."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """How a file is handed over; with a `file_name` the browser saves it instead of playing it.

    With `is_ours_alone` nobody else sends it: nginx and buckets would leave `headers` out.
    """

    content_type: str
    cache_control: str
    file_name: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    is_ours_alone: bool = False

    @property
    def disposition(self) -> str:
        """The value of Content-Disposition; empty for what is played."""
        return content_disposition_header(bool(self.file_name), self.file_name) or ""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to `end`, exclusive."""

    start: int
    end: int

    def content_range(self, size_bytes: int | str) -> str:
        """The value of Content-Range; `*` for a size that is not known."""
        return f"bytes {self.start}-{self.end - 1}/{size_bytes}"


def ranged_response(
    request: HttpRequest, source: RangedSource | GrowingSource, sent: Sent
) -> HttpResponseBase:
    """Answer GET or HEAD with `source`: 200, 206, 304, 412 or 416.

    A file that is still being made leaves as it is made. If its size is known, so do its parts. If
    not, a part whose last byte is named leaves once that is there, its length as `*` (section
    14.4), and any other waits for the end of the file, but for `bytes=0-`, which is the whole:
    what ends before the file does would look complete to those who resume.
    """
    unmet = unmet_condition(request, source.etag)
    etag = source.etag
    if unmet is not None:
        response: HttpResponseBase = unmet
    elif request.method == "HEAD":
        response = _head(source, sent)
    else:
        begun = source.begin() if isinstance(source, GrowingSource) else source
        # Another machine, with another processor, may have made it meanwhile.
        etag = begun.etag
        response = unmet_condition(request, etag) or _whole_or_parts(request, begun, sent)
    add_headers(response, etag, sent)
    return response


def add_headers(response: HttpResponseBase, etag: str, sent: Sent) -> None:
    """What every answer with a file says, whoever sends the bytes."""
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = sent.cache_control
    response["ETag"] = f'"{etag}"'
    response["X-Content-Type-Options"] = "nosniff"
    if sent.disposition:
        response["Content-Disposition"] = sent.disposition
    for name, value in sent.headers.items():
        response[name] = value


def unmet_condition(request: HttpRequest, etag: str) -> HttpResponse | None:
    """The answer where a condition says that nothing is to be sent; None where there is none.

    If-Match by strong comparison, then If-None-Match by weak comparison (section 13.2.2).
    """
    match, none_match = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if match is not None and not _names(match, etag, weak=False):
        return HttpResponse(status=412)
    if none_match is not None and _names(none_match, etag, weak=True):
        return HttpResponse(status=304)
    return None


def _names(header: str, etag: str, *, weak: bool) -> bool:
    tags = {tag.strip() for tag in header.split(",")}
    wanted = {"*", f'"{etag}"'} | ({f'W/"{etag}"'} if weak else set())
    return not tags.isdisjoint(wanted)


def _whole_or_parts(
    request: HttpRequest, begun: RangedSource | UnendedSource, sent: Sent
) -> HttpResponseBase:
    ranges = _honored_ranges(request, begun.etag)
    if isinstance(begun, UnendedSource):
        if not ranges or ranges == [("0", "")]:
            content = cut_off_if_it_fails(begun.follow())
            return StreamingHttpResponse(content, content_type=sent.content_type)
        response = _early_part(begun, ranges, sent)
        if response is not None:
            return response
        begun = begun.finished()
    if not ranges:
        return _part(begun, Part(0, begun.size_bytes), sent, status=200)
    return _parts(begun, _satisfiable(ranges, begun.size_bytes), sent)


def _early_part(
    source: UnendedSource, ranges: Sequence[tuple[str, str]], sent: Sent
) -> StreamingHttpResponse | None:
    """One part with both ends, of a file whose size is not known yet; None if it must end first."""
    first, last = ranges[0]
    if len(ranges) > 1 or not (first and last):
        return None
    part = Part(int(first), int(last) + 1)
    content = source.reach(part.start, part.end)
    if content is None:
        return None
    response = StreamingHttpResponse(content, status=206, content_type=sent.content_type)
    response["Content-Length"] = str(part.end - part.start)
    response["Content-Range"] = part.content_range("*")
    return response


def _parts(source: RangedSource, parts: Sequence[Part], sent: Sent) -> HttpResponseBase:
    whole = Part(0, source.size_bytes)
    if not parts:
        return HttpResponse(
            status=416,
            content_type="text/plain; charset=utf-8",
            headers={"Content-Range": f"bytes */{source.size_bytes}"},
        )
    if len(parts) == 1:
        return _part(source, parts[0], sent, status=206)
    if sum(part.end - part.start for part in parts) > source.size_bytes:
        # Parts that overlap cost more than they are worth (section 14.2).
        return _part(source, whole, sent, status=200)
    return _multipart(source, parts, sent)


def _head(source: RangedSource | GrowingSource, sent: Sent) -> HttpResponseBase:
    """Range means nothing with HEAD (section 14.2); a size that is not known yet is not said."""
    size_bytes = source.foretold_bytes if isinstance(source, GrowingSource) else source.size_bytes
    if size_bytes is None:
        # Of an answer without content the server would say that its length is 0.
        return StreamingHttpResponse(iter(()), content_type=sent.content_type)
    response = HttpResponse(content_type=sent.content_type)
    response["Content-Length"] = str(size_bytes)
    return response


def _honored_ranges(request: HttpRequest, etag: str) -> list[tuple[str, str]]:
    """First and last position of each range, as written; none if the header is to be ignored."""
    header = request.headers.get("Range", "")
    condition = request.headers.get("If-Range")
    # A date never matches, since no Last-Modified is sent; nor does a weak tag (section 13.1.5).
    if condition is not None and condition.strip() != f'"{etag}"':
        return []
    found = _RANGES.fullmatch(header.strip()) if len(header) <= RANGE_CHARS_MAX else None
    if found is None:
        return []
    specs = [spec.strip() for spec in found[1].split(",")]
    matches = [_RANGE.fullmatch(spec) for spec in specs if spec]
    ranges = [(match[1], match[2]) for match in matches if match is not None]
    if len(ranges) != len(matches) or len(ranges) > PART_COUNT_MAX:
        return []
    return ranges if all(_is_valid(first, last) for first, last in ranges) else []


def _is_valid(first: str, last: str) -> bool:
    """An invalid specifier is ignored as a whole, so that the file is sent (section 14.1.1)."""
    if not first:
        return bool(last)
    return not last or int(first) <= int(last)


def _satisfiable(ranges: Sequence[tuple[str, str]], size_bytes: int) -> list[Part]:
    """Those parts that lie within the file, cut to it."""
    parts = []
    for first, last in ranges:
        if not first:
            part = Part(max(0, size_bytes - int(last)), size_bytes)
        else:
            part = Part(int(first), min(int(last) + 1, size_bytes) if last else size_bytes)
        if part.start < part.end:
            parts.append(part)
    return parts


def _part(source: RangedSource, part: Part, sent: Sent, *, status: int) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        source.read(part.start, part.end), status=status, content_type=sent.content_type
    )
    response["Content-Length"] = str(part.end - part.start)
    if status == 206:  # noqa: PLR2004 (Partial Content)
        response["Content-Range"] = part.content_range(source.size_bytes)
    return response


def _multipart(source: RangedSource, parts: Sequence[Part], sent: Sent) -> StreamingHttpResponse:
    """Several parts as multipart/byteranges (section 14.6)."""
    boundary = secrets.token_hex(16)
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {sent.content_type}\r\n"
        f"Content-Range: {part.content_range(source.size_bytes)}\r\n\r\n".encode()
        for part in parts
    ]
    tail = f"\r\n--{boundary}--\r\n".encode()

    def chunks() -> Iterator[bytes]:
        for head, part in zip(heads, parts, strict=True):
            yield head
            yield from source.read(part.start, part.end)
        yield tail

    response = StreamingHttpResponse(
        chunks(), status=206, content_type=f"multipart/byteranges; boundary={boundary}"
    )
    size = sum(map(len, heads)) + sum(part.end - part.start for part in parts) + len(tail)
    response["Content-Length"] = str(size)
    return response
