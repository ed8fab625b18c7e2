"""What anybody may have made, passages and pictures: behind what buyers wait for, and bounded."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.delivery import making
from pennywhistle.apps.delivery.cache import kept_rendition, kept_renditions
from pennywhistle.apps.delivery.errors import BusyError
from pennywhistle.apps.delivery.limits import ASIDE_PATIENCE_S, ASIDE_RETRY_AFTER_S, ENCODING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pennywhistle.apps.delivery.kept import Kept

# Requests that wait at once, in one process: few beside all that it can answer.
_waiting = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 8))


def made_aside(key: str, make: Callable[[], Kept], *, kind: str, now: datetime) -> Kept:
    """What is kept under this key, or is made now, once, however many ask for it.

    Whoever is told to come again finds it made, or nearer to its turn.

    Raises:
        BusyError: too many wait already, or it takes longer than a request may wait.
        DeliveryError: it could not be made.
    """
    kept = kept_rendition(key, now=now)
    if kept is not None:
        return kept
    if not _waiting.acquire(blocking=False):
        raise BusyError(ASIDE_RETRY_AFTER_S)
    try:
        joined = _join(key, make, kind=kind, now=now)
        if not joined.wait_for(ENCODING.output_bytes_max + 1, seconds_max=ASIDE_PATIENCE_S):
            raise BusyError(ASIDE_RETRY_AFTER_S)
        return joined.finished()
    finally:
        _waiting.release()


@dataclass(frozen=True, slots=True)
class Begun:
    """How far something is: `kept` once it is made; None while it is made, or after it failed."""

    kept: Kept | None = None
    has_failed: bool = False

    @property
    def is_coming(self) -> bool:
        """Whether to ask again in a moment."""
        return self.kept is None and not self.has_failed


def begin_aside(
    makes: Mapping[str, Callable[[], Kept]], *, kind: str, now: datetime
) -> dict[str, Begun]:
    """The same of several, by key, without waiting for any: a page that shows them comes again."""
    kept = kept_renditions([*makes], now=now)
    return {
        key: Begun(kept[key]) if key in kept else _begin(key, make, kind=kind, now=now)
        for key, make in makes.items()
    }


def _begin(key: str, make: Callable[[], Kept], *, kind: str, now: datetime) -> Begun:
    try:
        joined = _join(key, make, kind=kind, now=now)
    except BusyError:
        return Begun()
    if not joined.has_ended:
        return Begun()
    return Begun(has_failed=True) if joined.has_failed else Begun(joined.finished())


def _join(key: str, make: Callable[[], Kept], *, kind: str, now: datetime) -> making.Making:
    return making.join(
        key,
        lambda _: kept_rendition(key, now=now) or make(),
        in_background=True,
        ask=making.Ask(kind=kind, shows_late=True, look=lambda: kept_rendition(key, now=now)),
    )
