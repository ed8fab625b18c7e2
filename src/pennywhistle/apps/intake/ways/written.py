"""What a supplier's program may ask of its deliveries: their fate, and acknowledgements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pennywhistle.apps.intake.models import Arrival
from pennywhistle.apps.intake.ways.acknowledging import document_of

if TYPE_CHECKING:
    from pennywhistle.apps.intake.models import Mailbox, Parcel

NAMES_MAX = 1_000


def fate_of(parcel: Parcel | None) -> dict[str, Any]:
    """What became of a delivery, as JSON values."""
    if parcel is None:
        return {"state": "waiting", "findings": [], "messages": []}
    arrivals = parcel.arrivals.select_related("message").order_by("id")
    return {
        "state": parcel.state,
        "findings": parcel.findings,
        "messages": [_fate(arrival) for arrival in arrivals],
    }


def _fate(arrival: Arrival) -> dict[str, Any]:
    message = arrival.message
    return {
        "path": arrival.path,
        "release_id": arrival.release_id,
        "message_id": message.message_id if message is not None else "",
        "state": message.state if message is not None else "refused",
        "status": arrival.status,
        "text": arrival.error_text,
        "acknowledgement": arrival.file_name if arrival.acknowledged_at is not None else "",
    }


def acknowledgements(mailbox: Mailbox) -> list[str]:
    """The names of the newest acknowledgements."""
    written = Arrival.objects.filter(parcel__mailbox=mailbox, acknowledged_at__isnull=False)
    return list(written.order_by("-id").values_list("file_name", flat=True)[:NAMES_MAX])


def acknowledgement(mailbox: Mailbox, name: str) -> bytes | None:
    """One of them; None if there is none of this name."""
    written = Arrival.objects.filter(
        parcel__mailbox=mailbox, acknowledged_at__isnull=False, file_name=name
    )
    found = written.select_related("message", "parcel__mailbox__supplier").first()
    return document_of(found) if found is not None else None
