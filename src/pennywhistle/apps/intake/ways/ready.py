"""When a parcel may be read: never while somebody is still writing it.

A batch says so itself (BatchComplete_{BatchId}.xml). For a single release the choreography has no
such mark; it is complete when its message is there, nothing in its folder changed for the quiet
period, and every file that the message names is there. Files that never come are waited for until
the patience ends; then the message is taken as it is, so that its sender hears what is missing. A
message that came without any file changes what is known already, and is not held up.

XML shows by itself whether it is whole. So a message that lies alone and needs no file (it names
none, or it ends all sales), and a mark that lists what is there, wait for no quiet period: a
takedown has a minute (faults.md 17). An empty mark must lie still, since programs create a file
empty before they write it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ways.letters import (
    RESOURCES,
    is_document,
    listed_batch,
    lying_at,
    manifest_path,
    opened,
    release_contents,
)
from pennywhistle.engines.ddex import NewRelease, Purge, ends_sales

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from pennywhistle.apps.intake.ways.letters import Letter, Opened
    from pennywhistle.apps.intake.ways.names import ParcelName
    from pennywhistle.apps.intake.ways.place import Entry
    from pennywhistle.engines.ddex import Limits


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a parcel must lie still, and how long files that are missing are waited for."""

    quiet: timedelta
    patience: timedelta


@dataclass(frozen=True, slots=True)
class Lack:
    """Why a parcel is not read yet: `code` is stable, `files` are those that are missing."""

    code: str
    files: tuple[str, ...] = ()


WRITING = Lack("writing")
NO_MESSAGE = Lack("no-message")
NO_MARK = Lack("no-mark")


def lack_of(
    name: ParcelName,
    entries: Sequence[Entry],
    *,
    waits: Waits,
    document: Callable[[str], bytes],
    limits: Limits,
    now: datetime,
) -> Lack | None:
    """What a parcel waits for; None: it may be read. `document` reads one of its files."""
    by_path = {entry.path: entry for entry in entries}
    mark = manifest_path(by_path)
    if mark:
        is_still = _lies_still(by_path[mark].changed_at, waits.quiet, now)
        is_whole = is_still or _lists_what_is_there(document(mark), by_path, limits)
        return None if is_whole else WRITING
    contents = release_contents(name, by_path)
    if contents is None:
        return NO_MARK if any(is_document(path) for path in by_path) else NO_MESSAGE
    changed_at = max(entry.changed_at for entry in entries)
    if not _lies_still(changed_at, waits.quiet, now):
        return None if stands_alone(name, entries, document, limits) else WRITING
    if contents.is_refused or _lies_still(changed_at, waits.patience, now):
        return None
    return _missing_files(contents.letters[0], by_path, document, limits)


def _missing_files(
    letter: Letter,
    by_path: Mapping[str, Entry],
    document: Callable[[str], bytes],
    limits: Limits,
) -> Lack | None:
    if not any(path.startswith(letter.folder + RESOURCES) for path in by_path):
        return None
    read = opened(letter, document(letter.path), limits)
    missing = (file.name for file in read.files if not lying_at(file.name, letter.folder, by_path))
    files = tuple(dict.fromkeys(missing))
    return Lack("files-missing", files) if files else None


def stands_alone(
    name: ParcelName,
    entries: Sequence[Entry],
    document: Callable[[str], bytes],
    limits: Limits,
) -> bool:
    """Whether there is nothing but a whole message, and it needs nothing else."""
    read = _alone(name, entries, document, limits)
    if read is None:
        return False
    if isinstance(read.message, NewRelease):
        return not read.files or ends_sales(read.message)
    return isinstance(read.message, Purge)


def ends_alone(
    name: ParcelName,
    entries: Sequence[Entry],
    document: Callable[[str], bytes],
    limits: Limits,
) -> bool:
    """Whether there is nothing but a whole message that ends all sales of its release."""
    read = _alone(name, entries, document, limits)
    return read is not None and is_end(read)


def is_end(read: Opened) -> bool:
    """Whether a message ends all sales of its release. Not purges: those need what they purge."""
    return isinstance(read.message, NewRelease) and ends_sales(read.message)


def _alone(
    name: ParcelName,
    entries: Sequence[Entry],
    document: Callable[[str], bytes],
    limits: Limits,
) -> Opened | None:
    if len(entries) != 1 or manifest_path([entries[0].path]):
        return None
    contents = release_contents(name, [entries[0].path])
    if contents is None:
        return None
    letter = contents.letters[0]
    return opened(letter, document(letter.path), limits)


def _lists_what_is_there(mark: bytes, by_path: Mapping[str, Entry], limits: Limits) -> bool:
    """Whether a mark is whole, and every message that it lists has come."""
    if not mark:
        return False
    contents = listed_batch(mark, by_path, limits=limits, takes_tests=True)
    return not contents.is_refused and not any(letter.findings for letter in contents.letters)


def _lies_still(changed_at: datetime, wait: timedelta, now: datetime) -> bool:
    return now - changed_at >= wait
