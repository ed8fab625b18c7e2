"""What arrived and became no message: not complete yet, or refused on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.intake.models import Arrival, Mailbox
from pennywhistle.apps.intake.telling.limits import (
    INCOMPLETE_SHOWN_MAX,
    REFUSED_SHOWN_DAYS,
    REFUSED_SHOWN_MAX,
)
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A delivery that waits; `code` and `files` as in `ways.ready.Lack`, `more` files besides."""

    name: str
    supplier: str
    since: datetime
    code: str
    files: tuple[str, ...]
    more: int


def incomplete_of(*, user: User) -> list[Incomplete]:
    """What was not complete at the last look, the longest waiting first; one query."""
    mine = Mailbox.objects.open().filter(supplier__in=Party.objects.acted_for_by(user=user))
    found = [
        _incomplete(each, mailbox.supplier.name)
        for mailbox in mine.exclude(waiting=[]).select_related("supplier")
        for each in mailbox.waiting
    ]
    return sorted(found, key=lambda each: (each.since, each.name))[:INCOMPLETE_SHOWN_MAX]


def _incomplete(kept: dict[str, Any], supplier: str) -> Incomplete:
    files = tuple(kept["files"])
    return Incomplete(
        name=kept["name"],
        supplier=supplier,
        since=datetime.fromisoformat(kept["since"]),
        code=kept["code"],
        files=files,
        more=max(kept["file_count"] - len(files), 0),
    )


def refused_of(*, user: User, now: datetime) -> list[Arrival]:
    """What was refused before it was a message, alone or with its parcel; newest first."""
    found = Arrival.objects.filter(
        message__isnull=True,
        parcel__mailbox__supplier__in=Party.objects.acted_for_by(user=user),
        parcel__taken_at__gte=now - timedelta(days=REFUSED_SHOWN_DAYS),
    )
    return list(
        found.select_related("parcel__mailbox__supplier").order_by("-id")[:REFUSED_SHOWN_MAX]
    )
