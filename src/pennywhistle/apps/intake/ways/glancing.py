"""Glances into a mailbox: finds ends of sales, and has them decided before everything else.

A look (`looking`) takes parcels whole, and may copy for an hour. A glance reads documents and
copies nothing; it runs in a queue of its own. So a takedown stops sales within a minute (faults.md
17), whatever the store is busy with and whatever lies beside it in its batch. The parcel is taken
by the next look, which finds the message there.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ern.receiving import take_message
from pennywhistle.apps.intake.message_limits import message_limits
from pennywhistle.apps.intake.models import Mailbox, Parcel
from pennywhistle.apps.intake.ways.candidates import bench_for, listed, reader_of, waits_of
from pennywhistle.apps.intake.ways.ends import ends_at_once
from pennywhistle.apps.intake.ways.known import kept_as, new_names
from pennywhistle.apps.intake.ways.letters import Opened, manifest_path
from pennywhistle.apps.intake.ways.limits import (
    GLANCE_SECONDS_MAX,
    GLANCES_REMEMBERED_MAX,
    PARCELS_LISTED_PER_LOOK,
)
from pennywhistle.apps.intake.ways.names import parcel_name
from pennywhistle.apps.intake.ways.place import ChangedError, UnreachableError, UnsafeError
from pennywhistle.apps.intake.ways.places import place_of
from pennywhistle.apps.intake.ways.queueing import queue_end
from pennywhistle.apps.intake.ways.ready import lack_of
from pennywhistle.apps.intake.ways.staging import room_of
from pennywhistle.apps.intake.ways.taking import contents_of, open_letter
from pennywhistle.machine.postgres.alone import alone

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pennywhistle.apps.intake.ways.candidates import Candidate
    from pennywhistle.apps.intake.ways.letters import Letter
    from pennywhistle.apps.intake.ways.names import ParcelName
    from pennywhistle.apps.intake.ways.place import Place
    from pennywhistle.apps.intake.ways.staging import Bench

logger = logging.getLogger(__name__)


@dataclass
class Memory:
    """Which listings of parcels were read in this process, so that none is read twice."""

    _read: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    _turn: int = 0

    def turn_of(self, mailbox_id: int, name: str) -> int:
        """When it was glanced at; 0: never."""
        return self._read.get((mailbox_id, name), (0, ""))[0]

    def knows(self, mailbox_id: int, name: str, listing: str) -> bool:
        """Whether it was read as it lies there now."""
        return self._read.get((mailbox_id, name), (0, ""))[1] == listing

    def note(self, mailbox_id: int, name: str, listing: str) -> None:
        """It was read as it lies there."""
        if len(self._read) >= GLANCES_REMEMBERED_MAX:
            self._read.clear()
        self._turn += 1
        self._read[mailbox_id, name] = (self._turn, listing)


_memory = Memory()


def glance(*, mailbox_id: int, now: datetime) -> list[int]:
    """Have every end of sales decided that lies in a mailbox; the ids of the messages queued.

    What cannot be read is left to the next look, which tells of it.
    """
    queued: list[int] = []
    mailbox = Mailbox.objects.get(id=mailbox_id)
    with alone("glance", mailbox_id) as is_alone:
        if is_alone and mailbox.closed_at is None:
            try:
                _glance(mailbox, place_of(mailbox), queued, now)
            except (UnreachableError, UnsafeError) as error:
                logger.warning("The mailbox %s waits: %s", mailbox.public_id, error)
    return queued


def _glance(mailbox: Mailbox, place: Place, queued: list[int], now: datetime) -> None:
    room = room_of(mailbox, beside=".glance")
    until_s = time.monotonic() + GLANCE_SECONDS_MAX
    for name in _in_turn(mailbox, place):
        try:
            candidate = listed(place, name, is_new=True)
            if not _memory.knows(mailbox.pk, name.text, candidate.listing):
                queued += _ends_in(mailbox, place, candidate, room, now)
            _memory.note(mailbox.pk, name.text, candidate.listing)
        except (ChangedError, UnreachableError, UnsafeError):
            continue
        except Exception:
            logger.exception("The parcel %s could not be glanced at.", name.text)
        if time.monotonic() > until_s:
            break


def _in_turn(mailbox: Mailbox, place: Place) -> list[ParcelName]:
    """New parcels: those never glanced at, the newest first, and then the longest not seen."""
    names = [name for text in place.folders() if (name := parcel_name(text)) is not None]
    newest_first = reversed(new_names(mailbox, names))
    in_turn = sorted(newest_first, key=lambda name: _memory.turn_of(mailbox.pk, name.text))
    return in_turn[:PARCELS_LISTED_PER_LOOK]


def _ends_in(
    mailbox: Mailbox, place: Place, candidate: Candidate, room: Path, now: datetime
) -> list[int]:
    """Queue the ends of sales of one parcel. Of a batch only once it is complete."""
    if candidate.refusal is not None or not candidate.entries:
        return []
    bench = bench_for(place, candidate, room)
    mark = manifest_path(bench.entries)
    if mark:
        lack = lack_of(
            candidate.name,
            candidate.entries,
            waits=waits_of(mailbox),
            document=reader_of(bench),
            limits=message_limits(),
            now=now,
        )
        if lack is not None:
            raise ChangedError(f"{candidate.name.text} is not complete.")
    contents = contents_of(candidate.name, mark, bench)
    if contents is None or contents.is_refused:
        return []
    found = (_end(mailbox, candidate, letter, bench, now) for letter in contents.letters)
    return [message_id for message_id in found if message_id is not None]


def _end(
    mailbox: Mailbox, candidate: Candidate, letter: Letter, bench: Bench, now: datetime
) -> int | None:
    """Take one message and queue it, if it ends sales; None: it waits for its parcel."""
    read = open_letter(letter, bench)
    if not isinstance(read, Opened) or not ends_at_once(read, supplier_id=mailbox.supplier_id):
        return None
    name, _ = kept_as(mailbox, candidate.name.text, candidate.listing, now)
    if not name:
        return None
    is_batch = bool(manifest_path(bench.entries))
    parcel, _ = Parcel.objects.get_or_create(
        mailbox=mailbox, name=name, defaults={"is_batch": is_batch, "taken_at": now}
    )
    message = take_message(
        supplier_id=mailbox.supplier_id,
        document=bench.read(letter.path, bytes_max=message_limits().bytes_max),
        # An end needs none: what it ends is here.
        files={},
        source_name=letter.source_name(parcel.name),
        now=now,
        parcel_id=parcel.pk,
    )
    if message.sha256 != bench.sha256s[letter.path] or not queue_end(message_id=message.pk):
        return None
    return message.pk
