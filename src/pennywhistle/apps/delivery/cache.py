"""The renditions that are kept: found again, noted when used, evicted by use, swept."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction
from django.db.models import Sum

from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.delivery.limits import (
    EVICTION_BATCH,
    EVICTION_GRACE_S,
    SWEEP_GRACE_S,
    USED_AT_GRAIN_S,
)
from pennywhistle.apps.media.folders import COVERS, MASTERS, RENDITIONS
from pennywhistle.apps.media.models import Rendition
from pennywhistle.apps.media.queries import PREVIEW
from pennywhistle.engines.audio import Codec
from pennywhistle.machine.processor import processor_kind
from pennywhistle.machine.storage import BucketFolder, StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.machine.storage import Stored

logger = logging.getLogger(__name__)


def kept_renditions(keys: Sequence[str], *, now: datetime) -> dict[str, Kept]:
    """Those that are there, by key, in one query.

    A file that is lost or cut off is as if it had not been made.
    """
    rows = Rendition.objects.in_bulk(list(keys))
    there = {key: row for key, row in rows.items() if _is_whole(row)}
    note_use([row.key for row in there.values() if _is_stale(row, now)], now=now)
    return {key: _kept_of(row) for key, row in there.items()}


def kept_rendition(key: str, *, now: datetime) -> Kept | None:
    """The same of one."""
    return kept_renditions([key], now=now).get(key)


def etag_of(key: str, *, made_on: str) -> str:
    """What a client resumes by: on another kind of processor the same key may give other bytes."""
    return f"{key}-{made_on}" if made_on else key


def maker_of(recipe: str) -> str:
    """The kind of processor on which this form is made here; empty for what is copied."""
    return "" if recipe == Codec.ORIGINAL else processor_kind()


def keep_rendition(
    key: str, *, stored: Stored, recipe: str, now: datetime, recording_id: int | None = None
) -> Kept:
    """Write down what was made under this key, on a processor as this one is."""
    row, _ = Rendition.objects.update_or_create(
        key=key,
        defaults={
            "recording_id": recording_id,
            "recipe": recipe,
            "sha256": stored.sha256,
            "file_size_bytes": stored.size_bytes,
            "crc32": stored.crc32,
            "made_on": maker_of(recipe),
            "made_at": now,
            "used_at": now,
        },
    )
    return _kept_of(row)


def _kept_of(row: Rendition) -> Kept:
    etag = etag_of(row.key, made_on=row.made_on)
    return Kept(RENDITIONS, row.sha256, row.file_size_bytes, row.crc32, etag=etag)


def _is_whole(row: Rendition) -> bool:
    try:
        return RENDITIONS.size_bytes(row.sha256) == row.file_size_bytes
    except StoredFileMissingError:
        return False


def _is_stale(row: Rendition, now: datetime) -> bool:
    return row.used_at < now - timedelta(seconds=USED_AT_GRAIN_S)


def note_use(keys: Sequence[str], *, now: datetime) -> None:
    """Let those that somebody uses now be evicted last."""
    if not keys:
        return
    try:
        with transaction.atomic():
            Rendition.objects.filter(key__in=keys).update(used_at=now)
    except DatabaseError:
        # A database that takes no writes just now (a full disk) holds no download up.
        logger.warning("The use of renditions was not noted.", exc_info=True)


def evict_renditions(*, size_bytes_max: int, now: datetime) -> int:
    """Forget what was not used for longest until the cache is within its bound; answers how many.

    Previews stay: every visitor wants them. So does what was used within the hour, since it may
    be on its way to somebody.
    """
    renditions = Rendition.objects.exclude(recipe=PREVIEW)
    size_bytes = renditions.aggregate(sum=Sum("file_size_bytes"))["sum"] or 0
    idle = renditions.filter(used_at__lt=now - timedelta(seconds=EVICTION_GRACE_S))
    evicted = 0
    while size_bytes > size_bytes_max:
        batch = list(idle.order_by("used_at", "key")[:EVICTION_BATCH])
        if not batch:
            break
        for row in batch:
            if size_bytes <= size_bytes_max:
                break
            row.delete()
            size_bytes -= row.file_size_bytes
            evicted += 1
            if not Rendition.objects.filter(sha256=row.sha256).exists():
                RENDITIONS.remove(row.sha256)
    return evicted


def sweep_renditions(*, now: datetime) -> int:
    """Remove files that no row names: of replaced masters, of makings that a crash cut off."""
    before_s = now.timestamp() - SWEEP_GRACE_S
    removed = sum(
        folder.forget_temporary(before_s=before_s) for folder in (RENDITIONS, MASTERS, COVERS)
    )
    for names in RENDITIONS.old_files(before_s=before_s):
        named = Rendition.objects.filter(sha256__in=names).values_list("sha256", flat=True)
        for name in set(names) - set(named):
            RENDITIONS.remove(name)
            removed += 1
    return removed


def trim_working_copies(*, size_bytes_max: int) -> int:
    """Of a store in a bucket: remove the copies here that were not used for longest.

    Answers how many. Each kind of file has a third of the room. A folder has no copies.
    """
    folders = [each for each in (MASTERS, RENDITIONS, COVERS) if isinstance(each, BucketFolder)]
    return sum(each.trim(size_bytes_max=size_bytes_max // 3) for each in folders)
