"""Spectrograms of masters and delivered files: drawn when first looked at, kept like renditions."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.aside import made_aside
from pennywhistle.apps.delivery.cache import keep_rendition
from pennywhistle.apps.media.custody import sound_master
from pennywhistle.apps.media.folders import RENDITIONS
from pennywhistle.engines.audio.spectrogram import VERSION, draw_spectrogram, is_picture
from pennywhistle.machine import sandbox

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.delivery.kept import Kept

SPECTROGRAM = "spectrogram"
SPECTROGRAM_MIME_TYPE = "image/webp"
_DRAWING = sandbox.Limits(wall_seconds=300, cpu_seconds=300, output_bytes_max=4 << 20)


def spectrogram_of(*, sha256: str, now: datetime) -> Kept:
    """The picture of a stored file, from the cache or drawn now.

    The caller says who may see it. However many ask at once, it is drawn once, behind what
    buyers wait for, and a bounded number of requests waits.

    Raises:
        BusyError: it is not drawn yet; come again.
        DeliveryError: it could not be drawn.
    """
    key = _key(sha256)
    return made_aside(key, lambda: _draw(key, sha256, now=now), kind=SPECTROGRAM, now=now)


def _key(sha256: str) -> str:
    """The same file and version of the drawing: the same picture."""
    return hashlib.sha256(json.dumps([sha256, SPECTROGRAM, VERSION]).encode()).hexdigest()


def _draw(key: str, sha256: str, *, now: datetime) -> Kept:
    source = sound_master(sha256, now=now)
    drawn = sandbox.call(draw_spectrogram, source=source, limits=_DRAWING)
    if not is_picture(drawn.attachment):
        raise sandbox.BadAnswerError("The child drew something else than a picture.")
    stored = RENDITIONS.put([drawn.attachment])
    return keep_rendition(key, stored=stored, recipe=SPECTROGRAM, now=now)
