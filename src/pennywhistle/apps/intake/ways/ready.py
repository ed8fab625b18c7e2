"""When a parcel may be read: never while somebody is still writing it.

A batch says so itself (BatchComplete_{BatchId}.xml). For a single release the choreography has no
such mark; it is complete when its message is there, nothing in its folder changed for the quiet
period, and every file that the message names is there. Files that never come are waited for until
the patience ends; then the message is taken as it is, so that its sender hears what is missing. A
message that came without any file changes what is known already, and is not held up.

The quiet period holds for the mark of a batch too: programs create a file empty before they write
it, and an empty mark means that the batch was completed by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ways.letters import (
    RESOURCES,
    lying_at,
    manifest_path,
    opened,
    release_contents,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from pennywhistle.apps.intake.ways.names import ParcelName
    from pennywhistle.apps.intake.ways.place import Entry
    from pennywhistle.engines.ddex import Limits


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a parcel must lie still, and how long files that are missing are waited for."""

    quiet: timedelta
    patience: timedelta


def is_ready(
    name: ParcelName,
    entries: Sequence[Entry],
    *,
    waits: Waits,
    document: Callable[[str], bytes],
    limits: Limits,
    now: datetime,
) -> bool:
    """Whether a parcel may be read; `document` reads one of its files."""
    by_path = {entry.path: entry for entry in entries}
    mark = manifest_path(by_path)
    if mark:
        return _lies_still(by_path[mark].changed_at, waits.quiet, now)
    contents = release_contents(name, by_path)
    if contents is None:
        return False
    changed_at = max(entry.changed_at for entry in entries)
    if not _lies_still(changed_at, waits.quiet, now):
        return False
    if contents.is_refused or _lies_still(changed_at, waits.patience, now):
        return True
    letter = contents.letters[0]
    if not any(path.startswith(letter.folder + RESOURCES) for path in by_path):
        return True
    read = opened(letter, document(letter.path), limits)
    return all(lying_at(file.name, letter.folder, by_path) for file in read.files)


def _lies_still(changed_at: datetime, wait: timedelta, now: datetime) -> bool:
    return now - changed_at >= wait
