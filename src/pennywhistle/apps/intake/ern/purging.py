"""What a PurgeReleaseMessage does: it ends all sales of its sender's releases, and no other's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ern import standings
from pennywhistle.apps.intake.ern.granting import close_all
from pennywhistle.apps.intake.ern.shelves import leave_shelves
from pennywhistle.apps.intake.models import Standing
from pennywhistle.engines import ddex
from pennywhistle.engines.ddex import Purge, ends_sales, follow_purge, keys_of
from pennywhistle.engines.ddex.moments import Meaning, Moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.apps.intake.ern.reading import Read
    from pennywhistle.apps.intake.models import Message
    from pennywhistle.engines.ddex import Change


@dataclass(frozen=True, slots=True)
class Purged:
    """What became of each release that was to go; `release` is the first that there was."""

    changes: tuple[Change, ...]
    release: Release | None = None


def apply_purge(message: Purge, *, supplier_id: int, now: datetime) -> Purged:
    """Close every grant of the supplier for the releases that are named, and say what was done."""
    changes: list[Change] = []
    found: Release | None = None
    for purged in message.releases:
        keys = keys_of(purged)
        alone = replace(message, releases=(purged,))
        known = standings.find(supplier_id, keys)
        change = follow_purge(_before(known, message, keys), alone)
        changes.append(change)
        if known.row is None:
            _remember(message, supplier_id, keys)
        if not change.takes_effect or change.standing is None or known.row is None:
            continue
        release = known.row.release
        found = found or release
        standings.save(
            known, supplier_id=supplier_id, standing=change.standing, keys=keys, release=release
        )
        if release is not None:
            close_all(supplier_id, release.pk, now=now)
            leave_shelves(release, now=now)
    return Purged(tuple(changes), found)


def _remember(message: Purge, supplier_id: int, keys: Sequence[str]) -> None:
    """A release that comes later, and was made before its purge, is not sold any more (E6)."""
    header = message.envelope.header
    if header.created_at is not None and standings.bounded(keys):
        nothing = ddex.Standing(
            message.envelope.sender_dpid, header.message_id, header.created_at, ()
        )
        standings.save(
            standings.Known(), supplier_id=supplier_id, standing=nothing, keys=keys, release=None
        )


def end_of(read: Read, row: Message) -> Purge | None:
    """The end of sales that a message means although something is wrong with it; or None.

    A supplier's own message that lets nothing be sold ends the sale of what it names and what the
    supplier delivered: its mistakes are no reason to sell on. Without a time, or with one that is
    to come, it counts from when it came.
    """
    message = read.message
    if read.is_test or not read.is_its_suppliers or not ends_sales(message):
        return None
    named = message.releases if isinstance(message, Purge) else message.contents.releases
    ours = [
        release
        for release in named
        if not release.is_track and standings.find(row.supplier_id, keys_of(release)).row
    ]
    if not ours:
        return None
    envelope = message.envelope
    created_at = envelope.header.created_at
    if created_at is None or created_at > row.received_at:
        came = row.received_at.astimezone(UTC).replace(tzinfo=None)
        created = Moment("", Meaning.INSTANT, came, zone_minutes=0)
        envelope = replace(envelope, header=replace(envelope.header, created=created))
    return Purge(envelope, tuple(ours))


def _before(known: standings.Known, message: Purge, keys: Sequence[str]) -> ddex.Standing | None:
    """What is in force by this supplier, or else by another one, who is then named as its sender.

    A supplier may send by several DPIDs; they are one sender.
    """
    if known.before is not None:
        return replace(known.before, sender_dpid=message.envelope.sender_dpid)
    row = (
        Standing.objects.filter(keys__key__in=standings.bounded(standings.shared(keys)))
        .exclude(release=None)
        .order_by("-created_at")
        .first()
    )
    return standings.read(row) if row else None
