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
_SHARE_OF_THREADS = 5 / 8


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

    def hold(self, response: StreamingHttpResponse, *, person: Hashable) -> bool:
        """Count the answer until it is closed; False if there are too many already.

        While it is sent, its thread needs no connection to the database.
        """
        with self._lock:
            is_full = len(self) >= self._count_max
            if is_full or (person is not None and self._open[person] >= self._of_one_max):
                return False
            self._open[person] += 1
        # Ours are never asynchronous.
        content = cast("Iterator[bytes]", response.streaming_content)
        response.streaming_content = _Held(content, lambda: self._leave(person))
        if not connection.in_atomic_block:
            connection.close()
        return True

    def _leave(self, person: Hashable) -> None:
        with self._lock:
            self._open[person] -= 1
            if self._open[person] <= 0:
                del self._open[person]


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


OPEN_ANSWERS = OpenAnswers(
    count_max=max(2, int(settings.WEB_THREADS * _SHARE_OF_THREADS)), of_one_max=OF_ONE_PERSON_MAX
)
