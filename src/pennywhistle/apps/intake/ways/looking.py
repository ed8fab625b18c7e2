"""Looks into a mailbox: takes what is complete, queues it, acknowledges what is decided."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.message_limits import message_limits
from pennywhistle.apps.intake.models import Mailbox, Parcel
from pennywhistle.apps.intake.ways import acknowledging
from pennywhistle.apps.intake.ways.candidates import (
    Candidate,
    bench_for,
    listed,
    reader_of,
    waits_of,
)
from pennywhistle.apps.intake.ways.known import (
    kept_as,
    names_to_compare,
    new_names,
    says_the_same,
)
from pennywhistle.apps.intake.ways.limits import (
    BYTES_PER_LOOK,
    PARCELS_LISTED_PER_LOOK,
    PARCELS_PER_LOOK,
    TROUBLE_CHARS_MAX,
)
from pennywhistle.apps.intake.ways.names import ParcelName, parcel_name
from pennywhistle.apps.intake.ways.place import (
    ChangedError,
    UnreachableError,
    UnreadableError,
    UnsafeError,
)
from pennywhistle.apps.intake.ways.places import place_of
from pennywhistle.apps.intake.ways.queueing import queue_messages
from pennywhistle.apps.intake.ways.ready import WRITING, Lack, ends_alone, lack_of
from pennywhistle.apps.intake.ways.staging import room_of
from pennywhistle.apps.intake.ways.taking import refuse_unread, take_parcel
from pennywhistle.apps.intake.ways.waiting import kept_waiting
from pennywhistle.machine.postgres.alone import alone

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pennywhistle.apps.intake.ways.place import Place

logger = logging.getLogger(__name__)

_FAILURES_MAX = 3


@dataclass
class Look:
    """What a look into a mailbox did. `waiting`: what is not complete, and what it waits for.

    `is_busy`: somebody else looks into it; nothing was done. `is_more`: it stopped at its bounds.
    """

    taken: list[str] = field(default_factory=list)
    waiting: dict[str, Lack] = field(default_factory=dict)
    size_bytes: int = 0
    is_more: bool = False
    queued: int = 0
    acknowledged: int = 0
    trouble: str = ""
    is_busy: bool = False
    _failures: int = 0

    def note(self, name: ParcelName, error: UnreachableError) -> None:
        """One parcel cannot be read: go on with the others, unless it is the place."""
        self.trouble = self.trouble or f"{name.text}: {error}"
        self._failures += 1
        if self._failures >= _FAILURES_MAX:
            raise error


def look(*, mailbox_id: int, now: datetime) -> Look:
    """Look into a mailbox; whatever fails is told in its `trouble` and tried again."""
    found, mailbox = Look(), Mailbox.objects.select_related("supplier").get(id=mailbox_id)
    with alone("mailbox", mailbox_id) as is_alone:
        if not is_alone:
            found.is_busy = True
            return found
        try:
            place = place_of(mailbox)
            # What was taken before that is still acknowledged.
            if mailbox.closed_at is None:
                _take_new(mailbox, place, found, now)
            found.queued = queue_messages(mailbox=mailbox, now=now)
            acknowledging.decide(mailbox=mailbox, now=now)
            found.acknowledged = acknowledging.acknowledge(mailbox=mailbox, place=place, now=now)
        except (UnreachableError, UnsafeError) as error:
            found.trouble = found.trouble or str(error)
        _note(mailbox, found, now)
    return found


def _note(mailbox: Mailbox, found: Look, now: datetime) -> None:
    if found.trouble:
        logger.warning("The mailbox %s waits: %s", mailbox.public_id, found.trouble)
    since = (mailbox.trouble_since or now) if found.trouble else None
    Mailbox.objects.filter(id=mailbox.pk).update(
        looked_at=now,
        trouble=found.trouble[:TROUBLE_CHARS_MAX],
        trouble_since=since,
        waiting=kept_waiting(
            mailbox.waiting,
            found.waiting,
            taken=found.taken,
            is_whole=not (found.trouble or found.is_more),
            now=now,
        ),
    )


# --- taking ------------------------------------------------------------------------------


def _take_new(mailbox: Mailbox, place: Place, found: Look, now: datetime) -> None:
    """Take what is new and complete: ends of sales first, then by the times in the names."""
    room = room_of(mailbox)
    candidates = _candidates(mailbox, place, found, now)
    urgent = {each.name for each in candidates if _is_urgent(place, each, room)}
    for candidate in sorted(candidates, key=lambda each: (each.name not in urgent, each.order)):
        if len(found.taken) >= PARCELS_PER_LOOK or found.size_bytes >= BYTES_PER_LOOK:
            found.is_more = True
            break
        try:
            _consider(mailbox, place, candidate, room, found, now)
        except UnreadableError as error:
            found.waiting[candidate.name.text] = Lack(error.code, (str(error),))
        except ChangedError:
            found.waiting[candidate.name.text] = WRITING
        except UnreachableError as error:
            found.note(candidate.name, error)
        except Exception:
            # Ours, not the supplier's; it must not keep the other parcels of the mailbox waiting.
            logger.exception("The parcel %s could not be taken.", candidate.name.text)
            found.trouble = f"{candidate.name.text}: an error of the store; see its log."


def _candidates(mailbox: Mailbox, place: Place, found: Look, now: datetime) -> list[Candidate]:
    """What is new, and a few that were taken, in case that they changed."""
    names = [name for text in place.folders() if (name := parcel_name(text)) is not None]
    new = new_names(mailbox, names)[:PARCELS_LISTED_PER_LOOK]
    old = names_to_compare(mailbox, {name.text for name in names}, now)
    candidates = []
    for name, is_new in [*((each, True) for each in new), *((each, False) for each in old)]:
        try:
            candidates.append(listed(place, name, is_new=is_new))
        except UnreadableError as error:
            found.waiting[name.text] = Lack(error.code, (str(error),))
        except ChangedError:
            continue
        except UnreachableError as error:
            found.note(name, error)
    return candidates


def _is_urgent(place: Place, candidate: Candidate, room: Path) -> bool:
    """Whether it ends a sale: that waits for no other parcel."""
    if not candidate.is_new:
        return False
    try:
        return ends_alone(
            candidate.name,
            candidate.entries,
            reader_of(bench_for(place, candidate, room)),
            message_limits(),
        )
    except (ChangedError, UnreachableError, UnsafeError):
        return False  # its turn comes, and says what is wrong


def _consider(
    mailbox: Mailbox,
    place: Place,
    candidate: Candidate,
    room: Path,
    found: Look,
    now: datetime,
) -> None:
    """Take one folder, if it is complete and not what was taken already."""
    name, before = kept_as(mailbox, candidate.name.text, candidate.listing, now)
    if not name:
        return
    if candidate.refusal is not None:
        refuse_unread(
            mailbox=mailbox,
            kept_as=name,
            finding=candidate.refusal,
            listing=candidate.listing,
            now=now,
        )
        found.taken.append(name)
        return
    bench = bench_for(place, candidate, room)
    lack = lack_of(
        candidate.name,
        candidate.entries,
        waits=waits_of(mailbox),
        document=reader_of(bench),
        limits=message_limits(),
        now=now,
    )
    if lack is not None:
        found.waiting[candidate.name.text] = lack
        return
    if before is not None and says_the_same(bench, before):
        Parcel.objects.filter(id=before.pk).update(listing_digest=candidate.listing)
        return
    take_parcel(mailbox=mailbox, name=candidate.name, kept_as=name, bench=bench, now=now)
    found.taken.append(name)
    found.size_bytes += sum(entry.size_bytes for entry in candidate.entries)
