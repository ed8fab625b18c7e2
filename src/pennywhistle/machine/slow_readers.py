"""Readers who leave waiting what they asked for: after a while their connections are cut off.

The web server knows no limit to how long a reader may take. What an answer holds meanwhile, a
thread or its bytes, is missing to others. A file that was cut off is resumed by whoever wants it.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.machine.connections import Passed, cut, incoming

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pennywhistle.machine.connections import Ends

logger = logging.getLogger(__name__)

LOOK_S = 5.0
# Whoever has taken less than this of what waits, in this time, is too slow. A player that is paused
# takes nothing for minutes.
PATIENCE_S = 300.0
TAKEN_BYTES_MIN = 64 << 10
# Whoever leaves answers waiting while many do is given less time.
PATIENCE_OF_MANY_S = 15.0


@dataclass(slots=True)
class _Seen:
    """When a connection had last taken enough, or had nothing to take; and what it had by then."""

    at_s: float
    taken_bytes: int


@dataclass(eq=False)
class SlowReaders:
    """The connections of this process, as they were seen look by look.

    More than `stalled_max` that take too little at once are no accident: they are given less time.
    """

    stalled_max: int
    look_at: Callable[[], Mapping[Ends, Passed]] = incoming
    cut_off: Callable[[Ends], bool] = cut
    _seen: dict[Ends, _Seen] = field(default_factory=dict)

    def look(self, now_s: float) -> int:
        """Cut off who is too slow, at this instant of the monotonic clock; answers how many."""
        there = self.look_at()
        self._seen = {
            ends: self._as_seen(self._seen.get(ends), passed, now_s)
            for ends, passed in there.items()
        }
        stalled = {ends: now_s - seen.at_s for ends, seen in self._seen.items()}
        many = sum(for_s >= PATIENCE_OF_MANY_S for for_s in stalled.values()) > self.stalled_max
        patience_s = PATIENCE_OF_MANY_S if many else PATIENCE_S
        slow = [ends for ends, for_s in stalled.items() if for_s >= patience_s]
        count = sum(self.cut_off(ends) for ends in slow)
        if count:
            logger.warning("%d readers were too slow, and were cut off.", count)
        return count

    @staticmethod
    def _as_seen(seen: _Seen | None, passed: Passed, now_s: float) -> _Seen:
        if seen is None or not passed.waiting_bytes:
            return _Seen(now_s, passed.taken_bytes)
        if passed.taken_bytes < seen.taken_bytes:
            # Another connection, from a port that is used again.
            return _Seen(now_s, passed.taken_bytes)
        has_taken = passed.taken_bytes - seen.taken_bytes >= TAKEN_BYTES_MIN
        return _Seen(now_s, passed.taken_bytes) if has_taken else seen


def watch_readers(*, stalled_max: int) -> None:
    """Look now and then, in a thread, for as long as the process lives."""
    readers = SlowReaders(stalled_max)
    threading.Thread(target=_watch, args=[readers], name="watch readers", daemon=True).start()


def _watch(readers: SlowReaders) -> None:
    while True:
        time.sleep(LOOK_S)
        try:
            readers.look(time.monotonic())
        except Exception:
            logger.exception("The readers were not looked at.")
