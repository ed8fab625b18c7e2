"""Messages that are held because of their files, looked at again once that is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.intake.doubts.queries import UPHELD, holds_of
from pennywhistle.apps.intake.ern.receiving import refuse_held, release_held
from pennywhistle.apps.intake.models import Message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pennywhistle.apps.intake.doubts.queries import Hold

_MESSAGES_PER_LOOK_MAX = 500


def look_again_at_held(*, now: datetime) -> int:
    """Do what held messages say of which nothing holds the files any more; answers how many.

    Where the store refuses a file, its message is refused. It looks at the rows that stand, so
    that nothing which decides about a file has to know of messages, and a look that fails or is
    interrupted is made up for by the next one.
    """
    held = Message.objects.filter(state=Message.State.HELD, change__is_held=True)
    held = held.filter(delivery__isnull=False).select_related("delivery")
    count = 0
    for message in held.order_by("created_at", "id")[:_MESSAGES_PER_LOOK_MAX]:
        holds = list(_holds(message))
        refused = next((hold for hold in holds if hold.state == UPHELD), None)
        if refused is not None:
            why = f"The store refuses a file of it: {refused.code}."
            refuse_held(message_id=message.pk, why=why, now=now)
        elif not holds:
            release_held(message_id=message.pk, now=now)
        count += refused is not None or not holds
    return count


def _holds(message: Message) -> Iterator[Hold]:
    assert message.delivery is not None, "what is held because of files has some"
    for holds in holds_of(message.delivery).values():
        yield from holds
