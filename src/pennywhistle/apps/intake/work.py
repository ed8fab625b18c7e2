"""The slow part of intake: storing files, decoding each, writing the report."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.db import transaction
from django.db.models.functions import Now

from pennywhistle.apps.copies.queries import is_to_be_blocked
from pennywhistle.apps.intake.doubts.opening import weigh
from pennywhistle.apps.intake.folder import Found, walk
from pennywhistle.apps.intake.models import Delivery, DeliveryFile
from pennywhistle.apps.intake.reporting import write_report
from pennywhistle.apps.media import work as media
from pennywhistle.apps.media.extras import store_document
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.hearings import keep_hearing
from pennywhistle.apps.media.models import Hearing
from pennywhistle.apps.media.reliance import let_go, rely_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from pennywhistle.apps.intake.report import Report
    from pennywhistle.apps.intake.supplement import Supplement
    from pennywhistle.machine.storage import Stored

_SENTENCE_CHARS_MAX = 600
_PATHS_TOLD_MAX = 3
_AMONG_MASTERS = (DeliveryFile.Kind.AUDIO, DeliveryFile.Kind.EXTRA)


class Progress(Protocol):
    """Hears how far the work is: what is being done, files done, files in all, which just now."""

    def __call__(self, step: str, done: int, total: int, /, *paths: str) -> None: ...


def _unheard(_step: str, _done: int, _total: int, /, *_paths: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file of a delivery that was copied into the store, or why it was not.

    `source` is where it was copied from, and still lies while its delivery is opened.
    """

    path: str
    kind: DeliveryFile.Kind
    size_bytes: int
    sha256: str = ""
    refusal: media.FileRefusedError | None = None
    source: Path | None = None


def read_folder(
    *,
    supplier_id: int,
    folder: Path,
    supplement: Supplement,
    now: datetime,
    progress: Progress = _unheard,
) -> Delivery:
    """Read a folder from end to end: store, check, report. Nothing is published by it.

    The same folder again answers with the same delivery, without decoding anything anew; a folder
    that was interrupted goes on where it was.

    Raises:
        FolderError: it is no folder, or a larger one than a delivery may be.
    """
    taken = take(walk(folder), progress=progress)
    delivery = open_delivery(
        supplier_id=supplier_id,
        source_name=folder.resolve().name,
        taken=taken,
        supplement=supplement,
        now=now,
    )
    check_delivery(delivery_id=delivery.pk, progress=progress)
    delivery.refresh_from_db()
    return delivery


def take(found: Sequence[Found], *, progress: Progress = _unheard) -> list[Taken]:
    """Copy a delivery's audio, pictures and documents into the store; one may be too large."""
    taken = []
    for done, file in enumerate(found, start=1):
        taken.append(_take(file))
        progress("store", done, len(found))
    return taken


def _take(file: Found) -> Taken:
    if file.kind is DeliveryFile.Kind.OTHER:
        return Taken(file.path, file.kind, file.size_bytes)
    try:
        stored = _store(file)
    except media.FileRefusedError as refusal:
        return Taken(file.path, file.kind, file.size_bytes, refusal=refusal)
    return Taken(file.path, file.kind, file.size_bytes, stored.sha256, source=file.file)


def _store(file: Found) -> Stored:
    if file.kind is DeliveryFile.Kind.AUDIO:
        return media.store_master(file.file)
    if file.kind is DeliveryFile.Kind.PICTURE:
        return media.store_picture(file.file)
    return store_document(file.file)


@transaction.atomic
def open_delivery(
    *,
    supplier_id: int,
    source_name: str,
    taken: Sequence[Taken],
    supplement: Supplement,
    now: datetime,
    belongs_to: str = "",
) -> Delivery:
    """Write down a delivery whose files are stored; the same content again is the same row.

    `belongs_to` names what the files came with, so that the same files with something else are
    another delivery.
    """
    _stay_stored(taken)
    options = supplement.to_json()
    delivery, is_new = Delivery.objects.get_or_create(
        supplier_id=supplier_id,
        content_digest=_digest(taken, options | ({"of": belongs_to} if belongs_to else {})),
        defaults={
            "source_name": source_name[:300],
            "options": options,
            "files_total": sum(file.kind is DeliveryFile.Kind.AUDIO for file in taken),
            "created_at": now,
        },
    )
    if is_new:
        DeliveryFile.objects.bulk_create(_row(delivery, file) for file in taken)
    return delivery


def _stay_stored(taken: Iterable[Taken]) -> None:
    """Count on what was taken; store again what another delivery let go of in between."""
    sources = {
        file.sha256: file.source for file in taken if file.kind in _AMONG_MASTERS and file.sha256
    }
    rely_on(sources)
    # Only what was refused is ever let go of: nothing else need be looked for in the storage.
    refused = DeliveryFile.objects.filter(
        state=DeliveryFile.State.REFUSED, sha256__in=sources
    ).values_list("sha256", flat=True)
    for sha256 in set(refused):
        source = sources[sha256]
        if source is not None and not MASTERS.has(sha256):
            media.store_master(source)


def _digest(taken: Iterable[Taken], options: dict[str, Any]) -> str:
    files = sorted((file.path, file.sha256, file.size_bytes) for file in taken)
    return hashlib.sha256(json.dumps([files, options], sort_keys=True).encode()).hexdigest()


