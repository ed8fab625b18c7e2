"""Starting an upload and publishing what was checked; taking in files that tell of works."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.db import transaction

from pennywhistle.apps.discovery.actions import index_release
from pennywhistle.apps.intake import jobs, work
from pennywhistle.apps.intake.doubts.queries import standing_of
from pennywhistle.apps.intake.folder import Found, checked, delivered_path
from pennywhistle.apps.intake.folder import kind_of as kind_of_file
from pennywhistle.apps.intake.models import Delivery, WorksFile
from pennywhistle.apps.intake.publishing import (
    HeldError,
    NotPublishableError,
    Terms,
    TrackTerms,
    shelve,
)
from pennywhistle.apps.intake.report import Report
from pennywhistle.apps.intake.works.reading import Progress, kind_of, size_bytes_max, unheard
from pennywhistle.apps.intake.works.recording import check_works_file, record_works_file
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import record_evidence
from pennywhistle.apps.rights.models import Evidence
from pennywhistle.machine.storage.folder import chunks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.supplement import Supplement
    from pennywhistle.apps.intake.works.report import ImportReport

__all__ = [
    "HeldError",
    "NotPublishableError",
    "NotRecordableError",
    "Terms",
    "TrackTerms",
    "confirm_works_file",
    "import_works",
    "publish_delivery",
    "refuse_works_file",
    "start_upload",
    "take_works_file",
    "vouch_for_works_file",
]


def start_upload(
    *,
    supplier_id: int,
    source_name: str,
    files: Sequence[tuple[str, Path]],
    supplement: Supplement,
    now: datetime,
) -> Delivery:
    """Take uploaded files into the store, and ask for their check; the same files again: nothing.

    Args:
        supplier_id: who delivers.
        source_name: what the supplier called it, such as the name of the uploaded folder.
        files: each file's name, or path within the uploaded folder, and where it lies now. The
            caller removes what lies there.
        supplement: how it is to be read.
        now: the instant.

    Raises:
        FolderError: it holds too many files, too much, or two under one name.
    """
    found = []
    for name, file in files:
        path = delivered_path(name.lstrip("/"))
        found.append(Found(path, file, kind_of_file(path, file), file.stat().st_size))
    taken = work.take(checked(found))
    with transaction.atomic():
        delivery = work.open_delivery(
            supplier_id=supplier_id,
            source_name=source_name,
            taken=taken,
            supplement=supplement,
            now=now,
        )
        if delivery.state == Delivery.State.CHECKING:
            jobs.check_delivery.defer(delivery_id=delivery.pk)
    return delivery


@transaction.atomic
def publish_delivery(*, delivery_id: int, terms: Terms, now: datetime) -> Delivery:
    """Publish the releases of a checked delivery against which nothing speaks, on these terms.

    All that can be published, or nothing. A release of which a file is held (`doubts.queries`)
    is left out as a whole; once nothing holds it any more, calling this again publishes it. What
    is published already is left as it is: prices and splits are changed by a new grant, not by
    publishing again.

    Raises:
        NotPublishableError: it is not checked yet, or was refused.
        HeldError: everything that could be published is held.
        GrantError: the terms cannot be granted.
    """
    delivery = Delivery.objects.select_for_update(of=("self",)).get(id=delivery_id)
    if delivery.state == Delivery.State.PUBLISHED:
        return delivery
    if delivery.state not in {Delivery.State.READY, Delivery.State.NEEDS_ANSWER}:
        raise NotPublishableError(
            f"The delivery “{delivery.source_name}” cannot be published: "
            f"{delivery.get_state_display().lower()}."
        )
    # One after the other, so that two deliveries of one release cannot both find it missing.
    supplier = Party.objects.select_for_update(no_key=True).get(id=delivery.supplier_id)
    assert delivery.report is not None, "a checked delivery has a report"
    report = Report.from_json(delivery.report)
    standing = standing_of(delivery, report)
    if not standing.open:
        if standing.published:
            return delivery
        raise HeldError(f"Everything in “{delivery.source_name}” waits for the store's decision.")
    files = {file.path: file for file in delivery.files.all()}
    for index in standing.open:
        planned = report.releases[index]
        release = shelve(planned, supplier=supplier, files=files, terms=terms, now=now)
        delivery.releases.add(release)
        index_release(release_id=release.pk, now=now)
    delivery.published = sorted({*delivery.published, *standing.open})
    if not standing.held:
        delivery.state = Delivery.State.PUBLISHED
    delivery.published_at = delivery.published_at or now
    delivery.save(update_fields=["published", "state", "published_at"])
    jobs.make_previews.defer(delivery_id=delivery.pk, asked_at=now.isoformat())
    return delivery


class NotRecordableError(Exception):
    """The works file is still being checked, was refused, or is somebody else's already."""

    code = "not-recordable"


def take_works_file(
    *,
    submitter_id: int,
    source_name: str,
    chunks: Iterable[bytes],
    now: datetime,
    kind: str = "",
    user_id: int | None = None,
) -> WorksFile:
    """Keep a file that tells of works as evidence, and ask for its check; the same again: nothing.

    `kind` is "cwr" or "csv", or empty: the file's first bytes say it. Nothing is recorded by it.

    Raises:
        EvidenceEmptyError: the file is empty.
        TooLargeError: it is larger than PENNYWHISTLE_WORKS_FILE_BYTES_MAX, or 50 MB for a table.
    """
    works_file = _keep(submitter_id, source_name, chunks, now, kind=kind, user_id=user_id)
    if works_file.state == WorksFile.State.CHECKING:
        jobs.check_works_file.defer(works_file_id=works_file.pk, asked_at=now.isoformat())
    return works_file


