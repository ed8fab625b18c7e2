"""Keeping the index whole: what commands and the clock do. It is derived, and can be made again."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.copies.index_folder import (
    IndexUnavailableError,
    distrust,
    fill,
    in_batches,
    index_folder,
    is_complete,
    turn,
    unheard,
    wipe,
)
from pennywhistle.apps.copies.models import Sound
from pennywhistle.engines.fingerprint import Index, IndexBusyError, IndexDamagedError

if TYPE_CHECKING:
    from pennywhistle.apps.copies.index_folder import Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """How the index stands; `defect` says why it cannot be read."""

    sound_count: int
    indexed_count: int
    size_bytes: int
    is_complete: bool
    defect: str = ""


def rebuild_index(*, progress: Progress = unheard) -> int:
    """Make the index again from what was heard; how many sounds are in. Deliveries wait meanwhile.

    Raises IndexUnavailableError: somebody else is working on it.
    """
    with turn():
        distrust()
        wipe()
        with Index(index_folder()) as index:
            return fill(index, progress=progress)


def mend_index(*, progress: Progress = unheard) -> int:
    """Go on with an index that is not complete, from where it is; how many sounds were put in.

    One that is damaged is made again. Nothing to do: 0, without opening it.
    """
    if is_complete() or not Sound.objects.exists():
        return 0
    try:
        with turn(wait_s=0), Index(index_folder()) as index:
            return fill(index, progress=progress)
    except IndexDamagedError:
        logger.exception("The fingerprint index is damaged, and is made again.")
        return rebuild_index(progress=progress)


def verify_index(*, progress: Progress = unheard) -> int:
    """Read all of the index, and whether every sound is in it; how many were missing.

    What is damaged or missing is put right by `mend_index`, until when nothing is compared. Raises
    IndexDamagedError with the name of the file, once that is noted.
    """
    try:
        with Index(index_folder(), writable=False) as index:
            index.verify()
            total, done, missing = Sound.objects.count(), 0, 0
            for sounds in in_batches():
                index.refresh()
                missing += sum(sound.pk not in index for sound in sounds)
                done += len(sounds)
                progress(done, max(total, done))
    except IndexDamagedError:
        distrust()
        raise
    if missing:
        distrust()
    return missing


def merge_index() -> int:
    """Make few large segments of many small ones; how many times. Others have it in between."""
    merged = 0
    while True:
        with turn():
            try:
                with Index(index_folder()) as index:
                    if not index.merge():
                        return merged
            except IndexBusyError as error:
                raise IndexUnavailableError("The fingerprint index is being worked on.") from error
        merged += 1


def index_status() -> Status:
    """How the index stands, read beside whoever writes to it."""
    sounds = Sound.objects.count()
    try:
        with Index(index_folder(), writable=False) as index:
            return Status(sounds, len(index), index.size_bytes, is_complete())
    except (IndexDamagedError, OSError) as error:
        return Status(sounds, 0, 0, is_complete=False, defect=str(error))
