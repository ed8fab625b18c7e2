"""Writing down which files belong to which recording and release; the files are there before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.media.folders import MASTERS, RENDITIONS
from pennywhistle.apps.media.models import Cover, Master, Rendition, StoredMaster
from pennywhistle.apps.media.queries import PREVIEW
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pennywhistle.apps.media.work import CoverFiles
    from pennywhistle.engines.audio import Examination
    from pennywhistle.machine.storage import Stored


@dataclass(frozen=True, slots=True)
class DeliveredMaster:
    """A stored file that is a recording's master, and what was heard in it."""

    recording_id: int
    sha256: str
    examination: Examination


@transaction.atomic
def keep_master(
    *, recording_id: int, sha256: str, examination: Examination, now: datetime
) -> Master:
    """Note the stored file as a recording's master; another file takes the place of the former.

    What was made of the former master is forgotten, so that nobody is sent the old sound.
    Raises StoredFileMissingError if the file is not in the store.
    """
    delivered = DeliveredMaster(recording_id, sha256, examination)
    return keep_masters(delivered=[delivered], now=now)[recording_id]


def keep_masters(*, delivered: Sequence[DeliveredMaster], now: datetime) -> dict[int, Master]:
    """As `keep_master`, for all recordings of a release; answers the masters by recording.

    Part of its caller's transaction. Of two files for one recording the last one holds.
    """
    wanted = {each.recording_id: each for each in delivered}
    for each in wanted.values():
        if not MASTERS.has(each.sha256):
            raise StoredFileMissingError(f"The master {each.sha256} is not in the store.")
    known = Master.objects.filter(recording_id__in=wanted).in_bulk(field_name="recording_id")
    new = [
        each
        for each in wanted.values()
        if each.recording_id not in known or known[each.recording_id].sha256 != each.sha256
    ]
    if replaced := [each.recording_id for each in new if each.recording_id in known]:
        Rendition.objects.filter(recording_id__in=replaced).delete()
    written = Master.objects.bulk_create(
        [_master(each, now) for each in new],
        update_conflicts=True,
        unique_fields=["recording"],
        update_fields=_MASTER_FACTS,
    )
    _keep_watch_over(written)
    return known | {master.recording_id: master for master in written}


def _keep_watch_over(masters: Iterable[Master]) -> None:
    """From now on these files are copied and checked; one that was damaged has come again."""
    files = {
        master.sha256: StoredMaster(sha256=master.sha256, file_size_bytes=master.file_size_bytes)
        for master in masters
    }
    StoredMaster.objects.bulk_create(files.values(), ignore_conflicts=True)
    # Whether it came whole shows at once: it is the next to be checked.
    StoredMaster.objects.filter(sha256__in=files).exclude(damage="").update(scrubbed_at=None)


_MASTER_FACTS = (
    *("sha256", "file_size_bytes", "container", "codec", "is_lossless"),
    *("sample_rate_hz", "bits_per_sample", "channel_count", "sample_count"),
    *("loudness_lufs", "peaks", "preview_start_ms", "weights", "delivered_at"),
)


def _master(delivered: DeliveredMaster, now: datetime) -> Master:
    examination = delivered.examination
    loudness = examination.loudness_lufs
    return Master(
        recording_id=delivered.recording_id,
        sha256=delivered.sha256,
        file_size_bytes=MASTERS.size_bytes(delivered.sha256),
        container=examination.container,
        codec=examination.codec,
        is_lossless=examination.lossless,
        sample_rate_hz=examination.sample_rate_hz,
        # Lossy audio has no word length: 0.
        bits_per_sample=examination.bits_per_sample or 0,
        channel_count=examination.channels,
        sample_count=examination.sample_count,
        loudness_lufs=None if loudness is None else Decimal(f"{loudness:.2f}"),
        peaks=bytes(examination.peaks),
        preview_start_ms=examination.preview_start_ms,
        delivered_at=now,
    )


@transaction.atomic
def keep_preview(*, recording_id: int, stored: Stored, now: datetime) -> Rendition:
    """Note a recording's preview; the same again changes nothing."""
    if not RENDITIONS.has(stored.sha256):
        raise StoredFileMissingError(f"The preview {stored.sha256} is not in the store.")
    key = hashlib.sha256(f"{PREVIEW};{recording_id};{stored.sha256}".encode()).hexdigest()
    previews = Rendition.objects.filter(recording_id=recording_id, recipe=PREVIEW)
    previews.exclude(key=key).delete()
    rendition, _ = Rendition.objects.get_or_create(
        key=key,
        defaults={
            "recording_id": recording_id,
            "recipe": PREVIEW,
            "sha256": stored.sha256,
            "file_size_bytes": stored.size_bytes,
            "crc32": stored.crc32,
            "made_at": now,
            "used_at": now,
        },
    )
    return rendition


@transaction.atomic
def keep_cover(*, release_id: int, files: CoverFiles) -> Cover:
    """Note a release's cover; another takes the place of the former."""
    cover, _ = Cover.objects.update_or_create(
        release_id=release_id,
        defaults={
            "sha256": files.sha256,
            "width": files.width,
            "height": files.height,
            "sizes": files.sizes,
        },
    )
    return cover
