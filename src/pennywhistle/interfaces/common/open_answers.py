"""Large answers on their way: counted, so that slow readers leave threads for everybody else.

The server writes an answer from one of its threads for as long as the reader takes, and knows no
limit to that. So a process hands out only so many at once, and to one person a few of them. Behind
a proxy that buffers, none lasts longer than the proxy takes (docs/running/storage.md).
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Self, cast

from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from django.http import StreamingHttpResponse

# Smaller ones are in the buffers of both ends at once.
LARGE_BYTES = 1 << 20
OF_ONE_PERSON_MAX = 8


class OpenAnswers:
    """How many answers are on their way from this process, and to whom."""

    def __init__(self, *, count_max: int, of_one_max: int) -> None:
        self._count_max = count_max
        self._of_one_max = of_one_max
        self._lock = threading.Lock()
        self._open: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        """How many."""
        return self._open.total()

    def take(self, *, person: Hashable) -> Place | None:
        """A place for an answer, kept until it is left; None if there are too many already."""
        with self._lock:
            is_full = len(self) >= self._count_max
            if is_full or (person is not None and self._open[person] >= self._of_one_max):
                return None
            self._open[person] += 1
        return Place(lambda: self._leave(person))

    def _leave(self, person: Hashable) -> None:
        with self._lock:
            self._open[person] -= 1
            if self._open[person] <= 0:
                del self._open[person]


class Place:
    """Where an answer is counted: while somebody waits for it, and while it is sent."""

    def __init__(self, on_leave: Callable[[], None]) -> None:
        self._on_leave: Callable[[], None] | None = on_leave

    def leave(self) -> None:
        """Make room for another; once, however often it is said."""
        on_leave, self._on_leave = self._on_leave, None
        if on_leave is not None:
            on_leave()

    def keep_for(self, response: StreamingHttpResponse) -> None:
        """Leave when the answer is closed.

        While it is sent, its thread needs no connection to the database.
        """
        # Ours are never asynchronous.
        content = cast("Iterator[bytes]", response.streaming_content)
        response.streaming_content = _Held(content, self.leave)
        let_go_of_database()


def let_go_of_database() -> None:
    """Give the connection back before something long; the next query takes one again."""
    if not connection.in_atomic_block:
        connection.close()


class _Held:
    """An answer's content, with word of its end."""

    def __init__(self, content: Iterator[bytes], on_close: Callable[[], None]) -> None:
        self._content = content
        self._on_close: Callable[[], None] | None = on_close

    def __iter__(self) -> Self:
        """Iterate over the pieces."""
        return self

    def __next__(self) -> bytes:
        """The next piece."""
        return next(self._content)

    def close(self) -> None:
        """Say that it has ended, once."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()

    def __del__(self) -> None:
        """An answer that was dropped without closing has ended too."""
        self.close()


OPEN_ANSWERS = OpenAnswers(count_max=settings.LARGE_ANSWERS_MAX, of_one_max=OF_ONE_PERSON_MAX)
