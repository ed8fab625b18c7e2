"""Ranges and conditions, as RFC 9110 says."""

from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Self

import pytest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from pennywhistle.interfaces.common.ranged import PART_COUNT_MAX, Sent, ranged_response

if TYPE_CHECKING:
    from email.message import Message

CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)
SENT = Sent("audio/flac", "private, no-store", "07 Größe.flac")


class Whole:
    """A file that is there, and notes what was read of it."""

    etag = "abc"
    size_bytes = SIZE

    def __init__(self) -> None:
        self.reads: list[tuple[int, int]] = []

    def read(self, start: int, end: int) -> Iterator[bytes]:
        self.reads.append((start, end))
        for at in range(start, end, 1000):
            yield CONTENT[at : min(at + 1000, end)]


class Growing:
    """A file that is being made, of unknown size, and notes who waited for its end."""

    etag = "abc"
    foretold_bytes: int | None = None

    def __init__(self) -> None:
        self.begun = 0
        self.waited = 0

    def begin(self) -> Self:
        self.begun += 1
        return self

    def follow(self) -> Iterator[bytes]:
        yield CONTENT[:5000]
        yield CONTENT[5000:]

    def reach(self, start: int, end: int) -> Iterator[bytes] | None:
        return iter([CONTENT[start:end]]) if end <= SIZE else None

    def finished(self) -> Whole:
        self.waited += 1
        return Whole()


class Foretold:
    """A file that is being made, and whose size is known from its beginning."""

    etag = "abc"
    foretold_bytes = SIZE

    def begin(self) -> Whole:
        return Whole()


def ask(
    source: Whole | Growing | Foretold, *, method: str = "GET", **headers: str
) -> HttpResponseBase:
    request = RequestFactory().generic(
        method, "/file", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return ranged_response(request, source, SENT)


def body(response: HttpResponseBase) -> bytes:
    return response.getvalue()


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, SIZE),
        ("bytes=5-9", 5, 10),
        ("bytes=-500", SIZE - 500, SIZE),
        ("bytes=-1", SIZE - 1, SIZE),
        (f"bytes=-{SIZE + 1}", 0, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        (f"bytes={SIZE - 1}-{SIZE + 100}", SIZE - 1, SIZE),
        (f"bytes=1-{10**30}", 1, SIZE),
        ("BYTES=5-9", 5, 10),
        ("bytes=5-9,", 5, 10),
        (f"bytes={SIZE}-, 5-9", 5, 10),
        ("bytes=-0, 5-9", 5, 10),
    ],
)
def test_a_part_is_sent(asked: str, start: int, end: int) -> None:
    response = ask(Whole(), Range=asked)

    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert response["Content-Length"] == str(end - start)
    assert body(response) == CONTENT[start:end]


@pytest.mark.parametrize(
    "asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE}", "bytes=-0", f"bytes={10**40}-"]
)
def test_a_part_past_the_end_is_refused(asked: str) -> None:
    response = ask(Whole(), Range=asked)

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"
    assert body(response) == b""


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-2",
        "bytes=0-0, 5-2",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=0x1-2",
        "bytes=1",
        "bytes 0-1",
        "bytes=\u0660-\u0661",
        "items=0-1",
        "bytes=" + ",".join("0-0" for _ in range(PART_COUNT_MAX + 1)),
        "bytes=" + ",".join(f"{at}-{at}" for at in range(10_000)),
        "bytes=" + "1" * 5000 + "-",
        f"bytes=0-, 0-{SIZE}",
    ],
)
def test_a_range_that_means_nothing_is_ignored(asked: str) -> None:
    response = ask(Whole(), Range=asked)

    assert response.status_code == 200
    assert response["Content-Length"] == str(SIZE)
    assert "Content-Range" not in response
    assert body(response) == CONTENT


def test_several_parts_come_as_one_answer_of_known_length() -> None:
    source = Whole()
    response = ask(source, Range="bytes=0-0, 100-199, -3")
    content = body(response)

    assert response.status_code == 206
    assert len(content) == int(response["Content-Length"])
    head = f"Content-Type: {response['Content-Type']}\r\n\r\n".encode()
    message: Message = BytesParser(policy=HTTP).parsebytes(head + content)
    parts = list(message.iter_parts())  # type: ignore[attr-defined]
    assert [part["Content-Range"] for part in parts] == [
        f"bytes 0-0/{SIZE}",
        f"bytes 100-199/{SIZE}",
        f"bytes {SIZE - 3}-{SIZE - 1}/{SIZE}",
    ]
    assert [part["Content-Type"] for part in parts] == ["audio/flac"] * 3
    assert source.reads == [(0, 1), (100, 200), (SIZE - 3, SIZE)]


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"abc"', 206),
        (' "abc" ', 206),
        ('"old"', 200),
        ('W/"abc"', 200),
        ("abc", 200),
        ("Sat, 21 Nov 2026 12:00:00 GMT", 200),
    ],
)
def test_a_part_of_another_version_becomes_the_whole(condition: str, status: int) -> None:
    response = ask(Whole(), Range="bytes=0-9", If_Range=condition)

    assert response.status_code == status
    assert body(response) == (CONTENT[:10] if status == 206 else CONTENT)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": '"abc"'}, 304),
        ({"If_None_Match": 'W/"abc"'}, 304),
        ({"If_None_Match": '"x", "abc"'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"x"'}, 200),
        ({"If_None_Match": '"abc"', "Range": "bytes=0-1"}, 304),
        ({"If_Match": '"abc"'}, 200),
        ({"If_Match": 'W/"abc"'}, 412),
        ({"If_Match": '"x"'}, 412),
        ({"If_Match": "*"}, 200),
    ],
)
def test_conditions_are_kept(headers: dict[str, str], status: int) -> None:
    source = Whole()
    response = ask(source, **headers)

    assert response.status_code == status
    assert response["ETag"] == '"abc"'
    assert body(response) == (CONTENT if status == 200 else b"")


