"""What the mailbox shows: messages and deliveries in one list; every query starts at the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.models import Delivery, Message, Notice
from pennywhistle.apps.intake.telling.limits import (
    ALERTS_SHOWN_MAX,
    ROWS_PER_PAGE,
    SEARCH_LENGTH_MAX,
    SEARCHED_MAX,
)
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from pennywhistle.apps.users.models import User

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY_PARTS = 3
_KEY_DIGITS_MAX = 18
# Of one barcode there are as many releases as suppliers who deliver it.
_UPC_MAX = 100
_RANKS = {"delivery": 0, "message": 1}
# By the word of the filter: the states of messages and of deliveries that it means.
STATES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "work": ((Message.State.WAITING, Message.State.CHECKING), (Delivery.State.CHECKING,)),
    "held": ((Message.State.HELD,), ()),
    "refused": ((Message.State.REFUSED,), (Delivery.State.REFUSED,)),
    "ready": ((), (Delivery.State.READY, Delivery.State.NEEDS_ANSWER)),
    "in-force": ((Message.State.APPLIED,), (Delivery.State.PUBLISHED,)),
    "replaced": ((Message.State.SUPERSEDED,), ()),
    "nothing": ((Message.State.IGNORED,), ()),
}


@dataclass(frozen=True, slots=True)
class Mail:
    """A line of the mailbox. `kind` is message or delivery; `state` is a key of `STATES`."""

    kind: str
    id: int
    public_id: str
    name: str
    supplier: str
    title: str
    upc: str
    state: str
    at: datetime

    @property
    def key(self) -> str:
        """Where the next page begins, for `mail_rows`."""
        micro = (self.at - _EPOCH) // timedelta(microseconds=1)
        return f"{micro}-{_RANKS[self.kind]}-{self.id}"

    @property
    def order(self) -> tuple[datetime, int, int]:
        """What the list is ordered by, newest first."""
        return self.at, _RANKS[self.kind], self.id


def mail_rows(*, user: User, state: str = "", text: str = "", after: str = "") -> list[Mail]:
    """A page and one more of what this person's parties sent, newest first; two queries.

    `state` is a key of `STATES`; `text` a part of a message id, file name or release title, which
    is looked for among the newest `SEARCHED_MAX` of each party, or a UPC, which is found at any
    age; `after` the `key` of the last line before, and ignored where it is none.
    """
    messages = Message.objects.sent_for(user=user).select_related("supplier", "release")
    messages = messages.defer("findings", "change")
    # A delivery that came with a message is shown as that message.
    deliveries = Delivery.objects.sent_for(user=user).filter(message__isnull=True)
    deliveries = deliveries.select_related("supplier").defer("report", "options")
    if state in STATES:
        of_messages, of_deliveries = STATES[state]
        messages = messages.filter(state__in=of_messages)
        deliveries = deliveries.filter(state__in=of_deliveries)
    said = text.strip()[:SEARCH_LENGTH_MAX].replace("\0", "")
    if said:
        is_named = Q(source_name__icontains=said)
        is_called = is_named | Q(release__title__icontains=said) | Q(message_id__icontains=said)
        parties = list(Party.objects.acted_for_by(user=user).values_list("id", flat=True))
        # Their numbers beforehand: the database then looks messages up by them.
        sold_as = list(Release.objects.filter(upc=said).values_list("id", flat=True)[:_UPC_MAX])
        newest = _newest(Message.objects.all(), "received_at", parties)
        messages = messages.filter((newest & is_called) | Q(release__in=sold_as))
        newest = _newest(Delivery.objects.all(), "created_at", parties)
        deliveries = deliveries.filter(newest & is_named)
    key = _key(after)
    if key is not None:
        messages = messages.filter(_behind("received_at", _RANKS["message"], key))
        deliveries = deliveries.filter(_behind("created_at", _RANKS["delivery"], key))
    most = ROWS_PER_PAGE + 1
    found = [_of_message(each) for each in messages[:most]]
    found += [_of_delivery(each) for each in deliveries[:most]]
    found.sort(key=lambda mail: mail.order, reverse=True)
    return found[:most]


def _newest(rows: QuerySet[Any], field: str, party_ids: Sequence[int]) -> Q:
    """The newest rows of each party; a part of a text can only be found by reading them all."""
    found = Q(pk__in=())
    for party_id in party_ids:
        own = rows.filter(supplier=party_id).order_by(f"-{field}", "-id")
        last = own.values_list(field, flat=True)[SEARCHED_MAX : SEARCHED_MAX + 1].first()
        found |= Q(supplier=party_id, **({f"{field}__gt": last} if last else {}))
    return found


def _key(after: str) -> tuple[datetime, int, int] | None:
    parts = after.split("-")
    if len(parts) != _KEY_PARTS or not all(_is_number(part) for part in parts):
        return None
    micro, rank, row_id = map(int, parts)
    try:
        return _EPOCH + timedelta(microseconds=micro), rank, row_id
    except OverflowError:
        return None


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= _KEY_DIGITS_MAX


def _behind(field: str, rank: int, key: tuple[datetime, int, int]) -> Q:
    at, key_rank, row_id = key
    older = Q(**{f"{field}__lt": at})
    if rank > key_rank:
        return older
    same = Q(**{field: at})
    return older | (same if rank < key_rank else same & Q(id__lt=row_id))


def _of_message(message: Message) -> Mail:
    release = message.release
    return Mail(
        "message",
        message.pk,
        message.public_id,
        message.message_id or message.source_name,
        message.supplier.name,
        release.title if release is not None else "",
        release.upc if release is not None else "",
        next(word for word, (states, _) in STATES.items() if message.state in states),
        message.received_at,
    )


def _of_delivery(delivery: Delivery) -> Mail:
    return Mail(
        "delivery",
        delivery.pk,
        delivery.public_id,
        delivery.source_name,
        delivery.supplier.name,
        "",
        "",
        next(word for word, (_, states) in STATES.items() if delivery.state in states),
        delivery.created_at,
    )


def alerts_of(*, user: User) -> list[Notice]:
    """What needs this person and nobody has marked as seen, newest first; so many, and one."""
    found = Notice.objects.sent_to(user=user).unseen()
    return list(found.select_related("supplier", "message", "release")[: ALERTS_SHOWN_MAX + 1])


def alert_count(*, user: User) -> int:
    """How many there are, for the navigation."""
    return Notice.objects.sent_to(user=user).unseen().count()


def message_of(*, user: User, public_id: str) -> Message | None:
    """A message with its files; None if there is none that this person may see."""
    found = Message.objects.sent_for(user=user).filter(public_id=public_id)
    parts = ("supplier", "release", "parcel__mailbox", "delivery")
    return found.select_related(*parts).first()


def siblings_of(message: Message) -> QuerySet[Message]:
    """All messages of the supplier about the same release, the newest by its own time first."""
    if message.release_id is None:
        return Message.objects.none()
    found = Message.objects.filter(supplier_id=message.supplier_id, release_id=message.release_id)
    return found.defer("findings", "change").order_by("-created_at", "-id")
