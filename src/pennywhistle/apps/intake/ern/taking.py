"""Taking release messages in: the bytes, the files that came with them, and a row for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.ern.folders import MESSAGES
from pennywhistle.apps.intake.ern.notes import error, plain_findings, refusal_word, tell
from pennywhistle.apps.intake.ern.parsed import PARSED
from pennywhistle.apps.intake.ern.reading import parse
from pennywhistle.apps.intake.folder import FolderError, Found, checked, delivered_path, kind_of
from pennywhistle.apps.intake.message_limits import message_limits
from pennywhistle.apps.intake.models import Delivery, Message
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.engines.ddex import Finding, NewRelease, Purge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path


def take_message(
    *,
    supplier_id: int,
    document: bytes,
    files: Mapping[str, Path],
    source_name: str,
    now: datetime,
    parcel_id: int | None = None,
) -> Message:
    """Keep a message and the files that came with it; nothing is published by it.

    The same message id of the same sender again answers with the row that stands. What cannot be
    read becomes a row that says so. Nothing that a supplier sends makes this raise.

    Args:
        supplier_id: whose mailbox it came through.
        document: the message, byte for byte.
        files: where each file lies, by its path as the message names it.
        source_name: what the supplier called it.
        now: the instant.
        parcel_id: what it came in, if it came through a mailbox.
    """
    sha256 = MESSAGES.put([document]).sha256
    message = parse(document)
    row: dict[str, Any] = {
        "parcel_id": parcel_id,
        "source_name": source_name[:300] or "?",
        "sha256": sha256,
        "received_at": now,
    }
    if isinstance(message, Finding):
        return _unreadable(supplier_id, row, message)
    known = _known(supplier_id, message, sha256)
    if known is not None:
        return known
    PARSED.put((sha256, message_limits()), message, len(document))
    delivery, findings = _take_files(supplier_id, files, row, now)
    return _written(supplier_id, message, row, delivery, findings)


def _unreadable(supplier_id: int, row: dict[str, Any], finding: Finding) -> Message:
    written, is_new = Message.objects.get_or_create(
        supplier_id=supplier_id,
        sha256=row["sha256"],
        kind=Message.Kind.UNREADABLE,
        defaults={
            **row,
            "state": Message.State.REFUSED,
            "findings": plain_findings([finding]),
            "finished_at": row["received_at"],
        },
    )
    if is_new:
        tell(written, refusal_word(finding), now=row["received_at"])
    return written


def _known(supplier_id: int, message: NewRelease | Purge, sha256: str) -> Message | None:
    """The row of this message id of this sender; without an id, that of these very bytes."""
    own = Message.objects.filter(supplier_id=supplier_id)
    message_id = message.envelope.header.message_id[:200]
    if not message_id:
        return own.filter(message_id="", sha256=sha256).exclude(kind="unreadable").first()
    return own.filter(sender_dpid=message.envelope.sender_dpid[:40], message_id=message_id).first()


def _take_files(
    supplier_id: int, files: Mapping[str, Path], row: dict[str, Any], now: datetime
) -> tuple[Delivery | None, list[Finding]]:
    """The files in the store, and their delivery; or why there is none."""
    if not files:
        return None, []
    try:
        found = []
        for name, file in files.items():
            path = delivered_path(name.removeprefix("./").lstrip("/"))
            found.append(Found(path, file, kind_of(path, file), file.stat().st_size))
        taken = work.take(checked(found))
    except FolderError as refusal:
        cure = "Send the release again with fewer or smaller files."
        return None, [error(refusal.code, str(refusal), cure)]
    delivery = work.open_delivery(
        supplier_id=supplier_id,
        source_name=row["source_name"],
        taken=taken,
        supplement=Supplement(),
        now=now,
        belongs_to=row["sha256"],
    )
    return delivery, []


@transaction.atomic
def _written(
    supplier_id: int,
    message: NewRelease | Purge,
    row: dict[str, Any],
    delivery: Delivery | None,
    findings: Sequence[Finding],
) -> Message:
    is_purge = isinstance(message, Purge)
    values = {
        **row,
        "kind": Message.Kind.PURGE if is_purge else Message.Kind.NEW_RELEASE,
        "created_at": message.envelope.header.created_at,
        "findings": plain_findings(findings),
    }
    message_id = message.envelope.header.message_id[:200]
    if not message_id:
        return Message.objects.create(supplier_id=supplier_id, delivery=delivery, **values)
    written, is_new = Message.objects.get_or_create(
        supplier_id=supplier_id,
        sender_dpid=message.envelope.sender_dpid[:40],
        message_id=message_id,
        defaults={**values, "delivery": delivery},
    )
    if not is_new and delivery is not None and not hasattr(delivery, "message"):
        # Another worker was first with the same id and other files.
        Delivery.objects.filter(id=delivery.pk).update(state=Delivery.State.REFUSED)
    return written
