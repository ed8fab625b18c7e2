"""The marker file that makes a data folder a store's, without which nothing is ever initialized.

A folder whose volume is not mounted looks like a new, empty one. PostgreSQL's own tools would make
an empty database there, and the shop would open without a single sale of its past. So:

- an absent or empty folder whose parent exists may become a store, unless the caller says that one
  must exist; the marker is the first thing written, and it is on the disk before anything else;
- a folder with other things in it is refused;
- the marker remembers that a database was made; where it is gone after that, we refuse.
"""

import json
import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pennywhistle.machine.postgres.errors import (
    FolderTakenError,
    MarkerDamagedError,
    OtherStoreError,
    ParentMissingError,
    StoreMissingError,
)
from pennywhistle.machine.postgres.files import write_whole

NAME = ".pennywhistle-store"
# What a freshly made file system has at its root.
NOT_COUNTED = frozenset({"lost+found"})

DatabaseState = Literal["none", "making", "made"]
STATES: tuple[DatabaseState, ...] = ("none", "making", "made")


@dataclass(frozen=True, slots=True)
class Marker:
    """The identity of a store, and whether it has a database of its own.

    `database` is "none" (never had one), "making" (the first start was not finished) or "made".
    """

    store_id: str
    database: DatabaseState


def open_folder(data: Path, *, must_exist: bool) -> None:
    """Make the data folder if it may be made; refuse where it should have been there."""
    if data.is_dir():
        return
    if data.exists():
        raise FolderTakenError(f"{data} is a file.", cure="Give DATA a folder.")
    if must_exist:
        raise _missing(data)
    if not data.parent.is_dir():
        raise ParentMissingError(
            f"{data.parent}, where the data folder {data.name} should be, does not exist.",
            cure="Mount its volume, correct DATA, or create the folder.",
        )
    # Root's store is served by another account, which has to pass through; it cannot list it.
    data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700)


def claim(data: Path, *, must_exist: bool, expected_id: str | None) -> Marker:
    """Return the marker of the store in `data`; make one if this is a new, empty folder."""
    marker = read(data)
    if marker is None:
        marker = _claim_new(data, must_exist=must_exist or expected_id is not None)
    if expected_id is not None and marker.store_id != expected_id:
        raise OtherStoreError(
            f"{data} belongs to the store {marker.store_id}, not to {expected_id}.",
            cure="Mount the right volume or correct DATA.",
        )
    return marker


def _claim_new(data: Path, *, must_exist: bool) -> Marker:
    if must_exist:
        raise _missing(data)
    others = sorted(entry.name for entry in data.iterdir() if entry.name not in NOT_COUNTED)
    if others:
        raise FolderTakenError(
            f"{data} is not empty (it holds {', '.join(others[:3])}) and is not a store: "
            f"it has no {NAME}.",
            cure="Give DATA an empty folder, or one that does not exist yet.",
        )
    marker = Marker(store_id=uuid.uuid4().hex, database="none")
    write(data, marker)
    return marker


def read(data: Path) -> Marker | None:
    """The marker in `data`, or None if there is none."""
    try:
        text = (data / NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        fields = json.loads(text)
        return Marker(
            store_id=uuid.UUID(fields["id"]).hex,
            database=STATES[STATES.index(fields["database"])],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MarkerDamagedError(
            f"{data / NAME} is not the marker of a store: {error}.",
            cure="Restore this file from a backup; nothing was changed.",
        ) from error


def write(data: Path, marker: Marker) -> None:
    """Put the marker on the disk, whole or not at all."""
    text = json.dumps({"id": marker.store_id, "database": marker.database}) + "\n"
    write_whole(data / NAME, text, mode=0o644)


def remember(data: Path, marker: Marker, *, database: DatabaseState) -> Marker:
    """Write down how far the store's database is."""
    changed = replace(marker, database=database)
    if changed != marker:
        write(data, changed)
    return changed


def _missing(data: Path) -> StoreMissingError:
    return StoreMissingError(
        f"There is no store in {data}; its volume may not be mounted.",
        cure="Mount it, or correct DATA. Nothing was initialized.",
    )
