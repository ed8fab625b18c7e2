"""Parcels as they lie in a place: listed, and ready to be read one file after the other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.intake.message_limits import message_limits
from pennywhistle.apps.intake.models import Mailbox
from pennywhistle.apps.intake.ways.letters import a_finding
from pennywhistle.apps.intake.ways.place import TooMuchError, UnsafeError
from pennywhistle.apps.intake.ways.ready import Waits
from pennywhistle.apps.intake.ways.staging import Bench, listing_digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pennywhistle.apps.intake.ways.names import ParcelName
    from pennywhistle.apps.intake.ways.place import Entry, Place
    from pennywhistle.engines.ddex import Finding


@dataclass(frozen=True, slots=True)
class Candidate:
    """A folder that was listed: its name, its files, or why they are not read."""

    name: ParcelName
    entries: tuple[Entry, ...]
    refusal: Finding | None = None
    is_new: bool = False

    @property
    def order(self) -> tuple[str, str]:
        """By the time in the name; without one, by the last change."""
        latest = max((entry.changed_at for entry in self.entries), default=None)
        changed = f"{latest.astimezone(UTC):%Y%m%d%H%M%S}000" if latest is not None else ""
        return self.name.moment or changed, self.name.text

    @property
    def listing(self) -> str:
        """What shows that something changed."""
        if self.refusal is not None:
            return hashlib.sha256(self.refusal.sentence.encode()).hexdigest()
        return listing_digest({entry.path: entry for entry in self.entries})


def listed(place: Place, name: ParcelName, *, is_new: bool) -> Candidate:
    """List a folder. Raises UnreadableError, ChangedError and UnreachableError."""
    try:
        entries = tuple(place.entries(name.text))
        _check_sizes(entries)
        return Candidate(name, entries, is_new=is_new)
    except UnsafeError as error:
        cure = "Send plain files and folders, in a new folder."
        return Candidate(name, (), a_finding(error.code, name.text, str(error), cure))


def _check_sizes(entries: tuple[Entry, ...]) -> None:
    """What is larger than a master may be is not even copied. Raises TooMuchError."""
    most = settings.MASTER_FILE_BYTES_MAX
    large = next((entry.path for entry in entries if entry.size_bytes > most), None)
    if large is not None:
        raise TooMuchError(f"{large!r} is larger than {most:,} bytes.")


def bench_for(place: Place, candidate: Candidate, room: Path) -> Bench:
    """A folder to be read; `room` is where copies lie."""
    return Bench(
        place, candidate.name.text, {entry.path: entry for entry in candidate.entries}, room
    )


def reader_of(bench: Bench) -> Callable[[str], bytes]:
    """Reads one of its documents; one that is too large is cut behind the limit."""
    bytes_max = message_limits().bytes_max
    return lambda path: bench.read(path, bytes_max=bytes_max)


def waits_of(mailbox: Mailbox) -> Waits:
    """What is uploaded was completed by its sender's word: there is nothing to wait for."""
    if mailbox.kind == Mailbox.Kind.UPLOAD:
        return Waits(timedelta(0), timedelta(0))
    return Waits(
        timedelta(seconds=settings.MAILBOX_QUIET_S), timedelta(seconds=settings.MAILBOX_PATIENCE_S)
    )
