"""An answer of unknown length that fails on its way: cut off, so that nobody takes it for whole.

The web server (granian 2) ends whatever it sends with HTTP's last chunk, whatever an application
raises, and does not say which connection a request came on. So the last bytes before the failure
are sent in odd portions, and the connection that grows by just these is the one.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import Counter
from typing import TYPE_CHECKING

from pennywhistle.machine.connections import cut, incoming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.machine.connections import Ends

logger = logging.getLogger(__name__)
HELD_BYTES = 120
# Drawn anew for each answer: several that fail at once do not look alike for long.
_PORTION_BYTES_MIN, _PORTION_BYTES_MAX = 3, 15
# Around a chunk of less than 16 bytes: its length and two line ends (RFC 9112, section 7.1).
_FRAME_BYTES = 5
# Others that fail at the same moment grow by the same now and then, but not thrice.
_SURE_AFTER = 3
# For how long each portion is looked for: what was sent before it may still be on its way.
_PATIENCE_S = (0.2, 0.4, 0.8, 1.6, 3.2, 3.2, 6.4, 6.4)
_EMPTY_AFTER_S = 5.0
_LOOK_S = 0.01


def cut_off_if_it_fails(content: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes; should `content` raise, the connection that they leave on ends with a reset.

    What `content` raised is raised again, for the log.
    """
    held = b""
    try:
        for piece in content:
            held += piece
            if len(held) > HELD_BYTES:
                yield held[:-HELD_BYTES]
                held = held[-HELD_BYTES:]
    except Exception:
        yield from _find_and_cut(held)
        raise
    if held:
        yield held


def _find_and_cut(held: bytes) -> Iterator[bytes]:
    """Yield what was held back, and cut the connection off that it is seen to leave on."""
    hits: Counter[Ends] = Counter()
    for patience_s in _PATIENCE_S:
        size = _PORTION_BYTES_MIN + secrets.randbelow(_PORTION_BYTES_MAX - _PORTION_BYTES_MIN + 1)
        portion, held = held[:size], held[size:]
        if not portion:
            break
        before = {ends: passed.written_bytes for ends, passed in incoming().items()}
        yield portion
        hits.update(_grown(before, len(portion), patience_s))
        if len(_likeliest(hits)) == 1:
            break
    likeliest = _likeliest(hits)
    # Of several, all but one are somebody else's, whole: they are not cut off on suspicion.
    if len(likeliest) != 1 or not _cut_when_empty(likeliest[0]):
        logger.error("A connection whose answer failed was not found, and ends like a whole one.")


def _cut_when_empty(ends: Ends) -> bool:
    """A reset takes along what the reader has not taken yet: so give it a moment for that."""
    deadline = time.monotonic() + _EMPTY_AFTER_S
    while time.monotonic() < deadline:
        passed = incoming().get(ends)
        if passed is None or not passed.waiting_bytes:
            break
        time.sleep(_LOOK_S)
    return cut(ends)


def _likeliest(hits: Counter[Ends]) -> list[Ends]:
    """Those that grew with every portion, or nearly; none before that can be no chance."""
    most = max(hits.values(), default=0)
    return [ends for ends, count in hits.items() if count == most >= _SURE_AFTER]


def _grown(before: dict[Ends, int], size_bytes: int, patience_s: float) -> list[Ends]:
    """The connections that have grown by so much, in a chunk or without; waits for one."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and before:
        time.sleep(_LOOK_S)
        grown = [
            ends
            for ends, passed in incoming().items()
            if passed.written_bytes - before.get(ends, 0) in {size_bytes, size_bytes + _FRAME_BYTES}
        ]
        if grown:
            return grown
    return []
