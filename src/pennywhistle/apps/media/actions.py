"""Writing down which files belong to which recording and release; the files are there before."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.media.folders import MASTERS, RENDITIONS
from pennywhistle.apps.media.models import Cover, Master, Rendition
from pennywhistle.apps.media.queries import PREVIEW
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.media.work import CoverFiles
    from pennywhistle.engines.audio import Examination
    from pennywhistle.machine.storage import Stored


@transaction.atomic
def keep_master(
    *, recording_id: int, sha256: str, examination: Examination, now: datetime
) -> Master:
    """Note the stored file as a recording's master; another file takes the place of the former.

    What was made of the former master is forgotten, so that nobody is sent the old sound.
    Raises StoredFileMissingError if the file is not in the store.
    """
    if not MASTERS.has(sha256):
        raise StoredFileMissingError(f"The master {sha256} is not in the store.")
    known = Master.objects.filter(recording_id=recording_id).first()
    if known is not None and known.sha256 == sha256:
        return known
    Rendition.objects.filter(recording_id=recording_id).delete()
    loudness = examination.loudness_lufs
    master, _ = Master.objects.update_or_create(
        recording_id=recording_id,
        defaults={
            "sha256": sha256,
            "file_size_bytes": MASTERS.path(sha256).stat().st_size,
            "container": examination.container,
            "codec": examination.codec,
            "is_lossless": examination.lossless,
            "sample_rate_hz": examination.sample_rate_hz,
            # Lossy audio has no word length: 0.
            "bits_per_sample": examination.bits_per_sample or 0,
            "channel_count": examination.channels,
            "sample_count": examination.sample_count,
            "loudness_lufs": None if loudness is None else Decimal(f"{loudness:.2f}"),
            "peaks": bytes(examination.peaks),
            "preview_start_ms": examination.preview_start_ms,
            "delivered_at": now,
        },
    )
    return master


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