def _row(delivery: Delivery, file: Taken) -> DeliveryFile:
    state = DeliveryFile.State.WAITING
    if file.refusal is not None:
        state = DeliveryFile.State.REFUSED
    elif file.kind is not DeliveryFile.Kind.AUDIO:
        state = DeliveryFile.State.IGNORED
    return DeliveryFile(
        delivery=delivery,
        path=file.path,
        kind=file.kind,
        state=state,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        refusal_code=file.refusal.code if file.refusal else "",
        refusal_sentence=file.refusal.sentence if file.refusal else "",
    )


def check_delivery(*, delivery_id: int, progress: Progress = _unheard) -> None:
    """Decode every file that waits, then write the report; may be interrupted and called again."""
    delivery = Delivery.objects.select_related("supplier").get(id=delivery_id)
    if delivery.state != Delivery.State.CHECKING:
        return
    hear_files(delivery, progress=progress)
    report = write_report(delivery)
    Delivery.objects.filter(id=delivery.pk, state=Delivery.State.CHECKING).update(
        report=report.to_json(), state=_state(report), checked_at=Now()
    )


def hear_files(
    delivery: Delivery, *, now: datetime | None = None, progress: Progress = _unheard
) -> None:
    """Hear every file of a delivery that waits; may be interrupted and called again.

    Content that was heard before, whoever delivered it, is not decoded again. Without `now` the
    database's clock says when what was found was found.
    """
    waiting = delivery.files.filter(kind=DeliveryFile.Kind.AUDIO, state=DeliveryFile.State.WAITING)
    # What a worker that died was at.
    waiting.filter(heard_since__isnull=False).update(heard_since=None)
    _count(delivery, progress)
    wanted = dict.fromkeys(waiting.values_list("sha256", flat=True))
    heard = Hearing.objects.filter(sha256__in=wanted)
    for sha256, examination, cover in heard.values_list("sha256", "examination", "cover_sha256"):
        _take_over(delivery, sha256, examination=examination, cover_sha256=cover)
        del wanted[sha256]

    def begun(sha256: str) -> None:
        waiting.filter(sha256=sha256).update(heard_since=Now())
        _count(delivery, progress)

    for outcome in media.hear_each(wanted, begun=begun):
        _note(delivery, outcome)
        _count(delivery, progress)
    _count(delivery, progress)
    after_hearing(delivery, now=now)


def after_hearing(delivery: Delivery, *, now: datetime | None) -> None:
    """What happens to a delivery once all its files are heard; each harmless when done again."""
    clock = Delivery.objects.annotate(at=Now()).values_list("at", flat=True)
    weigh(delivery_id=delivery.pk, now=now or clock.get(id=delivery.pk))


def _note(delivery: Delivery, outcome: media.Outcome) -> None:
    sha256, heard = outcome.sha256, outcome.heard
    if heard is not None:
        keep_hearing(sha256=sha256, heard=heard)
        examination = heard.examination.to_json()
        _take_over(delivery, sha256, examination=examination, cover_sha256=heard.cover_sha256)
        return
    assert outcome.refusal is not None, "a file is heard or refused"
    delivery.files.filter(sha256=sha256, kind=DeliveryFile.Kind.AUDIO).update(
        state=DeliveryFile.State.REFUSED,
        heard_since=None,
        refusal_code=outcome.refusal.code[:40],
        refusal_sentence=outcome.refusal.sentence[:_SENTENCE_CHARS_MAX],
    )
    _forget(sha256)


def _take_over(
    delivery: Delivery, sha256: str, *, examination: dict[str, Any], cover_sha256: str
) -> None:
    """Write what was heard to the delivery's files of that content."""
    delivery.files.filter(sha256=sha256, kind=DeliveryFile.Kind.AUDIO).update(
        state=DeliveryFile.State.GOOD,
        heard_since=None,
        examination=examination,
        cover_sha256=cover_sha256,
    )


def _forget(sha256: str) -> None:
    """Let go of refused content, unless somebody else delivered the same and it was taken."""
    others = DeliveryFile.objects.exclude(state=DeliveryFile.State.REFUSED)
    let_go(
        sha256,
        is_wanted=lambda: others.filter(sha256=sha256).exists() or is_to_be_blocked(sha256=sha256),
    )


def _count(delivery: Delivery, progress: Progress) -> None:
    """Counted anew each time, so that running twice cannot count twice."""
    audio = delivery.files.filter(kind=DeliveryFile.Kind.AUDIO)
    checked = audio.exclude(state=DeliveryFile.State.WAITING).count()
    Delivery.objects.filter(id=delivery.pk).update(files_checked=checked)
    hearing = audio.filter(state=DeliveryFile.State.WAITING, heard_since__isnull=False)
    paths = hearing.order_by("path").values_list("path", flat=True)[:_PATHS_TOLD_MAX]
    progress("check", checked, delivery.files_total, *paths)


def _state(report: Report) -> Delivery.State:
    if not report.publishable:
        return Delivery.State.REFUSED
    if report.of("error"):
        return Delivery.State.NEEDS_ANSWER
    return Delivery.State.READY
