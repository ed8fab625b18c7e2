"""Turns at checking messages: a large one keeps a web process busy for seconds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.cache import cache

from pennywhistle.interfaces.common.open_answers import OpenAnswers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

checks_per_hour_max = 120
# Of one web process, and of one person in it.
CHECKS_AT_ONCE = OpenAnswers(count_max=2, of_one_max=1)
BUSY_RETRY_AFTER_S = 10
_HOUR_S = 3_600


class NoTurnError(Exception):
    """Not now; `retry_after_s` says when. `is_spent`: this person has had all of the hour."""

    code = "no-turn"

    def __init__(self, retry_after_s: int, *, is_spent: bool) -> None:
        super().__init__(f"No turn for {retry_after_s} s.")
        self.retry_after_s = retry_after_s
        self.is_spent = is_spent


@contextmanager
def turn_of(person_id: int, *, at: datetime) -> Iterator[None]:
    """A person's turn, which counts for the hour. Raises NoTurnError."""
    hour, passed_s = divmod(int(at.timestamp()), _HOUR_S)
    key = f"ern-checks:{person_id}:{hour}"
    had = int(cache.get(key, 0))
    if had >= checks_per_hour_max:
        raise NoTurnError(_HOUR_S - passed_s, is_spent=True)
    place = CHECKS_AT_ONCE.take(person=person_id)
    if place is None:
        raise NoTurnError(BUSY_RETRY_AFTER_S, is_spent=False)
    try:
        # One person has one turn at a time, so that nearly none is counted as another.
        cache.set(key, had + 1, timeout=_HOUR_S)
        yield
    finally:
        place.leave()
