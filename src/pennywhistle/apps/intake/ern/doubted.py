"""Messages that are held because of what they would sell, looked at again once it is decided."""

from __future__ import annotations

import logging
from itertools import chain, groupby
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.doubts.queries import UPHELD, holds_on
from pennywhistle.apps.intake.ern.receiving import refuse_held, release_held
from pennywhistle.apps.intake.models import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pennywhistle.apps.intake.doubts.queries import Hold

logger = logging.getLogger(__name__)

_MESSAGES_PER_PAGE = 500
_MESSAGES_PER_LOOK_MAX = 500
_CURE = (
    "Send a better file in a new message. Should the store let the refused one through after all, "
    "send this again as a new message, with an id of its own."
)


def look_again_at_held(*, now: datetime) -> int:
    """Do what held messages say of whose sound nothing is held any more; answers how many.

    Where the store refuses a file, its message is refused. It looks at the rows that stand, so
    that nothing which decides about a file has to know of messages, and a look that fails or is
    interrupted is made up for by the next one. Of those that wait on, however many there are, only
    the rows are read; a message that cannot be done is left, and keeps no other one waiting.
    """
    count = 0
    for message, holds in _looked_at():
        refused = next((hold for hold in holds if hold.state == UPHELD), None)
        if holds and refused is None:
            continue
        try:
            _decide(message, refused, now)
        except Exception:
            logger.exception("The message %s that was held is left for another time.", message.pk)
            continue
        count += 1
        if count == _MESSAGES_PER_LOOK_MAX:
            break
    return count


def _decide(message: Message, refused: Hold | None, now: datetime) -> None:
    if refused is None:
        release_held(message_id=message.pk, now=now)
        return
    why = f"The store refuses a file of it: {refused.code}."
    refuse_held(message_id=message.pk, why=why, now=now, cure=_CURE)


def _looked_at() -> Iterator[tuple[Message, list[Hold]]]:
    """Every message that is held for what it would sell, with what of that is still held.

    A page at a time, in the order in which they came.
    """
    held = Message.objects.filter(state=Message.State.HELD, change__is_held=True)
    after_id = 0
    while page := list(
        held.filter(id__gt=after_id)
        .only("id", "supplier_id", "change")
        .order_by("id")[:_MESSAGES_PER_PAGE]
    ):
        after_id = page[-1].pk
        standing = _holds_on(chain.from_iterable(_waits_for(message) for message in page))
        for message in page:
            found = (standing.get(content, ()) for content in _waits_for(message))
            yield message, list(chain.from_iterable(found))


def _waits_for(message: Message) -> list[tuple[int, str]]:
    """What it waited for when it was looked at last; that of none is looked at anew."""
    return [(supplier_id, sha256) for supplier_id, sha256 in message.change.get("waits_for", ())]


def _holds_on(contents: Iterable[tuple[int, str]]) -> dict[tuple[int, str], tuple[Hold, ...]]:
    """What holds these, as many queries as there are suppliers."""
    return {
        (supplier_id, sha256): holds
        for supplier_id, theirs in groupby(sorted(set(contents)), key=lambda each: each[0])
        for sha256, holds in holds_on(
            supplier_id=supplier_id, sha256s=[sha256 for _, sha256 in theirs]
        ).items()
    }
