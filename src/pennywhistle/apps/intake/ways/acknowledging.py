"""Decides what is said of each message, and writes it into the place: exactly once, whatever dies.

What is said and the file's name are settled in the database first; the file follows from them.
Writing it again writes the same bytes under the same name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from pennywhistle.apps.intake.models import Arrival, Message, Parcel
from pennywhistle.apps.intake.ways.names import ACKNOWLEDGEMENTS, SENT_AGAIN, parcel_name
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.engines.ddex.write_ack import (
    FILE_OK,
    Acknowledgement,
    Correspondent,
    acknowledgement_name,
    status_of,
    write_acknowledgement,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.models import Mailbox
    from pennywhistle.apps.intake.ways.place import Place

_MILLISECOND = timedelta(milliseconds=1)
_FINDINGS_SAID_MAX = 20
_SERIOUS = frozenset({"error", "stop"})
_SAID = {
    Message.State.SUPERSEDED: "A newer message took its place.",
    Message.State.IGNORED: "The message was read and changed nothing.",
    Message.State.HELD: "The message was received and waits for the store's operator.",
}


def decide(*, mailbox: Mailbox, now: datetime) -> list[Parcel]:
    """Settle what is said of the parcels whose messages are all decided; answers with those."""
    decided = []
    for parcel in Parcel.objects.undecided().filter(mailbox=mailbox).order_by("id"):
        waiting = Message.objects.unfinished().filter(arrivals__parcel=parcel)
        if not waiting.exists() and _settle(parcel.pk, now):
            decided.append(parcel)
    return decided


@transaction.atomic
def _settle(parcel_id: int, now: datetime) -> bool:
    parcel = Parcel.objects.select_for_update().get(id=parcel_id)
    if parcel.done_at is not None:
        return False
    arrivals = list(parcel.arrivals.select_related("message").order_by("id"))
    at = now
    for arrival in arrivals:
        arrival.status, arrival.own_status, arrival.error_text = _said_of(arrival)
        arrival.file_name = acknowledgement_name(at, arrival.release_id)
        # Two of one name: the next millisecond is free.
        while _is_taken(parcel, arrival.file_name):
            at += _MILLISECOND
            arrival.file_name = acknowledgement_name(at, arrival.release_id)
        arrival.save(update_fields=["status", "own_status", "error_text", "file_name"])
    refused = [arrival for arrival in arrivals if arrival.status != FILE_OK]
    parcel.done_at = now
    parcel.state = Parcel.State.DONE
    if arrivals and len(refused) == len(arrivals):
        parcel.state = Parcel.State.REFUSED
    parcel.save(update_fields=["done_at", "state"])
    return True


def _is_taken(parcel: Parcel, file_name: str) -> bool:
    given = Arrival.objects.filter(parcel__mailbox_id=parcel.mailbox_id, file_name=file_name)
    return given.exists()


def _said_of(arrival: Arrival) -> tuple[str, str, str]:
    """Status, our own word where DDEX has none, and the text."""
    message = arrival.message
    if message is None:
        status, own = status_of(_codes(arrival.findings))
        return status, own, _text(arrival.findings)
    findings = [*arrival.findings, *message.findings]
    if message.state == Message.State.REFUSED:
        serious = [finding for finding in findings if finding.get("severity") in _SERIOUS]
        status, own = status_of(_codes(serious or findings))
        return status, own, _text(serious or findings)
    serious = [finding for finding in findings if finding.get("severity") in _SERIOUS]
    first = _SAID.get(Message.State(message.state), "")
    return FILE_OK, "", "\n".join(part for part in (first, _text(serious)) if part)


def _codes(findings: Iterable[dict[str, Any]]) -> list[str]:
    return [str(finding.get("code", "")) for finding in findings]


def _text(findings: Sequence[dict[str, Any]]) -> str:
    lines = [
        f"{finding.get('sentence', '')} {finding.get('cure', '')}".strip()
        for finding in findings[:_FINDINGS_SAID_MAX]
    ]
    if len(findings) > _FINDINGS_SAID_MAX:
        lines.append(f"… and {len(findings) - _FINDINGS_SAID_MAX} more.")
    return "\n".join(dict.fromkeys(lines))


def acknowledge(*, mailbox: Mailbox, place: Place, now: datetime) -> int:
    """Write every acknowledgement that is settled and not written; answers how many.

    Raises UnreachableError: the next look goes on.
    """
    written = 0
    for parcel in Parcel.objects.unacknowledged().filter(mailbox=mailbox).order_by("id"):
        for arrival in parcel.arrivals.filter(acknowledged_at__isnull=True).order_by("id"):
            place.write(f"{ACKNOWLEDGEMENTS}/{arrival.file_name}", document_of(arrival))
            Arrival.objects.filter(id=arrival.pk).update(acknowledged_at=now)
            written += 1
        Parcel.objects.filter(id=parcel.pk).update(acknowledged_at=now)
    return written


def document_of(arrival: Arrival) -> bytes:
    """The acknowledgement, from what was settled: the same bytes every time."""
    parcel = arrival.parcel
    assert parcel.done_at is not None, "it is written of what is decided"
    name = parcel_name(parcel.name.partition(SENT_AGAIN)[0])
    supplier = parcel.mailbox.supplier
    store = the_store()
    host = settings.ORIGIN.partition("://")[2] or store.name
    dpid = arrival.message.sender_dpid if arrival.message is not None else ""
    return write_acknowledgement(
        Acknowledgement(
            sender=Correspondent(store.name, settings.DPID, host, host),
            recipient=Correspondent(supplier.name, dpid, supplier.public_id, host),
            created_at=parcel.done_at,
            release_id=arrival.release_id,
            status=arrival.status,
            own_status=arrival.own_status,
            set_up_on=name.set_up_on if name is not None else None,
            error_text=arrival.error_text,
        )
    )
