"""Looks into a mailbox: takes what is complete, queues it, acknowledges what is decided."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.db.models import Q

from pennywhistle.apps.intake.message_limits import message_limits
from pennywhistle.apps.intake.models import Mailbox, Message, Parcel
from pennywhistle.apps.intake.ways import acknowledging
from pennywhistle.apps.intake.ways.letters import a_finding, manifest_path
from pennywhistle.apps.intake.ways.limits import (
    COMPARED_DAYS,
    COMPARED_PER_LOOK,
    PARCELS_LISTED_PER_LOOK,
    PARCELS_PER_LOOK,
    SAME_NAME_MAX,
    TROUBLE_CHARS_MAX,
)
from pennywhistle.apps.intake.ways.names import SENT_AGAIN, ParcelName, parcel_name
from pennywhistle.apps.intake.ways.place import ChangedError, UnreachableError, UnsafeError
from pennywhistle.apps.intake.ways.places import place_of
from pennywhistle.apps.intake.ways.queueing import queue_messages
from pennywhistle.apps.intake.ways.ready import Waits, is_ready
from pennywhistle.apps.intake.ways.staging import Bench, listing_digest, room_of
from pennywhistle.apps.intake.ways.taking import refuse_unread, take_parcel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pennywhistle.apps.intake.ways.place import Entry, Place
    from pennywhistle.engines.ddex import Finding

logger = logging.getLogger(__name__)

_NAMES_AT_ONCE = 1_000
_FAILURES_MAX = 3


@dataclass
class Look:
    """What a look into a mailbox did. `is_busy`: somebody else looks into it; nothing was done."""

    taken: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
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
    found = Look()
    mailbox = Mailbox.objects.select_related("supplier").get(id=mailbox_id)
    if mailbox.closed_at is not None:
        return found
    with _alone(mailbox_id) as is_alone:
        if not is_alone:
            found.is_busy = True
            return found
        try:
            place = place_of(mailbox)
            _take_new(mailbox, place, found, now)
            found.queued = queue_messages(mailbox=mailbox, now=now)
            acknowledging.decide(mailbox=mailbox, now=now)
            found.acknowledged = acknowledging.acknowledge(mailbox=mailbox, place=place, now=now)
        except (UnreachableError, UnsafeError) as error:
            found.trouble = found.trouble or str(error)
        _note(mailbox, found, now)
    return found


@contextmanager
def _alone(mailbox_id: int) -> Iterator[bool]:
    """Whether nobody else looks into the mailbox. The lock goes with the connection of who dies.

    It spares work twice; what two do at once is harmless without it too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('mailbox'), %s)", [mailbox_id])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('mailbox'), %s)", [mailbox_id])


def _note(mailbox: Mailbox, found: Look, now: datetime) -> None:
    if found.trouble:
        logger.warning("The mailbox %s waits: %s", mailbox.public_id, found.trouble)
    since = (mailbox.trouble_since or now) if found.trouble else None
    Mailbox.objects.filter(id=mailbox.pk).update(
        looked_at=now, trouble=found.trouble[:TROUBLE_CHARS_MAX], trouble_since=since
    )


# --- taking ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A folder that was listed: its name, its files, or why they are not read."""

    name: ParcelName
    entries: tuple[Entry, ...]
    refusal: Finding | None = None

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


def _take_new(mailbox: Mailbox, place: Place, found: Look, now: datetime) -> None:
    """Take what is new and complete, in the order of the times in the names."""
    names = [name for text in place.folders() if (name := parcel_name(text)) is not None]
    new = _new(mailbox, names)[:PARCELS_LISTED_PER_LOOK]
    candidates = []
    for name in [*new, *_to_compare(mailbox, {name.text for name in names}, now)]:
        try:
            candidates.append(_listed(place, name))
        except ChangedError:
            continue
        except UnreachableError as error:
            found.note(name, error)
    room = room_of(mailbox)
    for candidate in sorted(candidates, key=lambda each: each.order):
        if len(found.taken) >= PARCELS_PER_LOOK:
            break
        try:
            _consider(mailbox, place, candidate, room, found, now)
        except ChangedError:
            found.waiting.append(candidate.name.text)
        except UnreachableError as error:
            found.note(candidate.name, error)
        except Exception:
            # Ours, not the supplier's; it must not keep the other parcels of the mailbox waiting.
            logger.exception("The parcel %s could not be taken.", candidate.name.text)
            found.trouble = f"{candidate.name.text}: an error of the store; see its log."


