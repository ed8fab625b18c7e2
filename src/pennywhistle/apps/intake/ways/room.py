"""Whether there is room for what a supplier uploads: its own bounds, and the volume's."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.intake.ways.limits import (
    FREE_BYTES_MIN,
    OPEN_UPLOADS_MAX,
    UPLOAD_FILES_MAX,
)
from pennywhistle.apps.intake.ways.upload_errors import NoSpaceError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Piece:
    """What a request carries of a file: from where, how much, and how large the whole is."""

    offset: int
    size_bytes: int
    total_bytes: int
    sha256: str = ""


def check_room(box: Path, *, is_new: bool, own: Collection[Path], piece: Piece) -> None:
    """Whether the store and its limits let the whole file in.

    `box` is where all uploads of a mailbox lie; `own` is what the file replaces. What is complete
    and not cleared away counts too: it takes up the same room.

    Raises TooLargeError and NoSpaceError.
    """
    begun = box / "begun"
    begun.mkdir(parents=True, exist_ok=True)
    others, count = 0, 0
    for file in box.rglob("*"):
        if file.is_file() and file not in own:
            count += 1
            others += file.stat().st_size
    most = settings.UPLOAD_BYTES_MAX
    if others + piece.total_bytes > most:
        raise TooLargeError(f"{most:,} bytes is the most that may lie here; go on in an hour.")
    if count >= UPLOAD_FILES_MAX:
        raise TooLargeError(f"{UPLOAD_FILES_MAX:,} files is the most that may lie here.")
    if is_new and sum(1 for _ in begun.iterdir()) >= OPEN_UPLOADS_MAX:
        raise TooLargeError(f"{OPEN_UPLOADS_MAX} deliveries are begun; complete one of them.")
    if shutil.disk_usage(begun).free < piece.size_bytes + FREE_BYTES_MIN:
        raise NoSpaceError("The store has no room for this now; try again later.")
