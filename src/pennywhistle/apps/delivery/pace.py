"""How long things take to make, learned from those that were made."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.limits import RETRY_AFTER_S_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable

# Before anything was made: twenty times as fast as it plays; five seconds for what has no length.
_SHARE_AT_FIRST = 0.05
_SECONDS_AT_FIRST = 5.0
# How much the newest counts: after ten, the first one is all but forgotten.
_NEWEST = 0.3


class Pace:
    """Seconds of work by kind of thing: for each second that it plays, or for each thing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, bool], float] = {}

    def note(self, kind: str, *, length_s: float, took_s: float) -> None:
        """Learn that something of this length took so long; a length of 0 is none."""
        key, measured = (kind, length_s > 0), took_s / (length_s or 1.0)
        with self._lock:
            known = self._known.get(key)
            self._known[key] = measured if known is None else known + _NEWEST * (measured - known)

    def expect_s(self, kind: str, *, length_s: float) -> float:
        """How long such a thing will take."""
        at_first = _SHARE_AT_FIRST if length_s > 0 else _SECONDS_AT_FIRST
        with self._lock:
            return self._known.get((kind, length_s > 0), at_first) * (length_s or 1.0)


def wait_s(*, ahead_s: Iterable[float], running_s: Iterable[float], width: int) -> float:
    """How long until a place is free, when the work under way and ahead is shared by `width`.

    Args:
        ahead_s: what those before will take.
        running_s: what is left of those under way.
        width: how many are worked on at once.
    """
    free_at = sorted([*running_s, *[0.0] * width], reverse=True)[:width]
    for each in ahead_s:
        # The place that is free first takes the next one.
        free_at.append(free_at.pop() + each)
        free_at.sort(reverse=True)
    return free_at[-1]


def retry_after_s(seconds: float) -> int:
    """Whole seconds, at least one, for the header of this name (RFC 9110, section 10.2.3)."""
    return max(1, min(RETRY_AFTER_S_MAX, math.ceil(seconds)))
