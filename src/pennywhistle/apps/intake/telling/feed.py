"""What a feed reader finds at a secret address: the newest notices and messages of a supplier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.models import FeedAddress, Message, Notice
from pennywhistle.apps.intake.telling.limits import FEED_ENTRIES_MAX
from pennywhistle.apps.intake.telling.registering import token_digest
from pennywhistle.apps.parties.models import Membership

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.parties.models import Party

_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Feed:
    """A supplier's news, newest first; either row of an entry may be missing."""

    supplier: Party
    entries: tuple[tuple[datetime, Message | None, Notice | None], ...]


def feed_at(*, token: str, now: datetime) -> Feed | None:
    """The feed of a token; None for one that is unknown, revoked, or of somebody who left."""
    held = FeedAddress.objects.filter(token_sha256=token_digest(token), closed_at__isnull=True)
    address = held.select_related("supplier", "user").first()
    if address is None or not address.user.is_active:
        return None
    if not Membership.objects.filter(user=address.user, party=address.supplier).exists():
        return None
    if address.used_at is None or address.used_at < now - _NOTED_EVERY:
        held.update(used_at=now)
    return Feed(address.supplier, _entries(address.supplier_id))


def _entries(
    supplier_id: int,
) -> tuple[tuple[datetime, Message | None, Notice | None], ...]:
    messages = (
        Message.objects.filter(supplier_id=supplier_id)
        .exclude(state__in=(Message.State.WAITING, Message.State.CHECKING))
        .select_related("release")
        .defer("findings", "change")
        .order_by("-received_at", "-id")
    )
    notices = Notice.objects.filter(supplier_id=supplier_id).select_related("message", "release")
    found: list[tuple[datetime, Message | None, Notice | None]] = [
        (message.finished_at or message.received_at, message, None)
        for message in messages[:FEED_ENTRIES_MAX]
    ]
    found += [
        (notice.created_at, None, notice) for notice in notices.order_by("-id")[:FEED_ENTRIES_MAX]
    ]
    found.sort(key=lambda entry: entry[0], reverse=True)
    return tuple(found[:FEED_ENTRIES_MAX])
