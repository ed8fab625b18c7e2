"""Lays a supplier's catalog into a folder, in batches as the choreography has them.

    FOLDER/leaving.json                          what this export is, and which batches are whole
    FOLDER/N_{BatchId}/{ReleaseId}/{ReleaseId}.xml
    FOLDER/N_{BatchId}/{ReleaseId}/resources/…   masters, cover, extras, byte for byte as delivered
    FOLDER/N_{BatchId}/BatchComplete_{BatchId}.xml   comes last, with the SHA-256 of each message
    FOLDER/rate-card.csv, FOLDER/splits.csv      what ERN has no words for

A message comes after its files, and every file gets its name only when it is whole; so what is
interrupted goes on with the next release. What came to the catalog after the beginning stays out.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.leaving.catalog import (
    count_releases,
    newest_release_id,
    releases_of,
)
from pennywhistle.apps.intake.leaving.kept import kept_files
from pennywhistle.apps.intake.leaving.limits import FILES_PER_BATCH, RELEASES_PER_BATCH
from pennywhistle.apps.intake.leaving.senders import letterhead
from pennywhistle.apps.intake.leaving.tables import (
    RATE_CARD_COLUMNS,
    SPLIT_COLUMNS,
    csv_text,
    own_codes,
    rate_card_rows,
    split_rows,
)
from pennywhistle.apps.intake.leaving.words import (
    facts_of,
    files_of,
    folder_name,
    release_numbers,
)
from pennywhistle.engines.ddex.write_facts import Listed
from pennywhistle.engines.ddex.write_manifest import write_manifest
from pennywhistle.engines.ddex.write_release import write_release
from pennywhistle.machine.storage.folder import chunks_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.apps.intake.leaving.kept import KeptFile
    from pennywhistle.apps.intake.leaving.senders import Letterhead
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.engines.ddex.write_facts import Enclosed, Picture, Sound

_NOTE = "leaving.json"


class AnotherExportError(Exception):
    """The folder holds the export of somebody else, or things that are none of ours."""

    code = "another-export"


@dataclass
class Summary:
    """What was laid into the folder, this time or before."""

    releases: int = 0
    releases_total: int = 0
    taken_down: int = 0
    files: int = 0
    bytes: int = 0
    batches: int = 0
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Note:
    """What `leaving.json` says: an export that goes on is the one that began."""

    supplier: str
    started_at: datetime
    release_id_max: int

    def to_json(self) -> dict[str, object]:
        return {
            "supplier": self.supplier,
            "started_at": self.started_at.isoformat(),
            "release_id_max": self.release_id_max,
        }


def export_catalog(
    *,
    supplier: Party,
    folder: Path,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    per_batch: int = RELEASES_PER_BATCH,
) -> Summary:
    """Lay everything of a supplier into a folder; one that was begun there goes on.

    Raises AnotherExportError, and OSError where the folder cannot be written. Files that the store
    has lost are named in the summary; their messages go without them.
    """
    note = _begun(folder, supplier, now)
    head = letterhead(supplier, now=note.started_at)
    summary = Summary(releases_total=count_releases(supplier.pk, id_max=note.release_id_max))
    batch: list[Listed] = []
    files_before = 0
    codes: dict[str, tuple[str, str, str]] = {}
    splits = folder / "splits.csv.part"
    with splits.open("w", encoding="utf-8", newline="") as shares:
        shares.write(csv_text(SPLIT_COLUMNS, ()))
        for release in releases_of(supplier.pk, id_max=note.release_id_max):
            name = head.batch_name(summary.batches + 1)
            batch.append(_lay(release, folder / name, head, summary))
            codes.update(own_codes(release))
            shares.write(csv_text(None, split_rows(release)))
            progress(summary.releases, summary.releases_total)
            if len(batch) == per_batch or summary.files - files_before >= FILES_PER_BATCH:
                _complete(folder / name, head, batch, summary)
                batch, files_before = [], summary.files
    if batch:
        _complete(folder / head.batch_name(summary.batches + 1), head, batch, summary)
    splits.rename(folder / "splits.csv")
    rates = csv_text(RATE_CARD_COLUMNS, rate_card_rows(supplier.pk, codes))
    _write(folder / "rate-card.csv", rates.encode())
    return summary


def _begun(folder: Path, supplier: Party, now: datetime) -> _Note:
    """The export that was begun in this folder, or a new one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _NOTE
    if not path.exists():
        if any(folder.iterdir()):
            raise AnotherExportError(f"{folder} is not empty; give a folder of its own.")
        note = _Note(supplier.public_id, now, newest_release_id(supplier.pk))
        _write(path, json.dumps(note.to_json()).encode())
        return note
    said = json.loads(path.read_text(encoding="utf-8"))
    note = _Note(
        str(said["supplier"]),
        datetime.fromisoformat(said["started_at"]),
        int(said["release_id_max"]),
    )
    if note.supplier != supplier.public_id:
        raise AnotherExportError(f"{folder} holds the export of another supplier.")
    return note


# --- one release -------------------------------------------------------------------------


def _lay(release: Release, batch: Path, head: Letterhead, summary: Summary) -> Listed:
    name = folder_name(release)
    own = batch / name
    document = own / f"{name}.xml"
    kept = kept_files(release)
    heading = head.heading(release.public_id)
    facts = facts_of(release, files=kept.found, now=head.created_at)
    summary.lost += [f"{name}: {sha256}" for sha256 in kept.lost]
    written = [_copy(file, kept.found[file.sha256], own) for file in files_of(facts)]
    if not document.exists():
        _write(document, write_release(facts, heading))
    data = document.read_bytes()
    summary.releases += 1
    summary.taken_down += not facts.sales
    summary.files += len(written)
    summary.bytes += sum(written) + len(data)
    return Listed(
        heading.message_id,
        f"{name}/{name}.xml",
        hashlib.sha256(data).hexdigest(),
        release_numbers(release),
        is_take_down=not facts.sales,
    )


def _copy(file: Sound | Picture | Enclosed, kept: KeptFile, own: Path) -> int:
    """Copy a stored file, unless it is there already; answers with its size in bytes."""
    target = own / file.path
    if target.exists() and target.stat().st_size == kept.size_bytes:
        return kept.size_bytes
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.part")
    with kept.folder.open(kept.sha256) as source, partial.open("wb") as sink:
        for chunk in chunks_of(source):
            sink.write(chunk)
    partial.rename(target)
    return kept.size_bytes


def _complete(batch: Path, head: Letterhead, listed: list[Listed], summary: Summary) -> None:
    """Write the manifest: from here on the batch may be read."""
    batch_id = batch.name.removeprefix("N_")
    manifest = write_manifest(head.heading(batch_id), folder=batch.name, messages=listed)
    _write(batch / f"BatchComplete_{batch_id}.xml", manifest)
    summary.batches += 1


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