def _new(mailbox: Mailbox, names: list[ParcelName]) -> list[ParcelName]:
    """Those that were never taken, or not to the end, in the order of their names' times."""
    known: set[str] = set()
    texts = [name.text for name in names]
    for start in range(0, len(texts), _NAMES_AT_ONCE):
        some = texts[start : start + _NAMES_AT_ONCE]
        rows = Parcel.objects.filter(mailbox=mailbox, name__in=some)
        known.update(rows.values_list("name", flat=True))
    interrupted = Parcel.objects.filter(mailbox=mailbox, taken_whole_at__isnull=True)
    known -= {name.partition(SENT_AGAIN)[0] for name in interrupted.values_list("name", flat=True)}
    new = [name for name in names if name.text not in known]
    return sorted(new, key=lambda name: (name.moment, name.text))


def _to_compare(mailbox: Mailbox, there: set[str], now: datetime) -> list[ParcelName]:
    """Parcels that were taken, the longest not compared first: a few at each look."""
    since = now - timedelta(days=COMPARED_DAYS)
    rows = Parcel.objects.filter(mailbox=mailbox, taken_whole_at__gte=since)
    texts = rows.order_by("compared_at", "id").values_list("name", flat=True)
    plain = dict.fromkeys(text.partition(SENT_AGAIN)[0] for text in texts[:COMPARED_PER_LOOK])
    names = (parcel_name(text) for text in plain if text in there)
    return [name for name in names if name is not None]


def _listed(place: Place, name: ParcelName) -> _Candidate:
    try:
        return _Candidate(name, tuple(place.entries(name.text)))
    except UnsafeError as error:
        cure = "Send plain files and folders, in a new folder."
        return _Candidate(name, (), a_finding(error.code, name.text, str(error), cure))


def _consider(
    mailbox: Mailbox,
    place: Place,
    candidate: _Candidate,
    room: Path,
    found: Look,
    now: datetime,
) -> None:
    """Take one folder, if it is complete and not what was taken already."""
    kept_as, before = _kept_as(mailbox, candidate, now)
    if not kept_as:
        return
    if candidate.refusal is not None:
        refuse_unread(
            mailbox=mailbox,
            kept_as=kept_as,
            finding=candidate.refusal,
            listing=candidate.listing,
            now=now,
        )
        found.taken.append(kept_as)
        return
    bench = Bench(
        place, candidate.name.text, {entry.path: entry for entry in candidate.entries}, room
    )
    limits = message_limits()
    if not is_ready(
        candidate.name,
        candidate.entries,
        waits=_waits(mailbox),
        document=lambda path: bench.read(path, bytes_max=limits.bytes_max),
        limits=limits,
        now=now,
    ):
        found.waiting.append(candidate.name.text)
        return
    if before is not None and _says_the_same(bench, before):
        Parcel.objects.filter(id=before.pk).update(listing_digest=candidate.listing)
        return
    take_parcel(mailbox=mailbox, name=candidate.name, kept_as=kept_as, bench=bench, now=now)
    found.taken.append(kept_as)


def _kept_as(mailbox: Mailbox, candidate: _Candidate, now: datetime) -> tuple[str, Parcel | None]:
    """The name for the parcel's row, and what was taken under its name before; "" to leave it."""
    text = candidate.name.text
    same = Q(name=text) | Q(name__startswith=f"{text}{SENT_AGAIN}")
    rows = list(Parcel.objects.filter(same, mailbox=mailbox).order_by("id"))
    if not rows:
        return text, None
    last = rows[-1]
    if last.taken_whole_at is None:
        return last.name, rows[-2] if len(rows) > 1 else None
    Parcel.objects.filter(id__in=[row.pk for row in rows]).update(compared_at=now)
    if last.listing_digest == candidate.listing or len(rows) >= SAME_NAME_MAX:
        return "", None
    return f"{text}{SENT_AGAIN}{len(rows) + 1}", last


def _says_the_same(bench: Bench, before: Parcel) -> bool:
    """Whether a parcel that changed has no message in it that was not taken before.

    It was copied again, or somebody clears it away.
    """
    if bench.content_digest() == before.content_digest:
        return True
    taken = Message.objects.filter(arrivals__parcel__mailbox_id=before.mailbox_id)
    mark = manifest_path(bench.entries)
    sha256s = {sha256 for path, sha256 in bench.documents().items() if path != mark}
    known = set(taken.filter(sha256__in=sha256s).values_list("sha256", flat=True))
    return sha256s <= known


def _waits(mailbox: Mailbox) -> Waits:
    """What is uploaded was completed by its sender's word: there is nothing to wait for."""
    if mailbox.kind == Mailbox.Kind.UPLOAD:
        return Waits(timedelta(0), timedelta(0))
    return Waits(
        timedelta(seconds=settings.MAILBOX_QUIET_S), timedelta(seconds=settings.MAILBOX_PATIENCE_S)
    )