def test_head_tells_the_size_and_reads_nothing() -> None:
    source = Whole()
    response = ask(source, method="HEAD", Range="bytes=0-9")

    assert (response.status_code, response["Content-Length"]) == (200, str(SIZE))
    assert response["Accept-Ranges"] == "bytes"
    assert body(response) == b""
    assert source.reads == []


@pytest.mark.parametrize("asked", ["", "bytes=0-", "bytes=5-2"])
def test_a_growing_file_leaves_while_it_grows(asked: str) -> None:
    source = Growing()
    response = ask(source, Range=asked)

    assert response.status_code == 200
    assert "Content-Length" not in response
    assert (body(response), source.waited) == (CONTENT, 0)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=-500", SIZE - 500, SIZE), ("bytes=5-", 5, SIZE), (f"bytes=5-{SIZE}", 5, SIZE)],
)
def test_a_part_that_needs_the_size_waits_for_the_end(asked: str, start: int, end: int) -> None:
    source = Growing()
    response = ask(source, Range=asked)

    assert (response.status_code, source.waited) == (206, 1)
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert body(response) == CONTENT[start:end]


def test_a_part_with_both_ends_leaves_before_the_size_is_known() -> None:
    source = Growing()
    response = ask(source, Range="bytes=5-9")

    assert (response.status_code, source.waited) == (206, 0)
    assert (response["Content-Range"], response["Content-Length"]) == ("bytes 5-9/*", "5")
    assert body(response) == CONTENT[5:10]


def test_a_part_past_the_end_of_what_is_made_is_refused_when_it_is_made() -> None:
    response = ask(Growing(), Range=f"bytes={SIZE}-{SIZE + 5}")

    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{SIZE}")


@pytest.mark.parametrize(
    "asked", ["", "bytes=0-", "bytes=-5", "bytes=5-9, 20-29", f"bytes={SIZE}-"]
)
def test_a_growing_file_of_known_size_is_answered_like_any_other(asked: str) -> None:
    growing, kept = ask(Foretold(), Range=asked), ask(Whole(), Range=asked)

    assert growing.status_code == kept.status_code
    assert growing.get("Content-Range") == kept.get("Content-Range")
    assert growing.get("Content-Length") == kept.get("Content-Length")
    assert len(body(growing)) == len(body(kept))


def test_head_and_conditions_do_not_wait_for_a_growing_file() -> None:
    source = Growing()

    assert ask(source, method="HEAD").status_code == 200
    assert ask(source, If_None_Match='"abc"').status_code == 304
    assert (source.begun, source.waited) == (0, 0)


def test_head_tells_a_size_that_is_known_before_the_file_is_made() -> None:
    known, unknown = ask(Foretold(), method="HEAD"), ask(Growing(), method="HEAD")

    assert known["Content-Length"] == str(SIZE)
    assert "Content-Length" not in unknown
    # Else the server says 0.
    assert unknown.streaming


class Other(Whole):
    """What another machine has made, with other bytes."""

    etag = "other"


class Overtaken(Foretold):
    """A file that another machine has made by the time it is wanted."""

    def begin(self) -> Whole:
        return Other()


def test_bytes_of_another_machine_are_under_a_tag_of_their_own() -> None:
    resumed = ask(Overtaken(), Range="bytes=10-", If_Range='"abc"')

    # The beginning that the client has may be another file's: it starts over.
    assert (resumed.status_code, resumed["ETag"]) == (200, '"other"')
    assert body(resumed) == CONTENT
    assert ask(Overtaken(), If_None_Match='"other"').status_code == 304
    assert ask(Overtaken(), If_Match='"abc"').status_code == 412


def test_a_name_of_any_script_travels_in_ascii() -> None:
    disposition = ask(Whole())["Content-Disposition"]

    assert disposition == "attachment; filename*=utf-8''07%20Gr%C3%B6%C3%9Fe.flac"


# Closing a response tells Django that the request is over, which looks after its connections.
@pytest.mark.django_db
def test_a_reader_who_leaves_closes_the_file() -> None:
    closed = []

    class Closing(Whole):
        def read(self, start: int, end: int) -> Iterator[bytes]:
            try:
                yield from super().read(start, end)
            finally:
                closed.append(True)

    response = ask(Closing())
    next(iter(response))
    response.close()

    assert closed == [True]
