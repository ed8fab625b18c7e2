"""Telling a disk that is not mounted from masters that are lost: each has a marker in its root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import StoredMaster
from pennywhistle.machine.storage import BucketFolder, UnreachableError

if TYPE_CHECKING:
    from pathlib import Path

MARKER = ".pennywhistle-masters"
_TEXT = "Pennywhistle keeps masters on this volume. Without this file it takes it for unmounted.\n"
# Of the masters on record, how many are looked for in a folder that bears no marker yet.
_LOOKED_FOR = 20


class VolumeAwayError(UnreachableError):
    """A folder of masters is not there, or is not the one that it was: nothing is lost by that."""

    code = "volume-away"


def mark(root: Path) -> None:
    """Take a folder into use."""
    root.mkdir(parents=True, exist_ok=True)
    (root / MARKER).write_text(_TEXT, encoding="utf-8")


def require_mark(root: Path) -> None:
    """Raise VolumeAwayError unless the folder was taken into use, and is mounted."""
    if not (root / MARKER).is_file():
        raise VolumeAwayError(f"{root} is not mounted, or was never taken into use.")


def require_masters() -> None:
    """Raise VolumeAwayError unless the store's own masters are mounted.

    A folder without a marker is marked if it is new, or holds masters that are on record.
    """
    if isinstance(MASTERS, BucketFolder) or (MASTERS.root / MARKER).is_file():
        return
    on_record = StoredMaster.objects.values_list("sha256", flat=True)[:_LOOKED_FOR]
    if on_record and not any(MASTERS.has(sha256) for sha256 in on_record):
        raise VolumeAwayError(f"{MASTERS.root} is not mounted: none of the masters is there.")
    mark(MASTERS.root)