def _keep(
    submitter_id: int,
    source_name: str,
    chunks: Iterable[bytes],
    now: datetime,
    *,
    kind: str,
    user_id: int | None,
) -> WorksFile:
    incoming = iter(chunks)
    first = next(incoming, b"")
    kind = kind or kind_of(first)
    evidence = record_evidence(
        title=source_name,
        media_type="text/csv" if kind == WorksFile.Kind.CSV else "text/plain",
        chunks=chain([first], incoming),
        now=now,
        user_id=user_id,
        size_bytes_max=size_bytes_max(kind, settings.WORKS_FILE_BYTES_MAX),
    )
    works_file, _ = WorksFile.objects.get_or_create(
        submitter_id=submitter_id,
        evidence=evidence,
        kind=kind,
        defaults={"source_name": source_name.strip()[:300] or "?", "created_at": now},
    )
    return works_file


@transaction.atomic
def confirm_works_file(*, works_file_id: int, now: datetime) -> WorksFile:
    """Have a checked file recorded, as its sender says after reading the report; again: it goes on.

    The first file of a party waits for an operator's word. Raises NotRecordableError.
    """
    works_file = _confirm(works_file_id, now, is_vouched=False)
    if works_file.state == WorksFile.State.RECORDING:
        jobs.record_works_file.defer(works_file_id=works_file.pk, asked_at=now.isoformat())
    return works_file


@transaction.atomic
def vouch_for_works_file(*, works_file_id: int, user_id: int, now: datetime) -> WorksFile:
    """Let a party's first file be recorded: an operator knows that it is theirs; once.

    Raises NotRecordableError: it does not wait for that, and was not let in before.
    """
    works_file = WorksFile.objects.select_for_update(of=("self",)).get(id=works_file_id)
    if works_file.vouched_at is not None and works_file.state in WorksFile.RELIED_ON:
        return works_file
    if works_file.state != WorksFile.State.WAITING:
        raise NotRecordableError(f"The file “{works_file.source_name}” does not wait for this.")
    works_file = _confirm(works_file_id, now, is_vouched=True)
    works_file.vouched_by_id, works_file.vouched_at = user_id, now
    works_file.save(update_fields=["vouched_by", "vouched_at"])
    jobs.record_works_file.defer(works_file_id=works_file.pk, asked_at=now.isoformat())
    return works_file


@transaction.atomic
def refuse_works_file(*, works_file_id: int, user_id: int, reason: str, now: datetime) -> WorksFile:
    """Keep a party's first file out of the register, and say why; the same again changes nothing.

    Raises NotRecordableError: no reason is given, or the file does not wait for that.
    """
    works_file = WorksFile.objects.select_for_update(of=("self",)).get(id=works_file_id)
    if works_file.refusal:
        return works_file
    if not reason.strip() or works_file.state != WorksFile.State.WAITING:
        raise NotRecordableError("Say why; and only a file that waits for it can be refused.")
    works_file.state, works_file.refusal = WorksFile.State.REFUSED, reason.strip()
    works_file.vouched_by_id, works_file.vouched_at = user_id, now
    works_file.save(update_fields=["state", "refusal", "vouched_by", "vouched_at"])
    return works_file


@transaction.atomic
def _confirm(works_file_id: int, now: datetime, *, is_vouched: bool) -> WorksFile:
    works_file = WorksFile.objects.select_for_update(of=("self",)).get(id=works_file_id)
    state = works_file.state
    waits = state == WorksFile.State.WAITING
    if state == WorksFile.State.RECORDED or (waits and not is_vouched):
        return works_file
    if not waits and state not in {WorksFile.State.READY, WorksFile.State.RECORDING}:
        raise NotRecordableError(f"The file “{works_file.source_name}” cannot be recorded.")
    # One after the other for the same bytes: whose word they are is decided once.
    Evidence.objects.select_for_update().get(id=works_file.evidence_id)
    same = WorksFile.objects.relied_on().filter(evidence_id=works_file.evidence_id)
    if same.exclude(id=works_file.pk).exists():
        raise NotRecordableError("Somebody else has sent this very file, and it was recorded.")
    is_known = (
        is_vouched
        or WorksFile.objects.relied_on().filter(submitter_id=works_file.submitter_id).exists()
    )
    works_file.state = WorksFile.State.RECORDING if is_known else WorksFile.State.WAITING
    works_file.confirmed_at = works_file.confirmed_at or now
    works_file.save(update_fields=["state", "confirmed_at"])
    return works_file


def import_works(
    *,
    data: Path | BinaryIO,
    submitter_id: int,
    now: datetime,
    kind: str = "",
    is_check: bool = False,
    progress: Progress = unheard,
) -> ImportReport:
    """Check a works file and record it, here and now; with `is_check` nothing is recorded.

    The same file again changes nothing; one that was interrupted goes on where it was. Raises what
    `take_works_file` and `confirm_works_file` raise, but for a file that the report refuses.
    """
    if isinstance(data, Path):
        with data.open("rb") as file:
            return import_works(
                data=file,
                submitter_id=submitter_id,
                now=now,
                kind=kind,
                is_check=is_check,
                progress=progress,
            )
    name = Path(str(getattr(data, "name", kind or "works"))).name
    kept = _keep(submitter_id, name, chunks_of(data), now, kind=kind, user_id=None)
    report = check_works_file(works_file_id=kept.pk, now=now, progress=progress)
    kept.refresh_from_db(fields=["state"])
    if is_check or kept.state == WorksFile.State.REFUSED:
        return report
    # Whoever runs this here vouches for it: the operator of the store.
    _confirm(kept.pk, now, is_vouched=True)
    return record_works_file(works_file_id=kept.pk, now=now, progress=progress)
