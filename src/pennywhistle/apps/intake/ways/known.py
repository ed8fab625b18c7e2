"""What of a mailbox was taken before: so that nothing is taken twice, and changes are noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.intake.models import Message, Parcel
from pennywhistle.apps.intake.ways.letters import a_finding, manifest_path
from pennywhistle.apps.intake.ways.limits import COMPARED_DAYS, COMPARED_PER_LOOK, SAME_NAME_MAX
from pennywhistle.apps.intake.ways.names import SENT_AGAIN, ParcelName, parcel_name
from pennywhistle.engines.ddex import Finding, Severity

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.intake.models import Mailbox
    from pennywhistle.apps.intake.ways.staging import Bench

_NAMES_AT_ONCE = 1_000


def new_names(mailbox: Mailbox, names: list[ParcelName]) -> list[ParcelName]:
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


def names_to_compare(mailbox: Mailbox, there: set[str], now: datetime) -> list[ParcelName]:
    """Parcels that were taken, the longest not compared first: a few at each look."""
    since = now - timedelta(days=COMPARED_DAYS)
    rows = Parcel.objects.filter(mailbox=mailbox, taken_whole_at__gte=since)
    texts = rows.order_by("compared_at", "id").values_list("name", flat=True)
    plain = dict.fromkeys(text.partition(SENT_AGAIN)[0] for text in texts[:COMPARED_PER_LOOK])
    names = (parcel_name(text) for text in plain if text in there)
    return [name for name in names if name is not None]


def kept_as(mailbox: Mailbox, text: str, listing: str, now: datetime) -> tuple[str, Parcel | None]:
    """The name for the parcel's row, and what was taken under its name before; "" to leave it."""
    same = Q(name=text) | Q(name__startswith=f"{text}{SENT_AGAIN}")
    rows = list(Parcel.objects.filter(same, mailbox=mailbox).order_by("id"))
    if not rows:
        return text, None
    last = rows[-1]
    if last.taken_whole_at is None:
        return last.name, rows[-2] if len(rows) > 1 else None
    Parcel.objects.filter(id__in=[row.pk for row in rows]).update(compared_at=now)
    if last.listing_digest == listing or len(rows) >= SAME_NAME_MAX:
        return "", None
    return f"{text}{SENT_AGAIN}{len(rows) + 1}", last


def says_the_same(bench: Bench, before: Parcel) -> bool:
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


def reused_id(message: Message) -> Finding:
    """A MessageId that stands for another message: which of the two is meant is not known."""
    sentence = f"The MessageId {message.message_id[:100]} was used for another message before."
    cure = "Send it again with a MessageId of its own; nothing was changed."
    return a_finding("message-id-reused", message.message_id, sentence, cure)


def came_again(message: Message, parcel: Parcel) -> tuple[Finding, ...]:
    """A note where another parcel brought it first; taking one parcel twice is no news."""
    if message.parcel_id == parcel.pk:
        return ()
    said = ("The same message came before; nothing was changed.", "")
    finding = a_finding("came-again", message.message_id, *said)
    return (replace(finding, severity=Severity.NOTICE),)
