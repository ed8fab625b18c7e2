"""The fingerprint index on disk: one process at a time has it, and fills in what it lacks.

A file named `complete` says that every sound is in it. Whoever finds the index damaged or behind
takes that file away; until it is back, nothing is compared, and deliveries wait.
"""

from __future__ import annotations

import fcntl
import logging
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.copies.limits import (
    FILL_BATCH,
    FILLED_AT_ONCE_MAX,
    TURN_POLL_S,
    TURN_WAIT_S,
)
from pennywhistle.apps.copies.models import Sound
from pennywhistle.apps.media.models import Hearing
from pennywhistle.engines.fingerprint import (
    BadFingerprintError,
    Fingerprint,
    Index,
    IndexBusyError,
    IndexDamagedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Progress = Callable[[int, int], None]

logger = logging.getLogger(__name__)

_COMPLETE, _TURN = "complete", "turn"


class IndexUnavailableError(Exception):
    """The index is being made again, or somebody else has it; come back in a minute."""

    code = "index-unavailable"


def unheard(done: int, total: int) -> None:
    """Nobody watches."""


def index_folder() -> Path:
    """Where the index lies."""
    return Path(settings.FINGERPRINTS)


def is_complete() -> bool:
    """Whether every sound is known to be in the index."""
    return (index_folder() / _COMPLETE).exists()


def distrust() -> None:
    """Compare nothing until the index was filled again."""
    (index_folder() / _COMPLETE).unlink(missing_ok=True)


@contextmanager
def turn(*, wait_s: float = TURN_WAIT_S) -> Iterator[None]:
    """Be the only one who writes to the index; it ends with the process at the latest.

    Raises IndexUnavailableError where somebody else has it for longer than `wait_s`.
    """
    folder = index_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _TURN).open("ab") as file:
        give_up_at = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= give_up_at:
                    raise IndexUnavailableError(
                        "The fingerprint index is being worked on."
                    ) from error
                time.sleep(TURN_POLL_S)
            else:
                break
        yield


@contextmanager
def complete_index() -> Iterator[Index]:
    """The index for writing, with every sound in it; only within one's `turn`.

    What a few sounds lack is put right at once. Raises IndexUnavailableError where it takes longer:
    `rebuild` is called by the clock, or an operator.
    """
    with _opened() as index:
        newest = newest_sound()
        if newest is not None and newest not in index:
            # Another folder than this database's, or an older copy of it.
            distrust()
        if not is_complete():
            if Sound.objects.count() - len(index) > FILLED_AT_ONCE_MAX:
                raise IndexUnavailableError("The fingerprint index is being made again.")
            fill(index)
        yield index


def newest_sound() -> int | None:
    """The number of the newest sound."""
    return Sound.objects.order_by("-id").values_list("id", flat=True).first()


@contextmanager
def index_to_read() -> Iterator[Index]:
    """The index as it is on disk, beside whoever writes to it.

    Raises IndexUnavailableError where it is damaged, or not known to be complete.
    """
    if not is_complete():
        raise IndexUnavailableError("The fingerprint index is being made again.")
    try:
        with Index(index_folder(), writable=False) as index:
            yield index
    except (IndexDamagedError, OSError) as error:
        distrust()
        raise IndexUnavailableError("The fingerprint index cannot be read.") from error


@contextmanager
def _opened() -> Iterator[Index]:
    try:
        index = Index(index_folder())
    except IndexDamagedError as error:
        logger.exception("The fingerprint index is damaged, and is made again.")
        distrust()
        if Sound.objects.count() > FILLED_AT_ONCE_MAX:
            raise IndexUnavailableError("The fingerprint index is being made again.") from error
        wipe()
        index = Index(index_folder())
    except IndexBusyError as error:
        raise IndexUnavailableError("The fingerprint index is being worked on.") from error
    with index:
        yield index


def wipe() -> None:
    """Take the index's files away; only within one's `turn`."""
    for file in index_folder().iterdir():
        if file.name != _TURN:
            file.unlink()


def fill(index: Index, *, progress: Progress = unheard) -> int:
    """Put every sound in that is not, and say that the index is complete; how many were put in.

    Killed, it goes on from where it was.
    """
    total, done, added = Sound.objects.count(), 0, 0
    for sounds in in_batches():
        missing = [sound for sound in sounds if sound.pk not in index]
        known = fingerprints_of(sound.sha256 for sound in missing)
        index.add_many((each.pk, known[each.sha256]) for each in missing if each.sha256 in known)
        added += len(missing)
        done += len(sounds)
        progress(done, max(total, done))
    (index_folder() / _COMPLETE).touch()
    return added


def in_batches() -> Iterator[list[Sound]]:
    """All sounds by number, some hundred at a time."""
    last = 0
    while sounds := list(Sound.objects.filter(id__gt=last).order_by("id")[:FILL_BATCH]):
        yield sounds
        last = sounds[-1].pk


def fingerprints_of(sha256s: Iterable[str]) -> dict[str, Fingerprint]:
    """The fingerprints of contents that were heard, by content; one that is damaged is left out."""
    rows = Hearing.objects.filter(sha256__in=list(sha256s)).values_list("sha256", "fingerprint")
    found = {}
    for sha256, data in rows:
        try:
            found[sha256] = Fingerprint.from_bytes(bytes(data))
        except BadFingerprintError:
            logger.exception("The fingerprint of %s cannot be read.", sha256)
    return found
