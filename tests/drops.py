"""Suppliers' mailboxes in tests: folders with messages, batches, and their working off."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from procrastinate.contrib.django.models import ProcrastinateJob

from builders import a_store
from ern_messages import STORE, Built, header
from ern_terms import SENDER, Terms
from pennywhistle.apps.intake.ern.receiving import process_message
from pennywhistle.apps.intake.models import Arrival, Mailbox
from pennywhistle.apps.intake.ways.actions import look_into, open_mailbox
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.apps.parties.actions import ensure_party, identify_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import record_agreement
from pennywhistle.kernel.period import Period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pennywhistle.apps.intake.ways.looking import Look

GTIN = "4006381333931"
OTHER_GTIN = "4006381333948"
RELEASE = f"N_{GTIN}_20260201100000000"
BATCH = "N_20260201100000000"
DOLLARS = Terms(wholesale="1.00", currency="USD")


def later(minutes: float = 5) -> datetime:
    """So long after this moment: what was just written lies still by then."""
    return datetime.now(tz=UTC) + timedelta(minutes=minutes)


def a_supplier(name: str = "Copper Yard", dpid: str = SENDER) -> Party:
    """A supplier with a DPID and an agreement, in a store that sells in dollars."""
    a_store()
    supplier = ensure_party(name=name, kind=Party.Kind.ORGANIZATION)
    identify_party(party_id=supplier.pk, scheme="dpid", text=dpid)
    record_agreement(
        supplier_id=supplier.pk, valid=Period.always(), us_source="direct", now=later(-60)
    )
    return supplier


def a_mailbox(location: Path | str, *, supplier: Party | None = None) -> Mailbox:
    """A mailbox of a supplier."""
    whose = supplier or a_supplier()
    return open_mailbox(supplier_id=whose.pk, location=str(location), now=later(-60))


def a_message(
    message_id: str = "M1", *, minute: int = 0, deals: tuple[Terms, ...] = (DOLLARS,), **more: str
) -> bytes:
    """A message of 10:MM o'clock whose files carry no digest."""
    created = f"2026-02-01T10:{minute:02}:00Z"
    built = Built(message_id=message_id, created=created, deals=deals, **more)  # type: ignore[arg-type]
    text = built.bytes().decode()
    return re.sub(r"<HashSum>.*?</HashSumValue></HashSum>", "", text, flags=re.DOTALL).encode()


def a_takedown(message_id: str, *, minute: int) -> bytes:
    """A message without deals: the end of all sales."""
    return a_message(message_id, minute=minute, deals=())


def put(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for path, data in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return root


def sounds(folder: Path, *, count: int = 2) -> dict[str, bytes]:
    """Sound files by the names that messages give them."""
    found = {}
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        file = folder / f"{number}.flac"
        if not file.exists():
            write_audio(file, seconds=1 + number)
        found[f"resources/{number}.flac"] = file.read_bytes()
    return found


def a_manifest(
    messages: Mapping[str, bytes],
    *,
    count: int | None = None,
    is_test: bool = False,
    algorithm: str = "SHA-256",
    digests: Mapping[str, str] | None = None,
) -> bytes:
    """The file that completes a batch: `messages` by their paths in it."""
    listed = "".join(
        "<MessageInBatch><MessageType>NewReleaseMessage</MessageType>"
        f"<MessageId>{path}</MessageId><URL>{path}</URL>"
        f"<IncludedReleaseId><ICPN>{GTIN}</ICPN></IncludedReleaseId>"
        "<DeliveryType>NewReleaseDelivery</DeliveryType><ProductType>AudioProduct</ProductType>"
        f"<HashSum><HashSum>{(digests or {}).get(path) or hashlib.sha256(data).hexdigest()}"
        f"</HashSum><HashSumAlgorithmType>{algorithm}</HashSumAlgorithmType></HashSum>"
        "</MessageInBatch>"
        for path, data in messages.items()
    )
    said = len(messages) if count is None else count
    top = header(SENDER, STORE, "", "2026-02-01T10:00:00Z", "").replace(
        "<MessageId></MessageId>", ""
    )
    return (
        '<ern-c:ManifestMessage xmlns:ern-c="http://ddex.net/xml/ern-c-sftp/16" '
        f'MessageVersionId="1.6">{top}<IsTestFlag>{str(is_test).lower()}</IsTestFlag>'
        f"<RootDirectory>/{BATCH}</RootDirectory><NumberOfMessages>{said}</NumberOfMessages>"
        f"{listed}</ern-c:ManifestMessage>"
    ).encode()


def a_batch(
    root: Path, messages: Mapping[str, bytes], *, manifest: bytes | None = None, name: str = BATCH
) -> Path:
    """A complete batch; without `manifest` the one that fits."""
    mark = a_manifest(messages) if manifest is None else manifest
    batch = name.partition("_")[2]
    return put(root / name, {**messages, f"BatchComplete_{batch}.xml": mark})


def work_off() -> int:
    """Do what the worker does with the queued messages, one after the other; answers how many."""
    jobs = ProcrastinateJob.objects.filter(task_name="intake.process_message").order_by("id")
    ids = list(jobs.values_list("id", "args"))
    for _, args in ids:
        process_message(message_id=args["message_id"], now=later())
    return len(ids)


def through(mailbox: Mailbox, *, minutes: float = 5) -> Look:
    """Look, let the worker work, and look again: everything is acknowledged then."""
    found = look_into(mailbox_id=mailbox.pk, now=later(minutes))
    work_off()
    look_into(mailbox_id=mailbox.pk, now=later(minutes + 1))
    return found


def statuses(mailbox: Mailbox) -> dict[str, str]:
    """What was said of each message, by its path in its parcel."""
    arrivals = Arrival.objects.filter(parcel__mailbox=mailbox).order_by("id")
    return {each.path: each.own_status or each.status for each in arrivals}


def acknowledged(root: Path) -> list[str]:
    """The files in acknowledgements/, by name."""
    folder = root / "acknowledgements"
    return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
