"""Spectrograms of masters and delivered files: drawn when first looked at, kept like renditions."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery import making
from pennywhistle.apps.delivery.errors import DeliveryError
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.delivery.limits import USED_AT_GRAIN_S
from pennywhistle.apps.media.folders import MASTERS, RENDITIONS
from pennywhistle.apps.media.models import Rendition
from pennywhistle.engines.audio.spectrogram import VERSION, draw_spectrogram, is_picture
from pennywhistle.machine import sandbox

if TYPE_CHECKING:
    from datetime import datetime

SPECTROGRAM = "spectrogram"
SPECTROGRAM_MIME_TYPE = "image/webp"
# A picture takes a second or two; longer lines than this are told to come again.
WAITING_MAX = 8
_DRAWING = sandbox.Limits(wall_seconds=300, cpu_seconds=300, output_bytes_max=4 << 20)
_waiting = threading.BoundedSemaphore(WAITING_MAX)


class DrawingBusyError(DeliveryError):
    """So many wait for pictures that one more would hold up the pages."""

    code = "drawing-busy"


def spectrogram_of(*, sha256: str, now: datetime) -> Kept:
    """The picture of a stored file, from the cache or drawn now.

    The caller says who may see it. However many ask at once, it is drawn once, behind what
    buyers wait for, and a bounded number of requests waits.

    Raises:
        DrawingBusyError: too many wait already.
        MakingFailedError: it could not be drawn.
    """
    key = _key(sha256)
    kept = _found(key, now=now)
    if kept is not None:
        return kept
    if not _waiting.acquire(blocking=False):
        raise DrawingBusyError("Too many pictures are being drawn.")
    try:
        return making.join(
            key, lambda _: _draw(key, sha256, now=now), in_background=True
        ).finished()
    finally:
        _waiting.release()


def _key(sha256: str) -> str:
    """The same file and version of the drawing: the same picture."""
    return hashlib.sha256(json.dumps([sha256, SPECTROGRAM, VERSION]).encode()).hexdigest()


def _found(key: str, *, now: datetime) -> Kept | None:
    row = Rendition.objects.filter(key=key).first()
    if row is None or not RENDITIONS.has(row.sha256):
        return None
    if row.used_at < now - timedelta(seconds=USED_AT_GRAIN_S):
        Rendition.objects.filter(key=key).update(used_at=now)
    return Kept(RENDITIONS, row.sha256, row.file_size_bytes, row.crc32, etag=key)


def _draw(key: str, sha256: str, *, now: datetime) -> Kept:
    found = _found(key, now=now)
    if found is not None:
        return found
    drawn = sandbox.call(draw_spectrogram, source=MASTERS.path(sha256), limits=_DRAWING)
    if not is_picture(drawn.attachment):
        raise sandbox.BadAnswerError("The child drew something else than a picture.")
    stored = RENDITIONS.put([drawn.attachment])
    Rendition.objects.update_or_create(
        key=key,
        defaults={
            "recipe": SPECTROGRAM,
            "sha256": stored.sha256,
            "file_size_bytes": stored.size_bytes,
            "crc32": stored.crc32,
            "made_at": now,
            "used_at": now,
        },
    )
    return Kept(RENDITIONS, stored.sha256, stored.size_bytes, stored.crc32, etag=key)
